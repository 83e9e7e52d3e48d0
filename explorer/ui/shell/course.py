"""Lessons in the app: which there are, where the visitor is, what they have answered, and the way to a stop.

A start page calls `lessons(t)` and links to `Offer.page` with `Offer.params`.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from string import Formatter
from typing import Any

import streamlit as st

from explorer.analysis.course.answer import Answer, Judged
from explorer.analysis.course.keys import KEYS
from explorer.analysis.course.places import PLACES, Place, word
from explorer.course import Fault, Lesson, Stop, read
from explorer.home import ASSETS
from explorer.i18n import Translator
from explorer.ui.shell import cached, names, navigation, state
from explorer.ui.shell.page import Visit

FOLDER = ASSETS / "course"
# Where a lesson ends, and where one comes back to.
END = "course"
# What a stop may choose for itself; afterwards the visitor's own is there again.
OWN_FRAME = ("model", "stack", "text", "pair")
# What a stop's state takes from the place that is followed, from the model (1 over the width of a head) and the text.
_PLACED = re.compile(r"\{(token|layer|head|over_d|text)\}")
# Facts that a stop's text may name: `{word}`.
FACTS = ("word", "layer", "head", "d", "width", "inner", "n", "layers", "heads", "all_heads", "vocabulary")
# Parts of the page to look at, by the names that lessons use; `key:…` is the container of that key.
PARTS = {
    "title": ".bx-head h1",
    "picture": ".stPlotlyChart, .journey, .mx canvas, .at canvas, .both canvas, .weight, .ln canvas, .cards, .bars",
    "journey": ".journey",
    # The parts of the journey's picture, as PARTS in ui/browser/journey_stage.js has them, and the way into the steps.
    **{
        f"journey {part}": f".journey [data-part={part}]"
        for part in ("pieces", "sum", "layers", "qkv", "attention", "mixed", "ffn", "outputs")
    },
    "journey steps": ".journey .more",
    "matrix": ".mx",
    "row": ".bars",
    "atlas": ".at",
    "both": ".both",
    "strips": ".weight",
    "pieces": ".pieces",
    "cards": ".cards",
    "chart": ".stPlotlyChart",
    "charts": '[data-testid="stHorizontalBlock"]:has(.stPlotlyChart)',
    "ranks": ".bx-ranks",
    "draw": ".bx-draw:not(.bx-draw-legend)",
    "reading": ".bx-reading",
    "values": ".bx-values",
    "facts": ".bx-facts",
    "table": ".bx-lens, .bx-tree, .bx-rules, .stDataFrame",
    "guesses": ".bars",
}


@dataclass(frozen=True)
class Offer:
    """A lesson to begin, by a link to `page` with `params`. reached: the stop that this visitor came to, 0: none."""

    name: str
    title: str
    about: str
    minutes: int
    stops: int
    questions: int
    reached: int
    page: str
    params: Mapping[str, object]


@dataclass(frozen=True)
class Given:
    """What was answered at a stop. answer: None where the visitor looked without one. about: model and texts.

    link: what shows just this again, elsewhere too.

    right: None where the model does not have what is asked for, with the sentence that says so.
    """

    answer: str | int | float | None
    right: Answer | None
    judged: Judged | None
    about: object
    tokens: tuple[str, ...]
    text: str
    facts: Mapping[str, object]
    refusal: str = ""
    link: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Road:
    """What one visit remembers. put_aside: the visitor's own model and texts while a stop shows another; set: what that
    stop has chosen in their place."""

    given: dict[tuple[str, int], Given] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    left: tuple[str, int] | None = None
    put_aside: dict[str, object] = field(default_factory=dict)
    set: dict[str, object] = field(default_factory=dict)


def road() -> Road:
    """This visit's."""
    if "course" not in st.session_state:
        st.session_state["course"] = Road()
    found: Road = st.session_state["course"]
    return found


@cache
def course(language: str) -> dict[str, Lesson]:
    """The lessons of a language by name, in their order. One that cannot be read is in the log and not offered."""
    found = []
    for path in sorted((FOLDER / language).glob("*.md")):
        try:
            found.append(checked(read(path)))
        except Fault as fault:
            logging.getLogger("explorer").error("lesson left out: %s", fault)
    return {lesson.name: lesson for lesson in sorted(found, key=lambda one: (one.order, one.name))}


def checked(lesson: Lesson) -> Lesson:
    """The lesson, if all it names is there: pages, what stands in their addresses, parts, keys, places, facts.

    Raises:
        Fault: with file and line.
    """
    pages = {entry.name for entry in navigation.PAGES}
    for stop in lesson.stops:
        reason = None
        if stop.page not in pages:
            reason = f"there is no page {stop.page}"
        elif stop.follow and stop.follow not in PLACES:
            reason = f"nothing is followed by the name {stop.follow}"
        elif stop.look and stop.look not in PARTS and not stop.look.startswith("key:"):
            reason = f"no part is called {stop.look}"
        elif stop.ask and stop.ask.key not in KEYS:
            reason = f"there is no key {stop.ask.key}"
        else:
            reason = _state_fault(stop) or _fact_fault(stop)
        if reason:
            raise Fault(lesson.path, stop.line, reason)
    return lesson


def _state_fault(stop: Stop) -> str | None:
    try:
        names.spelled(stop.page, said_by(stop) | found_by(stop, Place(0, 0, 0), 1, "x"))
    except (KeyError, ValueError, IndexError) as error:
        return f"the state of {stop.page}: {error}"
    return None


def _fact_fault(stop: Stop) -> str | None:
    after = {"right", "fact", *FACTS}
    said = [(text, set(FACTS)) for text in (stop.title, stop.text)]
    if stop.speaker:
        said += [(text, set(FACTS)) for pair in stop.speaker.asks.items() for text in (stop.speaker.notes, *pair)]
    if stop.ask:
        said += [(text, set(FACTS)) for text in (stop.ask.words, *stop.ask.choices.values())]
        said.append((stop.ask.after, after))
    for text, facts in said:
        try:
            fields = [(name, spec, how) for _, name, spec, how in Formatter().parse(text) if name is not None]
        except ValueError as error:
            return f"a fact in {{}} that is none: {error}"
        for name, spec, how in fields:  # a bare name: Python's format would also read what belongs to a fact
            if name not in facts or spec or how:
                return f"a fact in {{}} that is none: {name}"
    return None


def lessons(t: Translator) -> tuple[Offer, ...]:
    """What a start page offers, in order."""
    reached = road().reached
    return tuple(
        Offer(
            one.name, one.title, one.about, one.minutes, len(one.stops), one.n_questions, reached.get(one.name, 0),
            navigation.PAGES[0].name, {"lesson": one.name, "stop": reached.get(one.name, 0)},
        )
        for one in course(t.language).values()
    )  # fmt: skip


def walking(t: Translator) -> tuple[Lesson, int] | None:
    """The lesson that the address names, and the stop: 0 before the first one, one more than all at the end."""
    lesson = course(t.language).get(str(state.chosen("lesson")))
    if lesson is None:
        return None
    return lesson, min(max(state.chosen("stop") or 0, 0), len(lesson.stops) + 1)


def go(visit: Visit, lesson: Lesson, number: int) -> None:
    """Open a stop with its page and state; this ends the run. One more than all stops: the end."""
    number = min(max(number, 1), len(lesson.stops) + 1)
    kept = road()
    kept.left = None
    kept.reached[lesson.name] = number
    stop = lesson.stops[number - 1] if number <= len(lesson.stops) else None
    page, values = (END, {}) if stop is None else (stop.page, said_by(stop))
    token = state.chosen("token")
    stays = own_frame({name: value for name, value in values.items() if name in OWN_FRAME})
    if stays and is_word(visit.scene, token):
        values = {"token": token, **values}
    state.forget(page)
    params = state.links(page, {**values, "lesson": lesson.name, "stop": number})
    st.switch_page(navigation.path(page), query_params=params)


def said_by(stop: Stop) -> dict[str, object]:
    """What a stop's state says by itself."""
    return {name: value for name, value in stop.state.items() if not _PLACED.search(str(value))}


def found_by(stop: Stop, at: Place, d: int, text: str) -> dict[str, object]:
    """What a stop's state says of the followed place: `off: "{layer}.{head}"`; d: width of a head."""
    known = {**at.choices(), "over_d": f"{1 / d:.6g}", "text": " ".join(text.split())}
    left = {name: str(value) for name, value in stop.state.items() if name not in said_by(stop)}
    return {name: names.kind_of(stop.page, name).read([said.format(**known)]) for name, said in left.items()}


def arrive(visit: Visit, stop: Stop) -> Place:
    """What the page of a stop will show: word, layer and head of the address; what it leaves open is found and put."""
    found = place(visit.scene, stop.follow, state.chosen("token")).choices()
    state.put({name: value for name, value in found.items() if state.chosen(name) is None})
    dims, n = visit.handle.dims, visit.scene.encoded.n_tokens
    at = Place(
        state.number("token", 0, 0, n - 1),
        state.number("layer", 0, 0, dims.n_layers - 1),
        state.number("head", 0, 0, dims.n_heads - 1),
    )
    state.put(
        {
            name: value
            for name, value in found_by(stop, at, dims.d_head, visit.text).items()
            if state.chosen(name) is None
        }
    )
    return at


def is_word(scene: cached.KeptScene, token: object) -> bool:
    """Whether this is the position of a word in the text, and not of a special token or of nothing."""
    encoded = scene.encoded
    return type(token) is int and 0 <= token < encoded.n_tokens and not encoded.special[token]


def place(scene: cached.KeptScene, follow: str, token: object = None) -> Place:
    """What is followed in a scene: the visitor's word, if it is one, with the head that `follow` finds for it.

    Raises:
        NotInThisModel: where the scene has no rows of its own tokens.
    """
    return _found(scene, follow or "telling", token if is_word(scene, token) else word(scene))  # type: ignore[arg-type]


@cached.few(64)
def _found(scene: cached.KeptScene, follow: str, token: int) -> Place:
    return PLACES[follow](scene, token)


def facts(visit: Visit, at: Place) -> dict[str, object]:
    """What a stop's text may name."""
    dims = visit.handle.dims
    return {
        "word": visit.scene.encoded.tokens[at.token], "layer": at.layer, "head": at.head, "d": dims.d_head,
        "width": dims.d_model, "inner": dims.d_ff, "n": visit.scene.encoded.n_tokens, "layers": dims.n_layers,
        "heads": dims.n_heads, "all_heads": dims.n_layers * dims.n_heads, "vocabulary": f"{dims.n_vocab:,}",
    }  # fmt: skip


def link(visit: Visit, at: Place) -> dict[str, object]:
    """What a link carries that shows this stop with this text, model, word and head to somebody else."""
    chosen = {name: state.chosen(name) for name in ("model", "stack", "pair")}
    own = {name: value for name, value in chosen.items() if value is not None}
    stop = {name: state.chosen(name) for name in ("lesson", "stop")}
    return {"lang": visit.t.language, "text": visit.text, **own, **at.choices(), **stop}


def leave() -> None:
    """End the lesson for now; where it was is remembered."""
    number = state.chosen("stop")
    road().left = (str(state.chosen("lesson")), number if isinstance(number, int) else 1)
    own_frame({})
    state.put({"lesson": None, "stop": None})


def own_frame(wanted: dict[str, Any]) -> bool:
    """The model and texts of a stop in place of the visitor's, which come back where a stop has none.

    What the visitor has chosen since the last stop is theirs. Returns whether all is as it was.
    """
    kept = road()
    now = {name: state.chosen(name) for name in OWN_FRAME}
    for name in OWN_FRAME:
        if name not in kept.set or now[name] != kept.set[name]:
            kept.put_aside[name] = now[name]
    kept.set = wanted
    then = {name: wanted.get(name, kept.put_aside[name]) for name in OWN_FRAME}
    state.adopt(then)
    return then == now
