"""Two runs side by side: the panels of each view."""

from collections.abc import Callable

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.attention.heads import HeadMatrix
from explorer.analysis.attention.patterns import PATTERNS, measures
from explorer.analysis.models.compare import (
    HeadMaps,
    heads_moved,
    layers_alike,
    measure_maps,
    pattern_maps,
    two_heads,
    why_no_difference,
)
from explorer.analysis.start.journey import LOOKED_AT
from explorer.ui.browser.atlas import atlas
from explorer.ui.browser.matrix import Scale, matrix
from explorer.ui.parts import controls
from explorer.ui.parts.compare_sides import Side, places
from explorer.ui.parts.overview import head_captions
from explorer.ui.parts.show import panel_title, say, show
from explorer.ui.shell import cached, followed, state
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import Visit

# Three fit a laptop under one line of controls.
HEIGHT = 460


def _two(
    visit: Visit, a: Side, b: Side, draw: Callable[[Side, str], None], third: Callable[[], None] | None = None
) -> None:
    """Both panels beside each other, under their titles; third: draws what stands beside them."""
    columns = st.columns(3 if third else 2, gap="small" if third else "medium")
    for column, side, letter in zip(columns, (a, b), "AB", strict=False):
        with column:
            panel_title(f"{letter} · {side.title}", side.is_changed)
            draw(side, letter)
    if third:
        with columns[2]:
            third()


def _first(a: Side, b: Side) -> tuple[int, int]:
    """The head to begin with: in which the followed word's attention moves most, if that is soon found."""
    encoded = a.scene.encoded
    if encoded.n_tokens > LOOKED_AT:
        return controls.telling(a.scene)
    token = state.number("token", followed.usual(encoded), 0, encoded.n_tokens - 1)
    return _heads_moved(a.scene, b.scene).furthest(token) or controls.telling(a.scene)


def heads_panel(visit: Visit, a: Side, b: Side, line: DeltaGenerator) -> None:
    """All heads of both, and how far each has moved."""
    t, at = visit.t, places(a, b, _first(a, b))
    apart = at[0] != at[1] or a.scene.handle.dims != b.scene.handle.dims

    def draw(side: Side, letter: str) -> None:
        dims = side.scene.handle.dims
        (layer, head), end = at[letter == "B"], "-b" if letter == "B" and apart else ""

        def choose(index: int) -> None:
            state.put({"layer" + end: index // dims.n_heads, "head" + end: index % dims.n_heads})

        atlas(
            side.scene.heads().thumbnails[:, 0].flatten(0, 1).cpu().numpy(), head_captions(t, measures(side.scene)),
            columns=dims.n_heads, key=f"compare-{letter}", label=t("atlas.alt"), chosen=layer * dims.n_heads + head,
            choose=choose, rows=[t("atlas.row", layer=number) for number in range(dims.n_layers)],
            heads=[str(number) for number in range(dims.n_heads)], scale="attention",
        )  # fmt: skip

    with st.spinner(t("saturation.working")):
        info = _heads_moved(a.scene, b.scene)

    def pictures() -> None:
        _two(visit, a, b, draw)
        if info.moved is None:
            say(t(f"compare.no_difference.{info.why}"))
        else:
            panel_title(t("compare.moved"))
            _map(visit, info.moved, "moved", "changed", 0, 1)

    show(t, pictures, info, "compare-heads", said_first=True)
    layer, head = at[0]
    links(t, {"compare.open": ("compare", {"look": "head", "layer": layer, "head": head})})


def head_panel(visit: Visit, a: Side, b: Side, line: DeltaGenerator) -> None:
    """One head of both, and the difference beside them."""
    t = visit.t
    apart = why_no_difference(a.scene, b.scene, cells=False) is not None
    with line:
        place = controls.place(t, a.scene, _first(a, b), letter=" A" if apart else "")
        there = controls.place(t, b.scene, controls.telling(b.scene), "-b", " B") if apart else place
    info, row = two_heads(a.scene, b.scene, place, there), followed.usual(a.scene.encoded)

    def draw(side: Side, letter: str) -> None:
        own = info.a if letter == "A" else info.b
        # Another text has other words: what is followed in it is its own.
        param = "token" if own.queries.tokens == info.a.queries.tokens or info.why is None else "token-b"
        _head(visit, own, f"compare-{letter}", "attention", param, None if info.why else row)

    def change() -> None:
        assert info.difference is not None
        panel_title(t("compare.b_minus_a"))
        high, axis = float(np.abs(info.difference).max()) or 1.0, info.a.queries
        matrix(
            info.difference, info.a.visible | info.b.visible, info.tokens, info.tokens, scale="signed", low=-high,
            high=high, key="difference", param="token", chosen=row, label=t("compare.b_minus_a"), height=HEIGHT,
            kinds_q=list(axis.kinds), kinds_k=list(axis.kinds),
        )  # fmt: skip

    def pictures() -> None:
        _two(visit, a, b, draw, None if info.difference is None else change)
        if info.difference is None:
            say(t("compare.no_difference.tokens"))

    show(t, pictures, info, "compare-head", said_first=True)


def _head(visit: Visit, info: HeadMatrix, key: str, scale: Scale, param: str, row: int | None) -> None:
    matrix(
        info.probs, info.visible, info.queries.tokens, info.keys.tokens, scale=scale, low=0, high=1, key=key,
        param=param, chosen=row, label=visit.t("heads.alt"), height=HEIGHT, kinds_q=list(info.queries.kinds),
        kinds_k=list(info.keys.kinds),
    )  # fmt: skip


def saturation_panel(visit: Visit, a: Side, b: Side, line: DeltaGenerator) -> None:
    """A measure of saturation of all heads."""
    with line:
        name = controls.measure(visit)
    with st.spinner(visit.t("saturation.working")):
        info = _measure_maps(a.scene, b.scene, name)
    _maps(visit, a, b, info, f"compare-{name}")


def patterns_panel(visit: Visit, a: Side, b: Side, line: DeltaGenerator) -> None:
    """How much of every head follows a pattern."""
    t = visit.t
    with line:
        names = {name: t(f"patterns.name.{name}") for name in PATTERNS}
        label = t("compare.pattern")
        name = state.choice(
            st.selectbox, label, PATTERNS, "follows", PATTERNS[0], format_func=names.__getitem__, width=340
        )
    with st.spinner(t("saturation.working")):
        info = _pattern_maps(a.scene, b.scene, name)
    _maps(visit, a, b, info, f"compare-{name}")


def _maps(visit: Visit, a: Side, b: Side, info: HeadMaps, name: str) -> None:
    """Both maps on one range, and the difference."""

    def draw(side: Side, letter: str) -> None:
        _map(visit, info.a if letter == "A" else info.b, f"map-{letter}", "attention", 0, info.high)

    def pictures() -> None:
        _two(visit, a, b, draw)
        change = info.difference
        if change is None:
            say(visit.t("compare.no_difference.shape"))
        elif np.isfinite(change).any():
            panel_title(visit.t("compare.b_minus_a"))
            high = float(np.nanmax(np.abs(change))) or 1.0
            _map(visit, change, "map-difference", "signed", -high, high)

    show(visit.t, pictures, info, name, said_first=True)


def _map(visit: Visit, values: np.ndarray, key: str, scale: Scale, low: float | int, high: float | int) -> None:
    """Layers down, heads across."""
    layers, heads = values.shape
    rows = [visit.t("atlas.row", layer=number) for number in range(layers)]
    matrix(
        values, np.isfinite(values), rows, [str(number) for number in range(heads)], scale=scale, low=low, high=high,
        key=key, param=None, chosen=None, label=visit.t("compare.map_alt"), height=90 + min(44 * layers, 480),
    )  # fmt: skip


def layers_panel(visit: Visit, a: Side, b: Side, line: DeltaGenerator) -> None:
    """Every state of A against every state of B."""
    t = visit.t
    with line:
        corrected = state.toggle(t("compare.corrected"), "corrected", True)
    with st.spinner(t("compare.working")):
        info = _layers_alike(a.scene, b.scene, corrected)

    def draw() -> None:
        left, right = st.columns([3, 2], gap="large")
        names = [
            [f"{letter} {t('who_sees_whom.embedding') if not i else t('atlas.row', layer=i - 1)}" for i in range(n)]
            for letter, n in zip("AB", info.cka.shape, strict=True)
        ]
        with left:
            matrix(
                info.cka, np.isfinite(info.cka), *names, scale="attention", low=0, high=1, key="cka", param=None,
                chosen=None, label=t("compare.cka_alt"), height=620,
            )  # fmt: skip
        with right:
            panel_title(f"A · {a.title}")
            panel_title(f"B · {b.title}")
            say(t(f"compare.by.{info.by}", n=info.n))

    show(t, draw, info, "compare-layers", said_first=True)


VIEWS = {
    "heads": heads_panel,
    "head": head_panel,
    "saturation": saturation_panel,
    "patterns": patterns_panel,
    "layers": layers_panel,
}


_heads_moved = cached.few(64)(heads_moved)
_measure_maps = cached.few(64)(measure_maps)
_pattern_maps = cached.few(64)(pattern_maps)
_layers_alike = cached.few(64)(layers_alike)
