"""One head in four formats, why q is scaled first, all heads, and the softmax of flash kernels step by step."""

from dataclasses import replace

import streamlit as st

from explorer.analysis.scaling.online_softmax import TILES, online_softmax
from explorer.analysis.scaling.precision import ROUNDED, Formats, scale_first
from explorer.capture.rounded import FORMATS
from explorer.figures.scaling.precision import formats, growth, heads, online
from explorer.quantities import plain
from explorer.ui.parts import controls, show
from explorer.ui.parts.show import beside, values
from explorer.ui.shell import cached, followed, state
from explorer.ui.shell.page import Visit


def pictures(visit: Visit, info: Formats) -> None:
    """The head in each format, and under it how many different scores are left."""
    t = visit.t
    beside(t, formats(info, t, visit.palette), info)
    left = {name: f"{info.measures[name]['distinct']:,.0f}" for name in FORMATS}
    values({t("precision.distinct", format=t(f"precision.format.{name}")): found for name, found in left.items()})


def first_panel(visit: Visit, layer: int, head: int) -> None:
    """The two orders of scaling, each with its first overflow."""
    t, info = visit.t, scale_first(visit.scene, layer, head)
    st.header(t("precision.first"), anchor=False)
    left, right = st.columns(2, gap="medium")
    for column, (order, code) in zip(
        (left, right), (("after", "(q @ k.mT) * scale"), ("before", "(q * scale) @ k.mT")), strict=True
    ):
        with column:
            st.code(f"scores = {code}", language="python")
            values(
                {
                    t("precision.product"): plain(info.products[order], ",.0f").replace("inf", "∞"),
                    t("precision.score"): plain(info.scores[order], ",.0f").replace("inf", "∞"),
                    t("precision.predicted"): plain(info.predicted[order], ",.1f").replace("inf", "∞"),
                    t("precision.seen"): plain(info.seen[order], ",.1f").replace("inf", "∞"),
                }
            )
    show.show(t, lambda: None, info, "precision-first")


def growth_panel(visit: Visit, layer: int, head: int) -> None:
    """The distance from float32 while q·k grows."""
    t = visit.t
    st.header(t("precision.growth"), anchor=False)
    info = cached.over_growth(visit.scene, layer, head)
    show.show(t, growth(info, t, visit.palette), info, "precision-growth")


def heads_panel(visit: Visit) -> None:
    """All heads in one format."""
    t = visit.t
    st.header(t("precision.heads"), anchor=False)
    name = controls.choice(t, "precision", "format", ROUNDED)
    with st.spinner(t("saturation.working")):
        info = cached.precision_map(visit.scene, name)
    show.show(t, lambda: beside(t, heads(info, t, visit.palette), info), info, "precision-heads")


def online_panel(visit: Visit, layer: int, head: int) -> None:
    """One row of the head, tile by tile; opens where the maximum rose last."""
    t, scene = visit.t, visit.scene
    st.header(t("precision.online"), anchor=False)
    query = state.number("token", followed.usual(scene.encoded), 0, scene.encoded.n_tokens - 1)
    with controls.strip():
        tile = state.choice(st.segmented_control, t("precision.tile"), TILES, "tile", 4, required=True)
        info = online_softmax(scene, layer, head, query, tile, 0)
        last, step = len(info.top), info.telling + 1
        if last > 1:
            step = state.choice(st.select_slider, t("precision.read"), range(1, last + 1), "read", step, width=360)
    info = replace(info, step=min(step, last) - 1)
    show.show(t, online(info, t, visit.palette), info, "precision-online")
    show.check(t, info.difference, 1e-6)
