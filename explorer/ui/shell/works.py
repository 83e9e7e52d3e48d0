"""The work that a visitor has asked for, by name: it stops when they leave, unless others wait for it too."""

from collections.abc import Hashable
from typing import Any

import streamlit as st

from explorer.work import Work


def _release(works: dict[str, Work]) -> None:
    for work in works.values():
        work.stop()


@st.cache_resource(scope="session", on_release=_release, show_spinner=False)
def works() -> dict[str, Work]:
    """All of this visitor's work."""
    return {}


def mine(name: str, about: Hashable) -> Any:
    """This visitor's `Work` of that name, if it is about this, or None; what is about something else is stopped."""
    work = works().get(name)
    if work is not None and work.about != about:
        works().pop(name).stop()
        return None
    return work


def ask(name: str, work: Work) -> None:
    """Keep this as the visitor's work of that name; who watched another one watches it no longer."""
    before = works().get(name)
    works()[name] = work
    if before is not None:
        before.stop()
