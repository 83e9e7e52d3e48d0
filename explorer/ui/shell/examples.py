"""The texts that a visitor can start from, in a language that the model knows."""

import json

import streamlit as st

from explorer.home import ASSETS
from explorer.i18n import Translator
from explorer.ui.shell import state


def examples(t: Translator, language: str | None) -> None:
    """The menu of examples; one that is taken replaces both texts. language: see `registry.language`."""
    with st.popover(t("frame.examples"), icon=":material/format_quote:", width="stretch"):
        for example in _all():
            if example.get("language") == language:
                label = t(f"example.{example['name']}")
                st.button(label, key=f"example-{example['name']}", on_click=_take, args=(example,), width="stretch")


def default_text(language: str | None) -> str:
    """The text that a visitor starts with: the first shipped one in this language."""
    return next(e["text"] for e in _all() if e.get("language") == language)


def _take(example: dict[str, str]) -> None:
    state.put({"text": example["text"], "pair": example.get("pair")})


def _all() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((ASSETS / "examples/texts.json").read_text(encoding="utf-8"))
    return found
