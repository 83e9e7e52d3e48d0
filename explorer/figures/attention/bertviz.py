"""BertViz's head view and model view (Vig 2019), from the installed package's own JavaScript, fully offline.

What is changed in the text of its scripts: the data stand once and with three decimals, `<` is escaped so that a token
cannot end the script, the div has a fixed id (an unchanged view is not loaded again), weights below a threshold get no
line, the boxes for heads are wide enough for a finger, a line on a dark ground is as strong as the root of what it is
on a light one (a weight of 0.1 could not be seen there), and d3 and jQuery come from `assets/vendor` instead of a
server elsewhere.
"""

import json
import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from jaxtyping import Float

from explorer.figures.theme import Palette
from explorer.home import ASSETS


class View(StrEnum):
    """BertViz's two pictures: the heads of one layer over each other, and small ones of all heads."""

    HEAD = "head"
    MODEL = "model"


# Lines that a browser draws in a few seconds: measured, 64 tokens without and 128 with a threshold of 0.02.
MAX_TOKENS, MAX_TOKENS_ALL = 128, 64
ROOT = "bertviz"

_MARK = "PYTHON_PARAMS; // HACK: PYTHON_PARAMS is a template marker that is replaced by actual params."
_STRENGTH = re.compile(
    r'(\.attr\("stroke-opacity", function \(d\) \{(?:(?!\}\)).)*?return )d( / activeHeads\(\))?(?=\s*[;\n])', re.DOTALL
)
_LINE = '.append("line")'
_LINE_IF = (
    ".select(function (d) { return d >= params.min_weight ? this.appendChild("
    'document.createElementNS("http://www.w3.org/2000/svg", "line")) : null; })'
)


def bertviz(
    probs: Float[np.ndarray, "L H T Tk"],
    tokens: Sequence[str],
    view: View,
    palette: Palette,
    layer: int = 0,
    min_weight: float = 0.0,
    keys: Sequence[str] | None = None,
    head: int | None = None,
) -> str:
    """The page as HTML, for an iframe; weights below `min_weight` are sent as 0 and get no line.

    keys: the tokens that are looked at, where they are another text's. head: the one that is drawn at first, not all.
    """
    rounded = np.where(probs < min_weight, 0, probs).round(3)
    n_layers, n_heads = probs.shape[:2]
    params = {
        "attention": [
            {"name": None, "attn": _short(rounded), "left_text": tokens, "right_text": tokens if keys is None else keys}
        ],
        "default_filter": "0",
        "root_div_id": ROOT,
        "layer": layer,
        "heads": None if head is None else [head],
        "include_layers": list(range(n_layers)),
        "include_heads": list(range(n_heads)),
        "total_heads": n_heads,
        "display_mode": "dark" if _is_dark(palette) else "light",
        "min_weight": max(min_weight, 0.0005),  # a line of weight 0.000 cannot be seen
    }
    data = json.dumps(params, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
    pick = 'Layer: <select id="layer"></select>' if view is View.HEAD else ""
    # A stand-in for require.js: the two libraries are there already.
    require = "window.require={config(){}};window.requirejs=(names,run)=>run(jQuery,d3);"
    scripts = [
        _vendor("jquery/jquery.min.js"),
        _vendor("d3/d3.min.js"),
        require,
        _script(view, _is_dark(palette)).replace(_MARK, f"{data};"),
    ]
    return (
        f'<!doctype html><meta charset="utf-8"><style>{_style(palette)}</style>'
        f'<div id="{ROOT}"><span>{pick}</span><div id="vis"></div></div>'
        + "".join(f"<script>{script}</script>" for script in scripts)
    )


def height(n_tokens: int, n_layers: int, view: View) -> int:
    """Pixels that the view takes, from the sizes in BertViz's scripts."""
    if view is View.HEAD:
        return int(n_tokens * 22.5) + 110
    return max(n_layers * (7 * n_tokens + 10) + 50, 18 * n_tokens + 70)


@cache
def _script(view: View, dark: bool) -> str:
    spec = find_spec("bertviz")
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError("bertviz")
    source = (Path(spec.submodule_search_locations[0]) / f"{view}_view.js").read_text(encoding="utf-8")
    if source.count(_MARK) != 1 or _LINE not in source:
        raise RuntimeError("this version of bertviz has other scripts than the page was written for")
    if dark:
        source, changed = _STRENGTH.subn(lambda found: f"{found[1]}Math.sqrt(d{found[2] or ''})", source)
        if not changed:
            raise RuntimeError("this version of bertviz has other scripts than the page was written for")
    source = source.replace("CHECKBOX_SIZE = 20", "CHECKBOX_SIZE = 24")
    return source.replace(_LINE, _LINE_IF).replace('console.log("d3 version", d3.version)', "")


@cache
def _vendor(name: str) -> str:
    return (ASSETS / "vendor" / name).read_text(encoding="utf-8").replace("</script", "<\\/script")


def _short(values: Float[np.ndarray, "L H T Tk"]) -> list[object]:
    """Nested lists in which a whole number is an integer: most weights are 0, and "0" is shorter than "0.0"."""
    return [
        [[[int(x) if x in (0.0, 1.0) else round(x, 3) for x in row] for row in head] for head in layer]
        for layer in values.astype(float).tolist()
    ]


def _is_dark(palette: Palette) -> bool:
    return int(palette.ground[1:3], 16) < 128


def _style(palette: Palette) -> str:
    return (
        f"body{{margin:0;background:{palette.ground};color:{palette.ink};font:15px sans-serif}}"
        f"svg text{{fill:{palette.ink}!important}}"
        f"select{{font:15px sans-serif;color:{palette.ink};background:{palette.ground}}}"
        "#vis{overflow-x:auto}"
    )
