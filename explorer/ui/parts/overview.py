"""The parts of the pages that show all heads at once: the atlas and the maps of patterns."""

from math import isnan

import numpy as np

from explorer.analysis.attention.patterns import PATTERNS, HeadScores
from explorer.i18n import Translator
from explorer.models.handle import Dims
from explorer.ui.browser.atlas import atlas
from explorer.ui.browser.matrix import Intensity, matrix
from explorer.ui.parts import controls
from explorer.ui.parts.show import say
from explorer.ui.shell import state
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import Visit


def draw_atlas(visit: Visit, scores: HeadScores, order: str, shade: Intensity) -> tuple[int, int]:
    """All heads of a run; returns layer and head of the chosen one, which stand in the URL."""
    t, dims = visit.t, visit.handle.dims
    telling = controls.telling(visit.scene)
    layer = state.number("layer", telling[0], 0, dims.n_layers - 1)
    head = state.number("head", telling[1], 0, dims.n_heads - 1)

    def choose(index: int) -> None:
        state.put({"layer": index // dims.n_heads, "head": index % dims.n_heads})

    thumbnails = visit.scene.heads().thumbnails[:, 0].flatten(0, 1).cpu().numpy()
    in_order = order == "layers"
    atlas(
        thumbnails,
        head_captions(t, scores),
        columns=dims.n_heads,
        key="heads",
        label=t("atlas.alt"),
        chosen=layer * dims.n_heads + head,
        choose=choose,
        rows=[t("atlas.row", layer=number) for number in range(dims.n_layers)] if in_order else (),
        heads=[str(number) for number in range(dims.n_heads)] if in_order else (),
        order=None if in_order else scores.order(order),
        off=heads_off(dims),
        mark=lambda indices: put_heads_off(indices, dims),
        intensity=shade,
    )
    return layer, head


def _share(value: float) -> str:
    return "–" if isnan(value) else f"{value:.2f}"


def head_captions(t: Translator, scores: HeadScores) -> list[str]:
    """What the pointer shows for each head: its name and its numbers; a dash where a pattern cannot occur."""
    n_layers, n_heads = next(iter(scores.scores.values())).shape
    return [
        t(
            "atlas.caption",
            layer=i,
            head=j,
            **{name: _share(float(values[i, j])) for name, values in scores.scores.items()},
        )
        for i in range(n_layers)
        for j in range(n_heads)
    ]


def heads_off(dims: Dims, usual: tuple[tuple[int, int], ...] = ()) -> list[int]:
    """The heads to leave out, counted through all layers; those that this model does not have are passed over.

    usual: what is left out until a visitor chooses.
    """
    pairs = state.chosen("off") or usual
    return [i * dims.n_heads + j for i, j in pairs if i < dims.n_layers and j < dims.n_heads]


def put_heads_off(indices: list[int], dims: Dims) -> None:
    """Leave these heads out, counted through all layers."""
    inside = sorted({i for i in indices if 0 <= i < dims.n_layers * dims.n_heads})
    state.put({"off": [divmod(i, dims.n_heads) for i in inside] or None})


def head_links(t: Translator, layer: int, head: int) -> None:
    """To the other pages, with the chosen head."""
    chosen = {"layer": layer, "head": head}
    choices: dict[str, tuple[str, dict[str, object]]] = {"atlas.open": ("heads", {**chosen})}
    choices["atlas.steps"] = ("steps", {**chosen})
    choices["atlas.compare"] = ("compare", {"look": "head", **chosen})
    if state.chosen("off"):
        choices["atlas.ablate"] = ("ablation", {"off": state.chosen("off")})
    links(t, choices)


def draw_patterns(visit: Visit, info: HeadScores) -> tuple[int, int]:
    """A small map for each pattern, and the chosen one with its numbers: what each head does beyond an even one.

    Returns layer and head of the chosen head: the strongest of the pattern, or of a layer, that was clicked last.
    """
    t, dims, name = visit.t, visit.handle.dims, state.current("order", PATTERNS, PATTERNS[0])
    above = {pattern: info.above(pattern) for pattern in PATTERNS}
    # A head that follows a pattern less than an even one does is as pale as that one.
    clipped = [np.sqrt(np.clip(np.nan_to_num(above[pattern]), 0, 1)) * 255 for pattern in PATTERNS]
    best = info.furthest(name)
    layer = state.number("layer", best[0], 0, dims.n_layers - 1)
    head = state.number("head", best[1], 0, dims.n_heads - 1)

    def choose(index: int) -> None:
        layer, head = info.furthest(PATTERNS[index])
        state.put({"order": PATTERNS[index], "layer": layer, "head": head})

    def open_best(row: object) -> None:
        if type(row) is int and 0 <= row < dims.n_layers:
            state.put({"layer": row, "head": int(np.nan_to_num(above[name][row], nan=-2.0).argmax())})

    captions = [_caption(t, info, pattern) for pattern in PATTERNS]
    say(t("patterns.what"))
    atlas(
        np.stack(clipped).round().astype(np.uint8), captions, columns=4, key="patterns", label=t("patterns.alt"),
        chosen=PATTERNS.index(name), choose=choose, titles=[t(f"patterns.map.{pattern}") for pattern in PATTERNS],
        intensity="linear",
    )  # fmt: skip
    matrix(
        above[name], np.isfinite(above[name]), [t("atlas.row", layer=number) for number in range(dims.n_layers)],
        [str(number) for number in range(dims.n_heads)], scale="signed", low=-1, high=1, key="pattern", param=None,
        chosen=layer, choose=open_best, label=captions[PATTERNS.index(name)], height=110 + min(64 * dims.n_layers, 420),
    )  # fmt: skip
    return layer, head


def _caption(t: Translator, info: HeadScores, pattern: str) -> str:
    (layer, head), title = info.furthest(pattern), t(f"patterns.map.{pattern}")
    score, base = float(info.scores[pattern][layer, head]), float(info.base[pattern][layer])
    if isnan(score):
        return t("patterns.absent", name=title)
    return t("patterns.caption", name=title, layer=layer, head=head, value=score, even=base)
