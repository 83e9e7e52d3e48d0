"""A list of titles of which one is open: at the side of a screen, in a box that opens on a phone."""

from collections.abc import Sequence
from typing import Any

from explorer.ui.browser import digest, picked, register, told
from explorer.ui.shell import state

_component = register("chapters")


def chapters(names: Sequence[str], titles: Sequence[str], *, param: str, label: str, breaks: Sequence[int] = ()) -> str:
    """Draw the titles and return the chosen one's name, which stands in the URL as `param`; the first is the default.

    breaks: titles above which a line is drawn.
    """
    chosen, widget = state.current(param, names, names[0]), f"chapters-{param}"

    def choose(index: Any) -> None:
        if type(index) is int and 0 <= index < len(names):
            state.put({param: names[index]})

    data: dict[str, object] = {"titles": list(titles), "breaks": list(breaks), "label": label}
    data |= told(widget, digest(data), chosen=names.index(chosen))
    _component(key=widget, data=data, on_chosen_change=picked(widget, choose))
    return chosen
