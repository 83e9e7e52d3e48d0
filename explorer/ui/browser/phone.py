"""What a narrow screen has in place of the menu: all pages by section, and a way to the text field."""

import streamlit as st

from explorer.i18n import Translator
from explorer.ui.browser import register
from explorer.ui.shell import navigation

_component = register("phone")


def phone_bar(t: Translator, here: str, text: str) -> None:
    """Draw it; the browser hides it where the screen is wide enough for the menu.

    here: name of the page; text: what the visitor has written, shown as the label of the way to its field.
    """
    sections: dict[str, list[list[str]]] = {}
    for entry in navigation.offered():
        sections.setdefault(t(f"section.{entry.section}"), []).append([entry.name, t(f"nav.{entry.name}")])
    data = {
        "sections": list(sections.items()),
        "here": here,
        "text": text[:60],
        "first": navigation.PAGES[0].name,
        "words": {word: t(f"phone.{word}") for word in ("pages", "write")},
    }
    with st.container(key="phone"):
        chosen = _component(key="phone-bar", data=data, on_page_change=lambda: None)
    if chosen.page in {entry.name for entry in navigation.PAGES}:
        st.switch_page(navigation.path(chosen.page))
