"""Panels and controls of the scaling lab."""

from dataclasses import replace

import streamlit as st

from explorer.analysis.scaling.drawn_vectors import WIDTHS
from explorer.analysis.scaling.saturation import Way
from explorer.analysis.scaling.scaling import head_both_ways, other_factor, valid_factor
from explorer.analysis.scaling.score_variance import score_variance
from explorer.analysis.scaling.softmax import MAX_A, Microscope, parse_vector
from explorer.analysis.scaling.whole_network import factor_curve, factors
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import facts_of, spelled
from explorer.capture.progress import expected
from explorer.errors import ExplorerError
from explorer.figures.scaling.gradients import gradients
from explorer.figures.scaling.saturation import maps, sweep
from explorer.figures.scaling.score_variance import score_variance as variance
from explorer.figures.scaling.softmax import bars, jacobian
from explorer.figures.scaling.whole_network import curve, paths, states
from explorer.models.random import INIT_STDS, SEEDS, random_like
from explorer.models.spec import ModelSpec
from explorer.quantities import percent
from explorer.ui.browser.both_ways import both_ways
from explorer.ui.parts.controls import strip
from explorer.ui.parts.guess import consequence
from explorer.ui.parts.show import beside, check, chips, say, show
from explorer.ui.shell import cached, followed, state
from explorer.ui.shell.page import Visit, fragment, notice
from explorer.ui.shell.state import choice

# No slope of softmax is larger: the spectral norm of its Jacobian at (1/2, 1/2).
MAX_SLOPE = 0.5
# By how much the textbook example can be stretched: in quarters where something happens, then on to the overflow.
STEPS = (*(quarters / 4 for quarters in range(33)), 9.0, 10.0, 12.0, 15.0, 20.0, 30.0, 45.0, 60.0, 88.0, float(MAX_A))


@fragment
def head_panel(visit: Visit, layer: int, head: int) -> None:
    """One head with the model's factor and with the one in the URL; opens without the scale, where most is seen."""
    scene, asked = visit.scene, state.chosen("factor")
    own = facts_of(scene.handle).factors[layer]
    first = other_factor(own, scene.handle.dims.d_head)
    try:
        lowest = min(1 / scene.handle.dims.d_head, own)
        factor = valid_factor(state.asked("factor") if asked is None else str(asked), first, lowest)
    except ExplorerError as error:
        notice(visit.t.error(error), alert=True)
        factor = own
    info = head_both_ways(scene, layer, head, factor)
    row = state.number("token", followed.usual(scene.encoded), 0, scene.encoded.n_tokens - 1)
    show(visit.t, lambda: both_ways(info, visit.t, row), info, "head-both-ways-post-hoc")
    check(visit.t, info.difference)
    say(visit.t(f"scaling.note{untrained(visit)}", scale=spelled(info.own_factor, info.d_head)))


def untrained(visit: Visit) -> str:
    """The end of a message's key where the weights are random: nothing was trained with the scale then."""
    return ".random" if visit.spec.kind == "config" else ""


def random_weights(visit: Visit) -> ModelSpec:
    """The architecture of the model in the sidebar with weights of a chosen spread and seed."""
    return random_like(visit.handle, init_std(visit), seed(visit))


def init_std(visit: Visit) -> float:
    """Standard deviation of fresh weights."""
    return choice(st.segmented_control, visit.t("saturation.std"), INIT_STDS, "std", INIT_STDS[0], required=True)


def seed(visit: Visit) -> int:
    """Seed of fresh weights and of what else is drawn."""
    return choice(st.segmented_control, visit.t("saturation.seed"), SEEDS, "seed", SEEDS[0], required=True)


def saturation_panel(visit: Visit, spec: ModelSpec, name: str, way: Way, kind: str) -> dict[str, str]:
    """The three maps of a model, and what this regime can and cannot show; returns the head that changes most."""
    with st.spinner(visit.t("saturation.working")):
        info = replace(cached.saturation(cached.scene(spec, visit.text, visit.pair), way), measure=name)
    show(visit.t, lambda: beside(visit.t, maps(info, visit.t, visit.palette), info), info, f"saturation-{kind}-{way}")
    say(visit.t(f"saturation.note.{'random' if spec.kind == 'config' else 'model'}"))
    layer, head = info.most_changed
    return {"layer": str(layer), "head": str(head)}


def drawn_panel(visit: Visit, name: str) -> None:
    """The sweep over d for drawn queries and keys."""
    t = visit.t
    with strip():
        d = choice(st.select_slider, t("saturation.d"), WIDTHS, "d", 64, width=300)
        keys = choice(st.select_slider, t("saturation.keys"), (2, 8, 32, 128, 512), "keys", 128, width=220)
        options = (128, 512, 1024, 2048)
        samples = choice(st.select_slider, t("saturation.samples"), options, "samples", 1024, width=220)
    info = cached.sweep(d, keys, samples, 0)
    show(t, sweep(info, name, t, visit.palette), info, "saturation-drawn")
    say(t("saturation.note.drawn"))


def variance_panel(visit: Visit) -> None:
    """Why it is √d: the spread of the products against d, of drawn vectors and of the model's heads."""
    t = visit.t
    info = score_variance(visit.scene)
    with st.container(key="variance"):
        st.header(t("variance.heading"), anchor=False)
        show(t, variance(info, t, visit.palette), info, "score-variance")
    say(t("variance.note"))


def gradient_panel(visit: Visit, spec: ModelSpec, kind: str, chosen: int) -> None:
    """The three gradient panels of a model under one key of the two runs."""
    t = visit.t
    with st.spinner(t("gradients.working")), expected(6 * visit.handle.dims.n_layers):
        info = cached.gradient_norms(cached.scene(spec, visit.text, visit.pair), chosen)

    def panels() -> None:
        own, changed = visit.palette.attention[1], visit.palette.changed[1]
        chips(
            {
                t("gradients.scaled"): f"background: {own}; border-radius: 50%",
                t("gradients.unscaled"): f"background: {changed}; transform: rotate(45deg) scale(.8)",
            }
        )
        beside(t, gradients(info, t, visit.palette), info)

    show(t, panels, info, f"gradients-{kind}")


def network_panel(visit: Visit, layers: tuple[int, ...], factor: float) -> None:
    """The changed network against the untouched one, state by state."""
    t = visit.t
    with st.spinner(t("network.working")):
        info = cached.network_change(visit.scene, factor, layers)
    figures = {"states-end-to-end": states(info, t, visit.palette), "paths-end-to-end": paths(info, t, visit.palette)}
    before_after = {
        t("network.pooled"): f"{info.pooled[-1]:.3f}",
        t("network.cls", token=info.tokens[info.place]): f"{info.cls[-1]:.3f}",
    }
    if info.pair is not None:
        before_after[t("network.pair")] = f"{info.pair[0]:.3f} → {info.pair[1]:.3f}"
    if info.predictions:
        before_after[t("network.predictions")] = f"{len(info.predictions)}"
        before_after |= {token: f"{a} → {b}" for token, a, b in info.predictions[:8]}
    show(t, lambda: beside(t, figures, info, (3, 2), before_after), info, "network-end-to-end")
    consequence(visit, "factor", Variant(scale=factor, layers=layers), factor=f"{factor:.3g}")


def network_factor(visit: Visit) -> float:
    """Factor of the changed layers, from 1/d to 1 in even steps of the logarithm."""
    options = {f"{factor:.4g}": factor for factor in _steps(visit)}
    lowest = 1 / visit.handle.dims.d_head
    try:
        valid_factor(state.asked("scale"), 1.0, lowest)
    except ExplorerError as error:
        notice(visit.t.error(error), alert=True)
    return options[choice(st.select_slider, visit.t("network.factor"), tuple(options), "scale", "1", width=420)]


def own_scale(visit: Visit) -> str:
    """What the model multiplies q·k with, as it is written."""
    return spelled(facts_of(visit.handle).factor, visit.handle.dims.d_head)


def _steps(visit: Visit) -> list[float]:
    return factors(visit.handle.dims.d_head, facts_of(visit.handle).factor)


def network_layers(visit: Visit) -> tuple[int, ...]:
    """The layers in which the factor is changed; all by default."""
    everything = list(range(visit.handle.dims.n_layers))
    label = visit.t("network.layers")
    return state.several(st.segmented_control, label, everything, "changed", everything, selection_mode="multi")


def curve_panel(visit: Visit, layers: tuple[int, ...]) -> None:
    """One run a factor; every run is kept."""
    t = visit.t
    steps = _steps(visit)
    with expected(len(steps) * visit.handle.dims.n_layers):
        changes = [cached.network_change(visit.scene, factor, layers) for factor in steps]
    info = factor_curve(changes, facts_of(visit.handle).factor)
    show(t, curve(info, t, visit.palette), info, "factor-curve-end-to-end")


def stretch(visit: Visit) -> float:
    """By how much the textbook example's scores are multiplied."""
    asked = state.chosen("a")
    if asked is not None and asked not in STEPS:  # a link from before, when every quarter up to the end was offered
        state.adopt({"a": min(STEPS, key=lambda step: abs(step - asked))})
    return choice(st.select_slider, visit.t("softmax.a"), STEPS, "a", 1.0, width=420)


def typed_vector(visit: Visit) -> list[float] | None:
    """The visitor's own scores; None where there are none, or none that can be read, with the reason."""
    t = visit.t
    hint = t("softmax.vector_hint")
    text = state.words(st.text_input, t("softmax.vector"), "vector", "", max_chars=400, placeholder=hint)
    if not text.strip():
        return None
    try:
        return parse_vector(text)
    except ExplorerError as error:
        notice(t.error(error), alert=True)
        return None


def microscope_panel(visit: Visit, info: Microscope) -> None:
    """Bars and Jacobian of one vector; under them how much is left of the largest slope that there can be."""
    t = visit.t
    measures = {t("softmax.listens"): percent(info.spectral / MAX_SLOPE)}
    pictures = {"softmax-bars": bars(info, t, visit.palette), "softmax-jacobian": jacobian(info, t, visit.palette)}
    show(t, lambda: beside(t, pictures, info, below=measures), info, "softmax")


def flattest(visit: Visit) -> str:
    """The factor 1/d as a link carries it."""
    return f"{1 / visit.handle.dims.d_head:.6g}"


def last_layer(visit: Visit) -> str:
    """Number of the last layer as a link carries it."""
    return str(visit.handle.dims.n_layers - 1)
