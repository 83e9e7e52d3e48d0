"""The one language of colours: what a colour means is the same on every page, in light and in dark."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import plotly.graph_objects as go

Mode = Literal["light", "dark"]


@dataclass(frozen=True)
class Palette:
    """Named colours of one mode. `attention`, `changed` and `signed` are (low, high) or (low, middle, high) scales."""

    ink: str
    quiet: str
    rule: str
    ground: str
    query: str
    key: str
    value: str
    attention: tuple[str, str]
    changed: tuple[str, str]
    signed: tuple[str, str, str]
    ffn: str
    word: str
    position: str
    segment: str
    sentence_a: str
    sentence_b: str
    masked: str

    @property
    def attention_scale(self) -> list[list[object]]:
        """Plotly colour scale for probabilities of the model as it is, for the fixed range 0 … 1."""
        return _scale(self.attention)

    @property
    def changed_scale(self) -> list[list[object]]:
        """Plotly colour scale for a counterfactual run: always amber."""
        return _scale(self.changed)

    @property
    def signed_scale(self) -> list[list[object]]:
        """Plotly colour scale for signed values; the range must be symmetric around 0."""
        return _scale(self.signed)


# Every two of the nine that stand as names, lines or frames are at least 11 apart (CIEDE2000), also for somebody who
# lacks one kind of cone, and all can be read as text on the ground: tests/figures/test_theme.py.
PALETTES: dict[Mode, Palette] = {
    "light": Palette(
        ink="#1d1b22",
        quiet="#5f5a69",
        rule="#ddd8e4",
        ground="#ffffff",
        query="#0058e9",
        key="#d43078",
        value="#0a6e42",
        attention=("#ffffff", "#5b2a86"),
        changed=("#ffffff", "#a16710"),
        signed=("#b2182b", "#ffffff", "#2166ac"),
        ffn="#0b8197",
        word="#3c454d",
        position="#596e6c",
        segment="#7f460f",
        sentence_a="#eef4ff",
        sentence_b="#fff4e6",
        masked="#c9c5d0",
    ),
    "dark": Palette(
        ink="#ece8f3",
        quiet="#aaa3b8",
        rule="#3a3346",
        ground="#14101c",
        query="#7186db",
        key="#e66091",
        value="#79d9b7",
        attention=("#14101c", "#c9a6f0"),
        changed=("#17120a", "#f6b64e"),
        signed=("#ef8a8a", "#1c1826", "#7ab8f0"),
        ffn="#c8fff0",
        word="#c4ccdd",
        position="#3aa8ad",
        segment="#b39b59",
        sentence_a="#1b2436",
        sentence_b="#2e2416",
        masked="#4a4456",
    ),
}

# Points per inch do not matter here: the sizes are CSS pixels. Labels are read from the back of a classroom.
TEXT, LABEL = 16, 14


def css_variables() -> str:
    """The palettes as CSS custom properties (`--bx-query` …), for components drawn in the browser.

    They use `light-dark()`, which follows the `color-scheme` that the component's style sets from the page's
    background; so a theme switch in the browser needs no rerun.
    """
    light, dark = PALETTES["light"], PALETTES["dark"]
    lines = []
    for name in Palette.__dataclass_fields__:
        a, b = getattr(light, name), getattr(dark, name)
        if isinstance(a, str):
            lines.append(f"--bx-{name.replace('_', '-')}: light-dark({a}, {b});")
        else:
            for index, (x, y) in enumerate(zip(a, b, strict=True)):
                lines.append(f"--bx-{name}-{index}: light-dark({x}, {y});")
    # Digits on a cell, whose colour and not the theme says what can be read on it.
    lines += [f"--bx-on-light: {light.ink};", f"--bx-on-dark: {light.ground};"]
    return ":root, :host, .bx { " + " ".join(lines) + " }"


def layout(figure: go.Figure, palette: Palette, height: int) -> go.Figure:
    """Give a figure the house's template; the same height for the empty picture as for the full one."""
    return figure.update_layout(template=_template(palette), height=height)


@cache
def _template(palette: Palette) -> go.layout.Template:
    """Ground, type, margins, axes, and a legend that grows upwards, away from the picture, on a narrow screen."""
    axis = {
        "showgrid": False,
        "gridcolor": palette.rule,
        "zeroline": False,
        "linecolor": palette.rule,
        "tickfont": {"size": LABEL, "color": palette.ink},
        "title": {"font": {"size": LABEL, "color": palette.quiet}, "standoff": 15},
        "automargin": True,
    }
    bar = {"thickness": 12, "outlinewidth": 0, "ticks": "", "tickfont": {"size": LABEL}}
    shown = {
        "margin": {"l": 8, "r": 8, "t": 32, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": TEXT, "color": palette.ink},
        "title": {"font": {"size": TEXT}, "x": 0.02},
        "hovermode": "closest",
        "hoverlabel": {"font": {"size": LABEL}, "align": "left"},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "font": {"size": LABEL}},
        "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": palette.quiet, "activecolor": palette.ink},
        "xaxis": axis,
        "yaxis": axis,
        "coloraxis": {"colorbar": bar},
    }
    return go.layout.Template(layout=shown, data={"heatmap": [{"colorbar": bar}]})


def _scale(colours: tuple[str, ...]) -> list[list[object]]:
    last = len(colours) - 1
    return [[index / last, colour] for index, colour in enumerate(colours)]


# What is counted in pixels in a figure, besides the sizes of type and marks; and where.
_PIXELS = frozenset(("height", "thickness", "standoff", "xshift", "yshift", "entrywidth", "l", "r", "t", "b"))
_AT = frozenset(("margin", "pad", "layout", "title", "legend", "colorbar", "annotations"))


def enlarged(figure: go.Figure, factor: float) -> go.Figure:
    """A copy whose type, marks, lines, margins and height are so many times as large; its width is the page's."""
    large = go.Figure(_grown(figure.to_dict(), factor, ""))
    if large.layout.uniformtext.minsize:  # names in tiles are as large as labels, or hidden
        large.layout.uniformtext.minsize = LABEL * factor - 1
    return large


def _grown(found: Any, factor: float, under: str) -> Any:
    if isinstance(found, dict):
        return {name: _grown(value, factor, f"{under}.{name}") for name, value in found.items()}
    if isinstance(found, list | tuple) and found and isinstance(found[0], dict):
        return [_grown(one, factor, under) for one in found]
    *_, parent, name = f"..{under}".split(".")
    type_or_mark = name == "size" and (parent.endswith("font") or parent == "marker")
    if not (type_or_mark or (name, parent) == ("width", "line") or (name in _PIXELS and parent in _AT)):
        return found
    if isinstance(found, int | float):
        return found * factor
    return [_grown(one, factor, under) for one in found] if isinstance(found, list | tuple) else found
