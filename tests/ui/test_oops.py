"""A mistake of ours, wherever it happens: one sentence in the visitor's language, the traceback in the log."""

import logging

import pytest
from streamlit.testing.v1 import AppTest

from explorer.i18n import Translator
from tests.conftest import page_text

OOPS = {lang: Translator(lang)("frame.oops") for lang in ("en", "zh")}


@pytest.fixture
def log():
    """What is logged as an error while a test runs, by whomever."""
    said: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(f"{record.getMessage()} {record.exc_info}")

    ear = Ear(logging.ERROR)
    loggers = [logging.getLogger(name) for name in ("explorer", "streamlit.error_util")]
    for one in loggers:
        one.addHandler(ear)
    yield said
    for one in loggers:
        one.removeHandler(ear)


def alone(test: AppTest, lang: str = "en") -> None:
    assert not test.exception and not test.error
    assert page_text(test).count(OOPS[lang]) == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "place", ["explorer.ui.attention.query_row", "explorer.ui.page.lesson", "explorer.ui.frame.examples.examples"]
)
def test_in_a_fragment_in_the_page_and_in_the_frame(app, monkeypatch, log, lang, place):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(place, broken)
    test = app("attention/heads", lang=lang)
    alone(test, lang)
    assert len(log) == 1 and "broken on purpose" in log[0]


@pytest.mark.parametrize("where", ["callback", "before", "fragment", "forged"])
def test_in_a_callback_before_the_frame_and_in_a_forged_state(log, where):
    source = f"""
import streamlit as st
from explorer.ui import oops, state
where = {where!r}
def broken():
    raise RuntimeError("broken on purpose")
if where == "before" and st.session_state.get("again"):
    broken()
st.session_state["again"] = True
@st.fragment
def part():
    if st.button("in", key="in") and where == "fragment":
        broken()
part()
st.button("go", key="go", on_click=broken if where == "callback" else None)
if where == "forged" and st.session_state.get("go"):
    st.session_state["layer"] = object()
    st.select_slider("layer", [0, 1], key="layer")
"""
    test = AppTest.from_string(source).run()
    assert not log
    test.button(key="in" if where == "fragment" else "go").click().run()
    alone(test)
    assert len(log) == 1
