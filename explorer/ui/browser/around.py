"""All pages as small pictures, by section."""

import streamlit as st

from explorer.home import ASSETS
from explorer.i18n import Translator
from explorer.ui.browser import register
from explorer.ui.shell import navigation

_component = register("around")


def around(t: Translator, here: str) -> None:
    """Draw them; a click opens the page, with what is followed. here: the page on which they stand, left out."""
    sections: dict[str, list[dict[str, str]]] = {}
    for entry in navigation.offered():
        if entry.name != here:
            card = {
                "name": entry.name,
                "title": t(f"nav.{entry.name}"),
                "asks": t(f"{entry.name}.title"),
                "picture": (ASSETS / "map" / f"{entry.name}.svg").read_text(encoding="utf-8"),
            }
            sections.setdefault(t(f"section.{entry.section}"), []).append(card)
    data = {"sections": list(sections.items()), "first": navigation.PAGES[0].name}
    chosen = _component(key="around", data=data, on_page_change=lambda: None)
    if chosen.page in {entry.name for entry in navigation.PAGES}:
        st.switch_page(navigation.path(chosen.page))
