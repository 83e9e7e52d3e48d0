"""The way through a lesson in the app: stops, what a stop puts aside, leaving, coming back."""

import json

import pytest

from explorer.i18n import LANGUAGES
from explorer.ui.shell import course
from explorer.ui.shell.navigation import PAGES
from tests.conftest import ROOT, arrived, page_text, plain

SECTIONS = {entry.name: entry.section for entry in PAGES}
STOPS = [
    pytest.param(lang, lesson.name, number, id=f"{lang}-{lesson.name}-{number}")
    for lang in LANGUAGES
    for lesson in course.course(lang).values()
    for number in range(1, len(lesson.stops) + 1)
]


@pytest.fixture
def at(app):
    """Open a stop by its link, as the end page has it; in Chinese with the model that Chinese opens with."""

    def open_stop(lang: str, name: str, number: int):
        stop = course.course(lang)[name].stops[number - 1]
        link = {
            key: json.dumps(value) if isinstance(value, bool) else str(value)
            for key, value in course.said_by(stop).items()
        }
        own = {"model": None} | link
        return app(f"{SECTIONS[stop.page]}/{stop.page}", lang=lang, lesson=name, stop=str(number), **own)

    return open_stop


@pytest.mark.parametrize(("lang", "name", "number"), STOPS)
def test_the_state_of_every_stop_arrives(at, lang, name, number):
    """What a stop says is chosen, and what its page has a control for is shown by that control."""
    stop = course.course(lang)[name].stops[number - 1]
    test = at(lang, name, number)
    if stop.ask:
        assert "bx-cover" in page_text(test)
        test.button(key=f"ask-{name}-{number}-reveal").click().run()
        assert "bx-verdict" in page_text(test) and "bx-cover" not in page_text(test)
    assert "bx-alert" not in page_text(test), page_text(test)
    for own, value in stop.state.items():
        found = arrived(test, stop.page, own)
        assert found != "none", f"{own} has not arrived"
        if own not in ("token", "layer", "head", "off", "list", "factor"):  # those end where the model or text ends
            assert found == plain(value), own


def test_a_stop_with_a_text_of_its_own_gives_back_the_visitors(app, monkeypatch):
    """The road itself, without a browser: what is put aside, what the visitor changes meanwhile, what comes back."""
    kept, chosen = course.Road(), {"text": "mine"}
    monkeypatch.setattr(course, "road", lambda: kept)
    monkeypatch.setattr(course.state, "chosen", chosen.get)
    monkeypatch.setattr(course.state, "adopt", chosen.update)
    assert course.own_frame({}) is True
    assert chosen["text"] == "mine"
    assert course.own_frame({"text": "the lesson's", "pair": "and another"}) is False
    assert (chosen["text"], chosen["pair"]) == ("the lesson's", "and another")
    assert course.own_frame({"text": "the second stop's"}) is False
    assert (chosen["text"], chosen["pair"]) == ("the second stop's", None)
    chosen["text"] = "typed meanwhile"
    assert course.own_frame({}) is True
    assert chosen["text"] == "typed meanwhile"
    course.own_frame({"text": "once more"})
    course.own_frame({})
    assert (chosen["text"], chosen["pair"], chosen["model"]) == ("typed meanwhile", None, None)


@pytest.mark.parametrize("lesson", ["nonsense", "../../etc/passwd", "sqrt-d%00", ""])
@pytest.mark.parametrize("stop", ["2", "x", "-1", "99999"])
def test_a_lesson_that_is_none_leads_nowhere(app, lesson, stop):
    test = app("attention/heads", lesson=lesson, stop=stop)
    assert "bx-cover" not in page_text(test) and "bx-reading" in page_text(test)


@pytest.mark.parametrize("stop", ["9", "99999"])
def test_beyond_the_last_stop_is_the_end(app, stop):
    test = app("start/course", lesson="sqrt-d", stop=stop)
    assert "bx-cover" not in page_text(test) and "bx-alert" not in page_text(test)


def test_what_a_visitor_writes_stays_words(app):
    text = "*a* [b](http://x) <script>alert(1)</script> $x$ :red[c] {word} `d`"
    test = app("scaling/scaling", lesson="sqrt-d", stop="5", text=text)
    test.button(key="ask-sqrt-d-5-reveal").click().run()
    assert "<script>" not in page_text(test)
    for markdown in test.markdown:
        assert "<script>" not in markdown.value and "[b](http" not in markdown.value


def test_lessons_are_offered_with_where_one_was(app):
    test = app("scaling/scaling", lesson="sqrt-d", stop="5", factor="1")
    assert test.session_state["course"].reached == {"sqrt-d": 5}
    test.switch_page(str(ROOT / "pages/start/course.py")).run()
    assert test.session_state["course"].reached == {"sqrt-d": 5}
