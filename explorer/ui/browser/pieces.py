"""The sentence as coloured word pieces; the visitor chooses one."""

import streamlit as st

from explorer.analysis.attention.heads import kinds
from explorer.models.encode import Encoded
from explorer.ui.browser import digest, follow, picked, register, told
from explorer.ui.shell import followed, state

_component = register("pieces")


def pieces(encoded: Encoded, label: str, param: str = "token", default: int | None = None) -> int:
    """Draw the pieces and return the chosen one's position. The choice stands in the URL as `param`.

    default: what is chosen until a visitor chooses; else the word that is followed on every page.
    """
    chosen = state.number(param, followed.usual(encoded) if default is None else default, 0, encoded.n_tokens - 1)
    key = f"pieces-{param}"
    data: dict[str, object] = {"tokens": list(encoded.tokens), "kinds": kinds(encoded), "label": label}
    data |= told(key, digest(data), chosen=chosen)
    _component(key=key, data=data, on_chosen_change=follow(key, param))
    return chosen


def pick(encoded: Encoded, label: str, key: str) -> int | None:
    """Draw the pieces for an answer, which stands in the session alone; None until one is picked."""
    chosen = st.session_state.get(f"{key}-picked")

    def take(value: object) -> None:
        if type(value) is int and 0 <= value < encoded.n_tokens:
            st.session_state[f"{key}-picked"] = value

    data: dict[str, object] = {"tokens": list(encoded.tokens), "kinds": kinds(encoded), "label": label}
    data |= told(key, digest(data), chosen=chosen)
    _component(key=key, data=data, on_chosen_change=picked(key, take))
    return chosen if type(chosen) is int else None


def toggles(
    encoded: Encoded, label: str, hidden: str, param: str, default: list[int], shown: tuple[int, ...] | None = None
) -> list[int]:
    """Draw the pieces, each of which can be on or off; returns the positions that are on, in order.

    hidden: what a piece that is on shows in place of its word. Special tokens cannot be chosen. The choice stands in
    the URL as `param` (`3-7`, or `none`); nonsense in a link is left out.
    shown: the pieces whose own words are told below `hidden`, if just these are on; by default the words of all.
    """
    may = {i for i, special in enumerate(encoded.special) if not special}
    asked = state.chosen(param)
    chosen = default if asked is None or (asked and not may & {*asked}) else sorted(may & {*asked})
    key = f"toggles-{param}"
    data: dict[str, object] = {
        "tokens": list(encoded.tokens),
        "kinds": kinds(encoded),
        "label": label,
        "hidden": hidden,
        "covered": shown is not None and shown != tuple(chosen),
    }
    data |= told(key, digest(data), several=chosen)
    _component(key=key, data=data, on_several_change=follow(key, param, "several"))
    return chosen
