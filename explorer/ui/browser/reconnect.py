"""The line to the server: one that is lost is said, asked for, and taken up in the same place with the same texts."""

from explorer.i18n import Translator
from explorer.ui.browser import register
from explorer.ui.shell import state

_component = register("reconnect")


def reconnect(t: Translator) -> None:
    """Watch it; draws nothing until the line is lost. Before the frame: a new session learns of long texts here."""
    found = _component(key="reconnect", data={"word": t("frame.lost")}, on_back_change=lambda: None)
    if found.back is not None:
        state.resume(found.back)
