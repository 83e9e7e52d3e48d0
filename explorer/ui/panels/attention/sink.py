"""The station of the sink: all heads, one of them in full, and the network with the first token closed."""

import html
from dataclasses import replace

import streamlit as st

from explorer.analysis.attention.sink import Closed, Sink, closed, place_of, sink, sink_head
from explorer.capture.changes.variant import Variant
from explorer.figures.attention.sink import closed_lines, head_bars, maps
from explorer.models.registry import OFFERS, language
from explorer.ui.parts import controls
from explorer.ui.parts.guess import consequence
from explorer.ui.parts.show import beside, say, show
from explorer.ui.shell import cached, examples, model_choice, navigation, state
from explorer.ui.shell.page import Visit, fragment

_sink = cached.few(64)(sink)
_closed = cached.few(64)(closed)


def title(visit: Visit) -> str:
    """The question, by what stands first in this model's text."""
    scene = visit.scene
    return "sink.title" if scene.keys.cls == place_of(scene) else "sink.title.first"


def shown(visit: Visit) -> Visit:
    """The visit; until a model is chosen, in place of one without a sink the first on offer, in its own words."""
    spec = next(iter(OFFERS.values()))
    if state.chosen("model") is not None or visit.spec == spec or _sink(visit.scene).is_sink:
        return visit
    text = examples.default_text(language(spec))
    return replace(visit, spec=spec, text=text, pair=None, notices=(), remarks=(), suggests=None)


def instead(visit: Visit, seen: Visit) -> None:
    """Below the picture: that it is another model's than the visitor's, and why."""
    if seen.spec != visit.spec:
        t = visit.t
        names = {"own": model_choice.name_of(t, visit.spec), "model": model_choice.name_of(t, seen.spec)}
        say(t("sink.instead", **names))


def all_heads(visit: Visit) -> Sink:
    """Two maps on one range; where nothing is looked at so much, the way to a model that has a sink."""
    t, info = visit.t, _sink(visit.scene)
    show(t, lambda: beside(t, maps(info, t, visit.palette), info), info, "sink")
    first, spec = next(iter(OFFERS.items()))
    if not info.is_sink and visit.spec != spec:
        text = examples.default_text(language(spec))
        navigation.link("sink", t("sink.see", model=t(f"model.{first}")), {"model": first, "text": text})
    return info


@fragment
def one_head(visit: Visit, layer: int, head: int) -> None:
    """A head in full, by default the one that shows most."""
    t = visit.t
    _heading(t("sink.head"))
    with controls.strip():
        layer, head = controls.layer(visit, default=layer), controls.head(visit, default=head)
    info = sink_head(visit.scene, layer, head)
    show(t, head_bars(info, t, visit.palette), info, "sink-head")


def in_the_network(visit: Visit) -> None:
    """Closed in every layer: what becomes of the states and of a guess."""
    t, scene = visit.t, visit.scene
    info = _closed(scene, _beside(visit))
    if info is None:
        return
    _heading(t("sink.closed", token=scene.encoded.tokens[info.place]))
    _draw(visit, info)
    consequence(visit, "closed", Variant(closed=(info.place,)), token=scene.encoded.tokens[info.place])


def _draw(visit: Visit, info: Closed) -> None:
    show(visit.t, closed_lines(info, visit.t, visit.palette), info, "sink-closed")


def _beside(visit: Visit) -> int:
    """The token that is closed for comparison: the followed one, else the one in the middle."""
    n, place = visit.scene.encoded.n_tokens, place_of(visit.scene)
    token = state.number("token", n // 2, 0, n - 1)
    return token if token != place else (place + 1) % n


def _heading(text: str) -> None:
    st.html(f"<h2>{html.escape(text)}</h2>")
