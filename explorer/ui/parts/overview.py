"""The parts of the pages that show all heads at once: the atlas, the maps of patterns, rollout."""

from math import isnan

import numpy as np

from explorer.analysis.attention.patterns import PATTERNS, HeadScores
from explorer.analysis.attention.rollout import Rollout
from explorer.capture.records import Capture
from explorer.i18n import Translator
from explorer.models.handle import Dims
from explorer.ui.browser.atlas import atlas
from explorer.ui.browser.matrix import Intensity, matrix
from explorer.ui.shell import state
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import Visit


def draw_atlas(visit: Visit, seen: Capture, scores: HeadScores, order: str, shade: Intensity) -> tuple[int, int]:
    """All heads of a run; returns layer and head of the chosen one, which stand in the URL."""
    t, dims = visit.t, visit.handle.dims
    layer = state.number("layer", min(1, dims.n_layers - 1), 0, dims.n_layers - 1)
    head = state.number("head", min(8, dims.n_heads - 1), 0, dims.n_heads - 1)

    def choose(index: int) -> None:
        state.put({"layer": index // dims.n_heads, "head": index % dims.n_heads})

    thumbnails = seen.heads.thumbnails[:, 0].flatten(0, 1).cpu().numpy()
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


def heads_off(dims: Dims) -> list[int]:
    """The heads to leave out, counted through all layers; those that this model does not have are passed over."""
    pairs = state.chosen("off") or ()
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


def draw_patterns(t: Translator, info: HeadScores) -> None:
    """A small map for each pattern, and the chosen one with its numbers."""
    n_layers, n_heads = info.scores["self"].shape
    maps = np.stack([np.sqrt(np.nan_to_num(info.scores[name])) * 255 for name in PATTERNS]).round().astype(np.uint8)
    chosen = state.number("pattern", 0, 0, len(PATTERNS) - 1)
    names = [t(f"patterns.name.{name}") for name in PATTERNS]
    captions = []
    for name, title in zip(PATTERNS, names, strict=True):
        layer, head = info.strongest(name)
        value = info.scores[name][layer, head]
        known = bool(np.isfinite(value))
        captions.append(
            t("patterns.caption", name=title, layer=layer, head=head, value=float(value))
            if known
            else t("patterns.absent", name=title)
        )
    atlas(
        maps, captions, columns=4, key="patterns", label=t("patterns.alt"), chosen=chosen,
        choose=lambda index: state.put({"pattern": index}), titles=names, intensity="linear",
    )  # fmt: skip
    values = info.scores[PATTERNS[chosen]]
    matrix(
        values, np.isfinite(values), [t("atlas.row", layer=number) for number in range(n_layers)],
        [str(number) for number in range(n_heads)], scale="attention", low=0, high=1, key="pattern", param=None,
        chosen=None, label=captions[chosen], height=110 + min(64 * n_layers, 420),
    )  # fmt: skip


def draw_rollout(t: Translator, info: Rollout) -> None:
    """States down, input tokens across."""
    tokens, kinds = info.tokens.tokens, list(info.tokens.kinds)
    matrix(
        info.flow, None, tokens, tokens, scale="attention", low=0, high=1, key="rollout", param="token", chosen=None,
        label=t("rollout.alt"), height=620, kinds_q=kinds, kinds_k=kinds,
    )  # fmt: skip
