"""The sentence as coloured word pieces; the visitor chooses one."""

import streamlit as st

from explorer.analysis.attention import kinds
from explorer.models.encode import Encoded
from explorer.ui import state
from explorer.ui.components import register

_component = register("pieces", "in_sight")


def pieces(encoded: Encoded, label: str, param: str = "token", default: int = 1) -> int:
    """Draw the pieces and return the chosen one's position. The choice stands in the URL as `param`."""
    chosen = state.number(param, default, 0, encoded.n_tokens - 1)
    key = f"pieces-{param}"
    data = {"tokens": list(encoded.tokens), "kinds": kinds(encoded), "chosen": chosen, "label": label}
    _component(key=key, data=data, on_chosen_change=lambda: state.follow(key, "chosen", param))
    return chosen


def toggles(encoded: Encoded, label: str, hidden: str, param: str, default: list[int]) -> list[int]:
    """Draw the pieces, each of which can be on or off; returns the positions that are on, in order.

    hidden: what a piece that is on shows in place of its word. Special tokens cannot be chosen. The choice stands in
    the URL as `param` (`3-7`, or `none`); nonsense in a link is left out.
    """
    may = {i for i, special in enumerate(encoded.special) if not special}
    raw = str(st.query_params.get(param, st.session_state.get(f"state-{param}", "")))
    numbers = {int(part) for part in raw.split("-") if part.isascii() and part.isdigit() and len(part) < 6}
    chosen = sorted(numbers & may) if raw == "none" or numbers & may else default
    key = f"toggles-{param}"

    def follow() -> None:
        found = st.session_state.get(key, {}).get("several")
        if found is not None:
            state.put(param, "-".join(str(int(i)) for i in found) or "none")

    data = {
        "tokens": list(encoded.tokens),
        "kinds": kinds(encoded),
        "several": chosen,
        "label": label,
        "hidden": hidden,
    }
    _component(key=key, data=data, on_several_change=follow)
    return chosen
