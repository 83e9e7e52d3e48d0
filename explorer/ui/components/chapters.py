"""A list of titles of which one is open: at the side of a screen, in a box that opens on a phone."""

from collections.abc import Sequence

import streamlit as st

from explorer.ui import state
from explorer.ui.components import register

_component = register("chapters")


def chapters(names: Sequence[str], titles: Sequence[str], *, param: str, label: str, breaks: Sequence[int] = ()) -> str:
    """Draw the titles and return the chosen one's name, which stands in the URL as `param`; the first is the default.

    breaks: titles above which a line is drawn.
    """
    chosen, widget = state.current(param, names, names[0]), f"chapters-{param}"

    def choose() -> None:
        index = st.session_state.get(widget, {}).get("chosen")
        if index is not None:
            st.session_state[param] = names[int(index)]

    data = {"titles": list(titles), "chosen": names.index(chosen), "breaks": list(breaks), "label": label}
    _component(key=widget, data=data, on_chosen_change=choose)
    return chosen
