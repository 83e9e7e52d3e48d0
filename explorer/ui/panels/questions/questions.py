"""The questions of every course: which there are, how each is shown on the visitor's text, and which lab goes on."""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from explorer.models.registry import FIRST_IN, OFFERS, language
from explorer.ui.browser.chapters import chapters
from explorer.ui.panels.questions import experiments
from explorer.ui.shell import examples, navigation, words
from explorer.ui.shell.page import Visit

Params = dict[str, str]


@dataclass(frozen=True)
class Question:
    """A question. draw: its miniature on the visitor's text; labs: pages that go on, each with the state it is opened
    with; one that this build does not have is left out."""

    draw: Callable[[Visit], None]
    labs: Callable[[Visit], Mapping[str, Params]]


def _last(visit: Visit) -> str:
    return str(visit.handle.dims.n_layers - 1)


def _with_heads(visit: Visit, params: Params) -> Params:
    """With the first model of the language, which predicts words and next sentences, and a pair in its language."""
    name = FIRST_IN.get(visit.t.language) or next(iter(OFFERS))
    found = next(example for example in examples.in_language(language(OFFERS[name])) if "pair" in example)
    return {**params, "model": name, "text": found["text"], "pair": found["pair"]}


QUESTIONS: dict[str, Question] = {
    "qkv": Question(
        experiments.qkv,
        lambda v: {"atlas": {"view": "patterns", "order": "self"}, "steps": {"layer": "3", "step": "scale"}},
    ),
    "rate": Question(experiments.rate, lambda v: {"masked": _with_heads(v, {"show": "recipe", "rate": "40"})}),
    "limits": Question(
        experiments.limits,
        lambda v: {"positions": {"show": "tables"}, "next_sentence": _with_heads(v, {"nsp": "segments"})},
    ),
    "cls": Question(
        experiments.cls,
        lambda v: {
            "heads": {"layer": _last(v), "of": "layer", "token": "0"},
            "sentences": {"view": "layers", "measure": "nearest"},
        },
    ),
    "cost": Question(experiments.cost, lambda v: {"cost": {"preset": "loaded", "n": "512", "draw": "operations"}}),
    "shared": Question(
        experiments.shared,
        lambda v: {"parameters": {"preset": "bert-chinese", "top": "mlm"}, "tied": {"tie": "rows"}},
    ),
    "nonlinear": Question(
        experiments.nonlinear,
        lambda v: {"softmax": {"a": "10.0"}, "take_away": {"part": "alone", "ffn": "with", "norm": "with"}},
    ),
    "sum": Question(experiments.embeddings, lambda v: {"sum": {}}),
    "sqrt_d": Question(
        experiments.sqrt_d,
        lambda v: {
            "scaling": {"layer": _last(v), "head": "1", "factor": "1"},
            "saturation": {"regime": "drawn", "d": "1024"},
        },
    ),
    "long": Question(experiments.long, lambda v: {"long_text": {"window": "128", "step": "64", "part": "cost"}}),
    "ffn": Question(experiments.ffn, lambda v: {"parameters": {"b-preset": "thin"}, "take_away": {"part": "removed"}}),
    "large": Question(experiments.large, lambda v: {"parameters": {"preset": "bert-large", "top": "pretraining"}}),
    "saturate": Question(experiments.saturate, lambda v: {"softmax": {"vector": "1000,1000,1001"}}),
}
# From here on: what articles get wrong.
MORE = "ffn"


def panel(visit: Visit) -> None:
    """The list of questions at the left, the chosen one at the right; only that one is computed."""
    t, names = visit.t, tuple(QUESTIONS)
    left, right = st.columns([4, 9], gap="large")
    with left:
        titles = [t(f"questions.ask.{name}") for name in names]
        breaks = (names.index(MORE),)
        chosen = chapters(names, titles, param="question", label=t("questions.choose"), breaks=breaks)
    with right:
        _answer(visit, chosen)
        QUESTIONS[chosen].draw(visit)
        _labs(visit, QUESTIONS[chosen])


def _answer(visit: Visit, name: str) -> None:
    t = visit.t
    title = html.escape(t(f"questions.ask.{name}"))
    gap = " " if t.language == "en" else ""
    first, *rest = (words.explained(t, t(f"questions.answer.{name}.{number}")) for number in (1, 2, 3))
    text = f"<p><strong>{first}</strong>{gap}{gap.join(rest)}</p>"
    st.html(f'<section class="bx-answer"><h2>{title}</h2>{text}</section>{STYLE}')


def _labs(visit: Visit, question: Question) -> None:
    there = {entry.name for entry in navigation.PAGES}
    with st.container(horizontal=True, key="labs"):
        for name, params in question.labs(visit).items():
            if name in there:
                label = visit.t("questions.lab", page=visit.t(f"nav.{name}"))
                navigation.link(name, label, params, "science")


STYLE = """<style>
.bx-answer h2 { font-size: 1.5rem; font-weight: 700; margin: 0 0 8px; padding: 0; letter-spacing: -0.01em; }
.bx-answer p { font-size: 1.125rem; line-height: 1.6; margin: 0; max-width: 76ch; }
.bx-answer strong { font-weight: 600; }
</style>"""
