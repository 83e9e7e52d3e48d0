"""The texts that a visitor can start from, in a language that the model knows."""

import json

import streamlit as st

from explorer.home import ASSETS
from explorer.i18n import Translator


def examples(t: Translator, language: str | None) -> None:
    """The menu of examples; one that is taken replaces both texts. language: see `registry.language`."""
    with st.popover(t("frame.examples"), icon=":material/format_quote:", width="stretch"):
        for example in _all():
            if example.get("language") == language:
                label = t(f"example.{example['name']}")
                st.button(label, key=f"example-{example['name']}", on_click=_take, args=(example,), width="stretch")


def default_text(language: str | None) -> str:
    """The first shipped text in this language."""
    return next(e["text"] for e in _all() if e.get("language") == language)


def first_text(language: str | None) -> str:
    """The text that a visitor starts with, in a language of the model; one left as it was follows a change of model."""
    default = default_text(language)
    before = st.session_state.get("first-text", default)
    if before != default and st.session_state.get("text", before) == before:
        st.session_state["text"] = default
        st.session_state["state-text"] = default
    st.session_state["first-text"] = default
    return default


def _take(example: dict[str, str]) -> None:
    st.session_state["text"] = example["text"]
    st.session_state["pair"] = example.get("pair", "")


def _all() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((ASSETS / "examples/texts.json").read_text(encoding="utf-8"))
    return found
