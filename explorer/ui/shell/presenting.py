"""Presenting: no sidebar, and everything so large that the last row can read it; chosen in the address."""

from explorer.home import ASSETS
from explorer.ui.shell import state

# What is read from 10 metres is half as large again as what is read from a desk: a label of 14 pixels has 21.
FACTOR = 1.5


def on() -> bool:
    """Whether this visit presents."""
    return state.chosen("present") is True


def toggle() -> None:
    """Begin to present, or end it."""
    state.put({"present": None if on() else True})


def sheet() -> str:
    """The style sheet of a page that is presented; empty where none is."""
    return (ASSETS / "style/present.css").read_text(encoding="utf-8").replace("FACTOR", str(FACTOR)) if on() else ""
