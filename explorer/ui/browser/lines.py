"""Attention as lines between two columns of tokens; only weights above a threshold are drawn."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from explorer.analysis.attention.heads import Axis
from explorer.ui.browser import digest, picked, register, told
from explorer.ui.browser.kit import framed
from explorer.ui.browser.matrix import packed
from explorer.ui.shell.frame import translator

_component = register("lines")


def lines(
    values: Float[np.ndarray, "Tq Tk"],
    queries: Axis,
    keys: Axis,
    *,
    key: str,
    chosen: int,
    choose: Callable[[object], None],
    height: int,
) -> None:
    """Draw the lines, queries left and keys right; choose: what to do when the visitor picks another query's row."""
    t, widget = translator(), f"lines-{key}"
    body, encoding = packed(values, None, 0, 1)
    words = {word: t(f"lines.{word}") for word in ("threshold", "queries", "keys", "alt")}
    header: dict[str, object] = {
        "q": queries.tokens, "k": keys.tokens, "kq": queries.kinds, "kk": keys.kinds, "encoding": encoding,
        "height": height, "words": words,
    }  # fmt: skip
    header |= told(widget, digest(body, header), chosen=chosen)
    _component(key=widget, data=framed(header, body), on_chosen_change=picked(widget, choose))
