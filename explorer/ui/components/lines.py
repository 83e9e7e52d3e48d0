"""Attention as lines between two columns of tokens; only weights above a threshold are drawn."""

import numpy as np
from jaxtyping import Float

from explorer.analysis.attention import Axis
from explorer.ui import state
from explorer.ui.components import register
from explorer.ui.components.matrix import framed, packed
from explorer.ui.frame import translator

_component = register("lines")


def lines(
    values: Float[np.ndarray, "Tq Tk"], queries: Axis, keys: Axis, *, key: str, param: str, chosen: int, height: int
) -> int:
    """Draw the lines, queries left and keys right; returns the chosen query's row, which stands in the URL."""
    chosen = state.number(param, chosen, 0, len(queries.tokens) - 1)
    t, widget = translator(), f"lines-{key}"
    body, encoding = packed(values, None, 0, 1)
    words = {word: t(f"lines.{word}") for word in ("threshold", "queries", "keys", "alt")}
    header: dict[str, object] = {
        "q": queries.tokens, "k": keys.tokens, "kq": queries.kinds, "kk": keys.kinds, "encoding": encoding,
        "chosen": chosen, "height": height, "words": words,
    }  # fmt: skip
    _component(key=widget, data=framed(header, body), on_chosen_change=lambda: state.follow(widget, "chosen", param))
    return chosen
