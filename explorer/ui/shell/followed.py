"""The word that the visitor follows, on the axis of a picture whose rows need not be the text's tokens."""

from collections.abc import Sequence

import streamlit as st

from explorer.models.encode import Encoded
from explorer.ui.shell import state
from explorer.ui.shell.page import Visit


def usual(encoded: Encoded) -> int:
    """The word that is followed until a visitor chooses one: a piece with words before and after it."""
    return max(0, min(2 * encoded.n_tokens // 3, encoded.n_tokens - 2))


def row(at: Sequence[int | None], encoded: Encoded, default: int) -> int:
    """The row of the followed word; where the axis does not have it, the default.

    at: the position of each row's token, of a merged word that of its first piece; None where a row is no token.
    """
    token = state.chosen("token")
    if token is None:
        token = usual(encoded)
    token = min(max(token, 0), encoded.n_tokens - 1)
    if token in at:
        return at.index(token)
    word, b = encoded.words[token], encoded.sentence_b
    same = [
        number
        for number, first in enumerate(at)
        if first is not None and word is not None and encoded.words[first] == word
        and (b is None or (first >= b) == (token >= b))
    ]  # fmt: skip
    return same[0] if same else default


def choose(at: Sequence[int | None], chosen: object) -> None:
    """Follow the token of a row that was picked in a picture."""
    if type(chosen) is int and 0 <= chosen < len(at) and at[chosen] is not None:
        state.put({"token": at[chosen]})


def token(visit: Visit) -> int | None:
    """The followed position if a panel shows the visitor's own text: in another text it would be another word."""
    own: Visit = st.session_state["visit"]
    return state.chosen("token") if (own.text, own.pair) == (visit.text, visit.pair) else None
