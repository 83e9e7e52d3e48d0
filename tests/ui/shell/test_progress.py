"""The line under a page's title while its work goes on, and the button that ends it."""

import pytest
import streamlit as st

from explorer.errors import WorkStopped
from explorer.i18n import Translator
from explorer.ui.shell import progress
from explorer.ui.shell.progress import Progress
from tests.conftest import page_text

t = Translator("en")


@pytest.fixture
def clock(monkeypatch):
    """The time that passes is what a test says; the lines that are drawn are kept."""
    now, lines = [100.0], []
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])

    class Line:
        def progress(self, share: float, text: str) -> None:
            lines.append((share, text))

    monkeypatch.setattr(Progress, "_opened", lambda self: Line())
    return now, lines


def test_a_second_of_silence_then_share_and_time_left(clock):
    now, lines = clock
    watcher = Progress(t, "saturation")
    watcher.expect(8)
    now[0] += 0.9
    watcher.passed(1)
    assert lines == []
    now[0] += 1.1
    watcher.passed(1)
    assert lines == [(0.25, t("work.left", going=t("work.layers", done=2, of=8), seconds=6))], (
        "2 of 8 in 2 s: 6 s are left"
    )
    now[0] += 0.1
    watcher.passed(1)
    assert len(lines) == 1, "not at every layer"
    now[0] += 1
    watcher.waits()
    assert lines[-1][1] == t("work.waits")


def test_more_than_was_announced_is_not_more_than_all(clock):
    now, lines = clock
    watcher = Progress(t, "heads")
    now[0] += 5
    watcher.passed(3)
    assert lines == [(1.0, t("work.left", going=t("work.layers", done=3, of=3), seconds=0))]


def test_after_a_stop_nothing_is_begun():
    st.session_state["work-stopped-heads"] = True
    with pytest.raises(WorkStopped):
        Progress(t, "heads").expect(3)
    Progress(t, "heads").expect(3)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_stopped_page_says_so_and_goes_on(app, lang):
    test = app("scaling/gradients", lang=lang, text="A text that no other test has run, for once.")
    say = Translator(lang)
    test.session_state["work-stopped-gradients"] = True
    test.text_area[0].set_value("Nor was this one run before.").run()
    assert say("error.WorkStopped") in page_text(test) and "bx-reading" not in page_text(test)
    assert not test.exception
    test.button(key="work-again-gradients").click().run()
    assert say("error.WorkStopped") not in page_text(test) and "bx-reading" in page_text(test)
