"""Panels and controls of the scaling lab."""

from dataclasses import replace
from typing import Any

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


def regime(visit: Visit) -> str:
    """Which of the three: the model in the sidebar, its architecture with random weights, or drawn vectors."""
    names = ["model", "random", "drawn"]
    return _choice(visit, "regime", names, "saturation.regime.")


def measure(visit: Visit) -> str:
    """One of the measures of saturation."""
    names = list(MEASURES)
    label = visit.t("saturation.measure")
    words = {name: visit.t(f"saturation.measure.{name}") for name in names}
    return st.selectbox(label, names, format_func=words.__getitem__, key="measure", bind="query-params", width=300)


def way(visit: Visit) -> Way:
    """Each layer alone with the input that it had, or the changed network from end to end."""
    return (
        "end-to-end"
        if _choice(visit, "way", ["post_hoc", "end_to_end"], "saturation.way.") == "end_to_end"
        else "post-hoc"
    )


def random_weights(visit: Visit) -> ModelSpec:
    """The architecture of the model in the sidebar with weights of a chosen spread and seed."""
    std = _choice(visit, "std", list(INIT_STDS), "saturation.std")
    seed = _choice(visit, "seed", list(SEEDS), "saturation.seed")
    return random_like(visit.handle, std, seed)


def saturation_panel(visit: Visit, spec: ModelSpec, name: str, ways: Way, kind: str) -> None:
    """The three maps of a model, and what this regime can and cannot show."""
    with st.spinner(visit.t("saturation.working")):
        info = replace(cached.saturation(spec, visit.text, visit.pair, ways), measure=name)
    show(visit.t, lambda: beside(maps(info, visit.t, visit.palette)), info, f"saturation-{kind}-{ways}")
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


def _choice(visit: Visit, key: str, options: list[Any], words: str) -> Any:
    """Buttons; options that are numbers stand for themselves and `words` is their label."""
    if isinstance(options[0], str):
        named = {option: visit.t(words + option) for option in options}
        label = visit.t(words + "label")
        return st.segmented_control(
            label,
            options,
            format_func=named.__getitem__,
            default=options[0],
            required=True,
            key=key,
            bind="query-params",
        )
    return st.segmented_control(
        visit.t(words), options, default=options[0], required=True, key=key, bind="query-params"
    )
