"""Two runs side by side: what is compared, and the panels of each view."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import streamlit as st

from explorer.analysis.attention import HeadMatrix
from explorer.analysis.compare import (
    HeadMaps,
    HeadsMoved,
    LayersAlike,
    Run,
    heads_moved,
    layers_alike,
    measure_maps,
    pattern_maps,
    two_heads,
)
from explorer.analysis.patterns import PATTERNS, measures
from explorer.capture.records import Capture, LayerCapture
from explorer.capture.variant import Variant
from explorer.models.handle import ModelHandle
from explorer.models.menu import menu
from explorer.models.spec import ModelSpec
from explorer.ui import cached, controls, model_choice, scaling, state
from explorer.ui.components.atlas import atlas
from explorer.ui.components.matrix import Scale, matrix
from explorer.ui.navigation import links
from explorer.ui.overview import head_captions
from explorer.ui.page import Visit, fragment, notice
from explorer.ui.show import panel_title, say, show

AS_IS = Variant()
WHAT = ("variant", "text", "model")
VARIANTS = {
    "unscaled": Variant(scale="none"),
    "causal": Variant(causal=True),
    "temperature": Variant(),
    "same_qk": Variant(identity=("q", "k")),
    "same_v": Variant(identity=("v",)),
    "no_ffn": Variant(without_ffn="all"),
    "skip_ffn": Variant(without_ffn="all", ffn_mode="skip"),
}
TEMPERATURES = (0.25, 0.5, 2.0, 4.0)

# The pronoun of the first example stands for the animal there and for the street here.
OTHER_TEXT = "The animal didn't cross the street because it was too wide."
MAX_TEXT = 2_000
TITLE = 90


@dataclass(frozen=True)
class Side:
    """One of the two runs, hashable: the key of every cache here."""

    title: str
    spec: ModelSpec
    text: str
    pair: str | None
    variant: Variant = AS_IS

    @property
    def handle(self) -> ModelHandle:
        """The loaded model."""
        return cached.model(self.spec)

    @property
    def capture(self) -> Capture:
        """The run."""
        return cached.capture(self.spec, self.text, self.pair, self.variant)

    @property
    def run(self) -> Run:
        """Model and run."""
        return self.handle, self.capture

    @property
    def scale(self) -> Scale:
        """Amber for a changed run of a model, whatever it is compared with."""
        return "attention" if self.variant == AS_IS else "changed"

    def layer(self, number: int) -> LayerCapture:
        """One layer of the run."""
        return cached.layer(self.spec, self.text, self.pair, number, self.variant, self.variant)


def sides(visit: Visit) -> tuple[Side, Side]:
    """What stands in the frame, and what the visitor sets against it."""
    t = visit.t
    with controls.strip():
        what = controls.choice(t, "compare", "what", WHAT)
        if what == "variant":
            title, variant = _variant(visit)
            b = Side(title, visit.spec, visit.text, visit.pair, variant)
        elif what == "text":
            label = t("compare.other")
            text = state.words(st.text_input, label, "against", OTHER_TEXT, MAX_TEXT, max_chars=20_000, width="stretch")
            b = Side(text, visit.spec, text, visit.pair)
        else:
            title, spec = _model(visit)
            b = Side(title, spec, visit.text, visit.pair)
    first = {"variant": t("compare.as_is"), "text": visit.text, "model": _name(visit, visit.spec)}[what]
    with st.spinner(t("frame.loading")):
        found, kept = b.capture.encoded.n_found, b.capture.encoded.n_tokens
    if found > kept:
        notice(t("compare.cut", found=found, allowed=kept))
    return Side(_short(first), visit.spec, visit.text, visit.pair), Side(_short(b.title), *_key(b))


def _key(side: Side) -> tuple[ModelSpec, str, str | None, Variant]:
    return side.spec, side.text, side.pair, side.variant


def _short(title: str) -> str:
    return title if len(title) <= TITLE else title[: TITLE - 1] + "…"


def _variant(visit: Visit) -> tuple[str, Variant]:
    t = visit.t
    names = {name: t(f"compare.variant.{name}") for name in VARIANTS}
    name = state.choice(
        st.selectbox, t("compare.variant"), tuple(VARIANTS), "change", "unscaled", format_func=names.__getitem__,
        width=340,
    )  # fmt: skip
    if name != "temperature":
        return names[name], VARIANTS[name]
    label = t("compare.temperature")
    degree = state.choice(st.segmented_control, label, TEMPERATURES, "degree", TEMPERATURES[1], required=True)
    return t("compare.at_temperature", degree=degree), Variant(temperature=degree)


def _model(visit: Visit) -> tuple[str, ModelSpec]:
    """Another model that is here."""
    models = menu()
    others = tuple(name for name, spec in models.items() if spec != replace(visit.spec, stack=""))
    names = {name: model_choice.label(visit.t, name) for name in others}
    label = visit.t("compare.model")
    name = state.choice(
        st.selectbox, label, others, "with", others[0], format_func=names.__getitem__, width="stretch"
    )  # fmt: skip
    return names[name], models[name]


def _name(visit: Visit, spec: ModelSpec) -> str:
    offered = next((name for name, other in menu().items() if other == replace(spec, stack="")), None)
    return spec.source if offered is None else model_choice.label(visit.t, offered)


def _place(a: Side, b: Side) -> tuple[tuple[int, int], tuple[int, int]]:
    """Layer and head of each side from the URL: one pair for both where the models have the same shape."""
    (layer, head), other = _of(a, ""), _of(b, "-b")
    same = (a.handle.dims.n_layers, a.handle.dims.n_heads) == (b.handle.dims.n_layers, b.handle.dims.n_heads)
    return (layer, head), (layer, head) if same else other


def _of(side: Side, end: str) -> tuple[int, int]:
    dims = side.handle.dims
    layer = state.number("layer" + end, min(1, dims.n_layers - 1), 0, dims.n_layers - 1)
    return layer, state.number("head" + end, min(8, dims.n_heads - 1), 0, dims.n_heads - 1)


def _two(visit: Visit, a: Side, b: Side, draw: Callable[[Side, str], None]) -> None:
    """Both panels beside each other, under their titles."""
    for column, side, letter in zip(st.columns(2, gap="medium"), (a, b), "AB", strict=True):
        with column:
            panel_title(f"{letter} · {side.title}")
            draw(side, letter)


@fragment
def heads_panel(visit: Visit, a: Side, b: Side) -> None:
    """All heads of both, and how far each has moved."""
    t, places = visit.t, _place(a, b)
    apart = places[0] != places[1] or a.handle.dims != b.handle.dims

    def draw(side: Side, letter: str) -> None:
        dims, seen = side.handle.dims, side.capture
        (layer, head), end = places[letter == "B"], "-b" if letter == "B" and apart else ""

        def choose(index: int) -> None:
            state.put("layer" + end, index // dims.n_heads)
            state.put("head" + end, index % dims.n_heads)

        atlas(
            seen.heads.thumbnails[:, 0].flatten(0, 1).cpu().numpy(), head_captions(t, measures(seen)),
            columns=dims.n_heads, key=f"compare-{letter}", label=t("atlas.alt"), chosen=layer * dims.n_heads + head,
            choose=choose, rows=[t("atlas.row", layer=number) for number in range(dims.n_layers)],
            heads=[str(number) for number in range(dims.n_heads)], scale=side.scale,
        )  # fmt: skip

    with st.spinner(t("saturation.working")):
        info = _heads_moved(a, b)

    def pictures() -> None:
        _two(visit, a, b, draw)
        if info.moved is None:
            say(t(f"compare.no_difference.{info.why}"))
        else:
            panel_title(t("compare.moved"))
            _map(visit, info.moved, "moved", "changed", 0, 1)

    show(t, pictures, info, "compare-heads")
    layer, head = places[0]
    links(t, {"compare.open": ("compare", {"look": "head", "layer": str(layer), "head": str(head)})})


@fragment
def head_panel(visit: Visit, a: Side, b: Side) -> None:
    """One head of both, and the difference."""
    t = visit.t
    apart = (a.handle.dims.n_layers, a.handle.dims.n_heads) != (b.handle.dims.n_layers, b.handle.dims.n_heads)
    place = _numbers(visit, a, "", " A" if apart else "")
    there = _numbers(visit, b, "-b", " B") if apart else place
    info = two_heads((a.capture, a.layer(place[0]), place[1]), (b.capture, b.layer(there[0]), there[1]))

    def draw(side: Side, letter: str) -> None:
        _head(visit, info.a if letter == "A" else info.b, f"compare-{letter}", side.scale)

    def pictures() -> None:
        _two(visit, a, b, draw)
        if info.difference is None:
            say(t("compare.no_difference.tokens"))
            return
        panel_title(t("compare.b_minus_a"))
        high = float(np.abs(info.difference).max()) or 1.0
        axis = info.a.queries
        matrix(
            info.difference, info.a.visible | info.b.visible, axis.tokens, axis.tokens, scale="signed", low=-high,
            high=high, key="difference", param="query", chosen=None, label=t("compare.b_minus_a"), height=520,
            kinds_q=list(axis.kinds), kinds_k=list(axis.kinds),
        )  # fmt: skip

    show(t, pictures, info, "compare-head")


def _numbers(visit: Visit, side: Side, end: str, letter: str) -> tuple[int, int]:
    """Layer and head of one of the two, also for the view of all heads, where a click chooses them."""
    dims = side.handle.dims
    with controls.strip():
        layer = controls.number(visit.t("controls.layer") + letter, dims.n_layers, f"layer{end}", 1)
        head = controls.number(visit.t("controls.head") + letter, dims.n_heads, f"head{end}", 8)
    st.session_state[f"state-layer{end}"], st.session_state[f"state-head{end}"] = layer, head
    return layer, head


def _head(visit: Visit, info: HeadMatrix, key: str, scale: Scale) -> None:
    matrix(
        info.probs, info.visible, info.queries.tokens, info.keys.tokens, scale=scale, low=0, high=1, key=key,
        param="query", chosen=None, label=visit.t("heads.alt"), height=460, kinds_q=list(info.queries.kinds),
        kinds_k=list(info.keys.kinds), intensity="sqrt",
    )  # fmt: skip


@fragment
def saturation_panel(visit: Visit, a: Side, b: Side) -> None:
    """A measure of saturation of all heads."""
    with controls.strip():
        name = scaling.measure(visit)
    with st.spinner(visit.t("saturation.working")):
        info = _measure_maps(a, b, name)
    _maps(visit, a, b, info, f"compare-{name}")


@fragment
def patterns_panel(visit: Visit, a: Side, b: Side) -> None:
    """How much of every head follows a pattern."""
    t = visit.t
    with controls.strip():
        names = {name: t(f"patterns.name.{name}") for name in PATTERNS}
        label = t("compare.pattern")
        name = state.choice(
            st.selectbox, label, PATTERNS, "follows", PATTERNS[0], format_func=names.__getitem__, width=340
        )
    with st.spinner(t("saturation.working")):
        info = _pattern_maps(a, b, name)
    _maps(visit, a, b, info, f"compare-{name}")


def _maps(visit: Visit, a: Side, b: Side, info: HeadMaps, name: str) -> None:
    """Both maps on one range, and the difference."""

    def draw(side: Side, letter: str) -> None:
        _map(visit, info.a if letter == "A" else info.b, f"map-{letter}", side.scale, 0, info.high)

    def pictures() -> None:
        _two(visit, a, b, draw)
        change = info.difference
        if change is None:
            say(visit.t("compare.no_difference.shape"))
        elif np.isfinite(change).any():
            panel_title(visit.t("compare.b_minus_a"))
            high = float(np.nanmax(np.abs(change))) or 1.0
            _map(visit, change, "map-difference", "signed", -high, high)

    show(visit.t, pictures, info, name)


def _map(visit: Visit, values: np.ndarray, key: str, scale: Scale, low: float | int, high: float | int) -> None:
    """Layers down, heads across."""
    layers, heads = values.shape
    rows = [visit.t("atlas.row", layer=number) for number in range(layers)]
    matrix(
        values, np.isfinite(values), rows, [str(number) for number in range(heads)], scale=scale, low=low, high=high,
        key=key, param=None, chosen=None, label=visit.t("compare.map_alt"), height=90 + min(44 * layers, 480),
    )  # fmt: skip


@fragment
def layers_panel(visit: Visit, a: Side, b: Side) -> None:
    """Every state of A against every state of B."""
    t = visit.t
    with controls.strip():
        corrected = st.toggle(t("compare.corrected"), value=True, key="corrected", bind="query-params")
    with st.spinner(t("compare.working")):
        info = _layers_alike(a, b, corrected)

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

    show(t, draw, info, "compare-layers")


VIEWS = {
    "heads": heads_panel,
    "head": head_panel,
    "saturation": saturation_panel,
    "patterns": patterns_panel,
    "layers": layers_panel,
}


@cached.few(64)
def _heads_moved(a: Side, b: Side) -> HeadsMoved:
    return heads_moved(a.run, b.run)


@cached.few(64)
def _measure_maps(a: Side, b: Side, name: str) -> HeadMaps:
    return measure_maps(a.run, b.run, name)


@cached.few(64)
def _pattern_maps(a: Side, b: Side, name: str) -> HeadMaps:
    return pattern_maps(a.run, b.run, name)


@cached.few(64)
def _layers_alike(a: Side, b: Side, corrected: bool) -> LayersAlike:
    return layers_alike(a.capture, b.capture, corrected)
