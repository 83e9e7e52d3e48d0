"""Panels and controls of the scaling lab."""

from dataclasses import replace

import streamlit as st

from explorer.analysis.one_head import head_both_ways, valid_factor
from explorer.analysis.row_measures import MEASURES
from explorer.analysis.saturation_map import Way
from explorer.analysis.synthetic import WIDTHS
from explorer.errors import ExplorerError
from explorer.figures.saturation import maps, sweep
from explorer.models.random import INIT_STDS, SEEDS, random_like
from explorer.models.spec import ModelSpec
from explorer.ui import cached, state
from explorer.ui.components.both_ways import both_ways
from explorer.ui.controls import strip
from explorer.ui.page import Visit, notice
from explorer.ui.show import beside, check, say, show
from explorer.ui.state import choice


@st.fragment
def head_panel(visit: Visit, layer: int, head: int) -> None:
    """One head with the model's factor and with the one in the URL; opens without the scale."""
    asked = st.query_params.get("factor") or st.session_state.get("state-factor")
    replayed = visit.layer(layer)
    try:
        factor = valid_factor(asked, 1.0, 1 / visit.handle.dims.d_head)
    except ExplorerError as error:
        notice(visit.t.error(error), alert=True)
        factor = 1.0
    seen = visit.capture()
    info = head_both_ways(seen, replayed, head, factor)
    row = state.number("row", info.widest_row, 0, seen.encoded.n_tokens - 1)
    show(visit.t, lambda: both_ways(info, visit.t, row), info, "head-both-ways-post-hoc")
    check(visit.t, info.difference)


def measure(visit: Visit) -> str:
    """One of the measures of saturation."""
    words = {name: visit.t(f"saturation.measure.{name}") for name in MEASURES}
    label = visit.t("saturation.measure")
    return choice(st.selectbox, label, tuple(MEASURES), "measure", "entropy", format_func=words.__getitem__, width=300)


def random_weights(visit: Visit) -> ModelSpec:
    """The architecture of the model in the sidebar with weights of a chosen spread and seed."""
    return random_like(visit.handle, init_std(visit), seed(visit))


def init_std(visit: Visit) -> float:
    """Standard deviation of fresh weights."""
    return choice(st.segmented_control, visit.t("saturation.std"), INIT_STDS, "std", INIT_STDS[0], required=True)


def seed(visit: Visit) -> int:
    """Seed of fresh weights and of what else is drawn."""
    return choice(st.segmented_control, visit.t("saturation.seed"), SEEDS, "seed", SEEDS[0], required=True)


def saturation_panel(visit: Visit, spec: ModelSpec, name: str, way: Way, kind: str) -> None:
    """The three maps of a model, and what this regime can and cannot show."""
    with st.spinner(visit.t("saturation.working")):
        info = replace(cached.saturation(spec, visit.text, visit.pair, way), measure=name)
    show(visit.t, lambda: beside(maps(info, visit.t, visit.palette)), info, f"saturation-{kind}-{way}")
    say(visit.t(f"saturation.note.{'random' if spec.kind == 'config' else 'model'}"))


def drawn_panel(visit: Visit, name: str) -> None:
    """The sweep over d for drawn queries and keys."""
    t = visit.t
    with strip():
        d = st.select_slider(t("saturation.d"), WIDTHS, 64, key="d", bind="query-params", width=300)
        keys = st.select_slider(
            t("saturation.keys"), (2, 8, 32, 128, 512), 128, key="keys", bind="query-params", width=220
        )
        options = (128, 512, 1024, 2048)
        samples = st.select_slider(
            t("saturation.samples"), options, 1024, key="samples", bind="query-params", width=220
        )
    info = cached.sweep(d, keys, samples, 0)
    show(t, sweep(info, name, t, visit.palette), info, "saturation-drawn")
    say(t("saturation.note.drawn"))
