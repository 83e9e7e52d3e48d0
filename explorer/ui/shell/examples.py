"""The texts that a visitor can start from, and what pages begin with, in a language that the model knows."""

import json
from functools import cache

import streamlit as st

from explorer.home import ASSETS
from explorer.i18n import Translator
from explorer.ui.shell import state


def examples(t: Translator, language: str | None) -> None:
    """The menu of examples; one that is taken replaces both texts. language: see `model_choice.speaks`."""
    with st.popover(t("frame.examples"), icon=":material/format_quote:", width="stretch"):
        for example in in_language(language):
            label = t(f"example.{example['name']}")
            st.button(label, key=f"example-{example['name']}", on_click=_take, args=(example,), width="stretch")


def in_language(language: str | None) -> list[dict[str, str]]:
    """The shipped texts in this language; None is English."""
    return [example for example in _all() if example.get("language") == language]


def default_text(language: str | None) -> str:
    """The text that a visitor starts with: the first shipped one in this language."""
    return in_language(language)[0]["text"]


def page_text(name: str, language: str | None) -> str:
    """What a page begins with beside the visitor's text, in this language, or in English where it has no own one."""
    texts = _of_pages()[name]
    return texts.get(language or "en", texts["en"])


def _take(example: dict[str, str]) -> None:
    state.put({"text": example["text"], "pair": example.get("pair")})


@cache
def _all() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((ASSETS / "examples/texts.json").read_text(encoding="utf-8"))
    return found


@cache
def _of_pages() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads((ASSETS / "examples/pages.json").read_text(encoding="utf-8"))
    return found
