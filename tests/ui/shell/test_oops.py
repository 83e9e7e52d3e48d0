"""A mistake of ours, wherever it happens: one sentence in the visitor's language, the traceback in the log."""

import html

import pytest
from streamlit.testing.v1 import AppTest

from explorer.i18n import Translator
from tests.conftest import page_text

OOPS = {lang: Translator(lang)("frame.oops") for lang in ("en", "zh")}


def alone(test: AppTest, lang: str = "en") -> None:
    assert not test.exception and not test.error
    assert page_text(test).count(html.escape(OOPS[lang])) == 1


@pytest.mark.mistakes
@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    "place",
    [
        "explorer.ui.panels.attention.heads.query_row",
        "explorer.ui.shell.page.lesson",
        "explorer.ui.shell.frame.examples.examples",
    ],
)
def test_in_a_fragment_in_the_page_and_in_the_frame(app, monkeypatch, capfd, caplog, lang, place):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(place, broken)
    test = app("attention/heads", lang=lang)
    alone(test, lang)
    assert "broken on purpose" in capfd.readouterr().out + caplog.text


@pytest.mark.parametrize("where", ["callback", "before", "fragment"])
def test_in_a_callback_before_the_frame_and_in_a_fragment_that_runs_alone(capfd, where):
    source = f"""
import streamlit as st
from explorer.ui.shell import oops, state
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
"""
    test = AppTest.from_string(source).run()
    test.button(key="in" if where == "fragment" else "go").click().run()
    alone(test)
    assert "Error" in capfd.readouterr().out
