"""The questions in both languages: each has three sentences, a reading, its labs, and survives awkward texts."""

import html
import itertools
import re

import pytest

from explorer.i18n import LANGUAGES, Translator
from explorer.models.families import FAMILIES
from explorer.models.registry import OFFERS
from explorer.models.sites import stacks
from explorer.models.spec import ModelSpec
from explorer.ui.panels.questions.questions import QUESTIONS
from explorer.ui.shell.navigation import PAGES
from explorer.ui.shell.page import Visit
from tests.conftest import arrived, page_text, plain

THERE = {entry.name: entry for entry in PAGES}


def test_ten_and_three():
    assert len(QUESTIONS) == 13


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_every_question_answers(app, name, lang):
    test = app("questions/questions", lang=lang, question=name)
    assert not test.exception
    said = page_text(test)
    assert "bx-answer" in said and "bx-reading" in said and "bx-alert" not in said
    t = Translator(lang)
    assert all(html.escape(t(f"questions.answer.{name}.{number}")) in said for number in (1, 2, 3))


@pytest.mark.parametrize(
    "text",
    ["hi", "😀 我爱北京 {braces} $x$ **b** <script>alert(1)</script>"],
    ids=["short", "signs"],
)
@pytest.mark.parametrize("name", QUESTIONS)
def test_awkward_texts(app, name, text):
    test = app("questions/questions", question=name, text=text, pair="It slept." if text == "hi" else "")
    assert not test.exception
    said = page_text(test)
    assert "bx-reading" in said and "bx-alert" not in said
    assert "<script>alert" not in said


@pytest.mark.parametrize("name", ["rate", "nonlinear", "long"])
def test_more_pieces_than_the_model_takes(app, name):
    """The others draw what other pages draw, whose tests have this text."""
    test = app("questions/questions", question=name, text="word " * 600)
    assert not test.exception and "bx-alert" not in page_text(test)


@pytest.mark.parametrize("model", [name for name in OFFERS if name != "minilm"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_every_model_of_the_menu(app, name, model):
    test = app("questions/questions", question=name, model=model)
    assert not test.exception
    said = page_text(test)
    assert "bx-reading" in said and "bx-alert" not in said and "nan" not in said


@pytest.mark.parametrize("model", FAMILIES)
def test_every_architecture_answers_or_says_why_not(app, model):
    for stack, name in itertools.product(stacks(FAMILIES[model].source), QUESTIONS):
        said = page_text(app("questions/questions", question=name, model=model, stack=stack, pair="It slept."))
        assert ("bx-alert" in said) != ("bx-reading" in said), f"{stack}, {name}"
        assert "nan" not in re.sub("<[^>]*>", "", said), f"{stack}, {name}"


@pytest.mark.parametrize("name", QUESTIONS)
def test_every_lab_takes_over_what_it_is_opened_with(app, name):
    """The labs are the same in both languages, with the model of each; each is opened in one, by turns."""
    english, chinese = (QUESTIONS[name].labs(Visit(Translator(lang), ModelSpec(), "hi", None)) for lang in LANGUAGES)
    assert english.keys() == chinese.keys() <= THERE.keys()
    for page, lang, labs in zip(english, itertools.cycle(LANGUAGES), itertools.cycle((english, chinese))):
        test = app(f"{THERE[page].section}/{page}", lang=lang, **labs[page])
        for key, value in labs[page].items():
            assert arrived(test, page, key) == plain(value), (page, key)
        assert "bx-alert" not in page_text(test), page


def test_nonsense_opens_the_first(app):
    test = app("questions/questions", question="<b>")
    assert not test.exception and "W_Q" in page_text(test)


def test_only_the_chosen_question_computes(app, monkeypatch):
    """Opening one must not pay for the others."""
    from dataclasses import replace

    called: list[str] = []
    for name, question in QUESTIONS.items():
        monkeypatch.setitem(QUESTIONS, name, replace(question, draw=lambda visit, name=name: called.append(name)))
    assert not app("questions/questions", question="large").exception
    assert called == ["large"]


def test_every_question_has_a_lab_in_the_app():
    visit = Visit(Translator("en"), ModelSpec(), "hi", None)
    for name, question in QUESTIONS.items():
        labs = question.labs(visit)
        assert THERE.keys() & set(labs), f"{name} leads nowhere"
        assert all(isinstance(value, str) for params in labs.values() for value in params.values())
