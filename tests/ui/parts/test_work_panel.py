"""The panel of work that takes longer than a click: what it says in each state, and how seldom it draws."""

import html
from dataclasses import dataclass, field

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from explorer.errors import HubBusy, QueueFull
from explorer.i18n import Translator
from explorer.ui.parts import work_panel as module
from explorer.ui.parts.work_panel import STAYS, _seconds_left, paced
from tests.conftest import page_text

t = Translator("en")


@dataclass(eq=False)
class Pretended:
    """Work that is as far as a test says."""

    about: object = "this"
    expected: int = 10
    done: int = 0
    running: bool = True
    failed: Exception | None = None
    stops: list[str] = field(default_factory=list)

    def items(self):
        return range(int(self.done))

    def stop(self):
        self.stops.append("stopped")
        self.running = False


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    st.session_state.pop("paced", None)
    return now


def test_while_work_runs_its_picture_takes_a_fifth_of_the_time_at_most(clock):
    work, made = Pretended(), []

    def make():
        clock[0] += 2.0  # it takes two seconds
        made.append(clock[0])
        return made[-1]

    spent = 0.0
    for _ in range(100):
        before = clock[0]
        assert paced("picture", work, make) == made[-1]
        spent += clock[0] - before
        clock[0] += 0.5
    assert len(made) > 5 and spent / (clock[0] - 100) <= 1 / (1 + STAYS)


def test_another_picture_and_the_last_one_are_made_at_once(clock):
    work, made = Pretended(), []

    def make():
        clock[0] += 1.0
        made.append(1)
        return len(made)

    assert [paced(key, work, make) for key in ("a", "a", "b", "b", "a")] == [1, 1, 2, 2, 3]
    work.running = False
    assert paced("a", work, make) == 4 and paced("a", None, make) == 5
    assert "paced" not in st.session_state, "nothing is kept once the work is over"


def test_the_time_left_is_told_from_the_pace_since_it_was_first_seen(clock):
    """Shared work may be half done when the second visitor comes."""
    work = Pretended(done=0)
    assert _seconds_left(work) is None
    work.done = 4
    assert _seconds_left(work) is None, "one look says nothing of the pace"
    clock[0] += 6
    work.done = 6
    assert _seconds_left(work) == pytest.approx(12), "2 in 6 s: 4 more take 12 s"


def panel():
    import streamlit as st

    from explorer.i18n import Translator
    from explorer.models.spec import ModelSpec
    from explorer.ui.parts.work_panel import Words, work_panel
    from explorer.ui.shell.page import Visit

    t = Translator("en")
    visit, work = Visit(t, ModelSpec(), "text", None), st.session_state["work"]
    words = Words("Begin", lambda work: f"{work.done} of {work.expected}")
    work_panel(visit, "some", work, words, st.session_state["begin"], lambda: st.text("below"))


def opened(work, begin=lambda: None):
    test = AppTest.from_function(panel, default_timeout=20)
    test.session_state["work"], test.session_state["begin"] = work, begin
    return test.run()


def buttons(test):
    return {button.key for button in test.button}


def test_before_and_after_there_is_a_start_and_meanwhile_a_stop():
    assert buttons(opened(None)) == {"some-start"}
    work = Pretended(done=3)
    test = opened(work)
    assert buttons(test) == {"some-stop"} and test.get("progress")[0].proto.text == "3 of 10"
    test.button(key="some-stop").click().run()
    assert (
        work.stops == ["stopped"] and buttons(test) == {"some-start"} and [one.value for one in test.text] == ["below"]
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [(HubBusy(running=2), t.error(HubBusy(running=2))), (ValueError("ours"), t("frame.oops")), (None, "")],
)
def test_why_it_ended_is_said(error, said):
    body = page_text(opened(Pretended(running=False, failed=error)))
    assert html.escape(said) in body and ("bx-alert" in body) == bool(said) and "ours" not in body


def test_a_start_that_is_refused_is_said():
    def full():
        raise QueueFull(waiting=20)

    test = opened(None, full)
    test.button(key="some-start").click().run()
    assert t.error(QueueFull(waiting=20)) in page_text(test) and buttons(test) == {"some-start"}
