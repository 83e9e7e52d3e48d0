"""A matrix on a canvas: token labels, values under the pointer, zoom and pan, a chosen row; quick at 512 x 512.

    chosen = matrix(probs, visible, tokens, tokens, scale="attention", low=0, high=1, key="head", param="query",
                    chosen=1, label=t("heads.alt"), height=640)

Panels to be compared get the same `low` and `high`. Where the browser keeps zoom, pan and the chosen row, a rerun with
the same values sends nothing; so does a click on another row.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from explorer.ui.browser import digest, follow, picked, register, told
from explorer.ui.browser.kit import framed
from explorer.ui.shell import state
from explorer.ui.shell.frame import translator

Scale = Literal["attention", "changed", "signed"]
Intensity = Literal["linear", "sqrt"]

# 256 x 256 values travel as float32 (262 kB) and the pointer shows them exactly. Beyond that one byte a cell is
# 262 kB at 512 x 512; probabilities are then spaced by their square root, so that small ones keep two digits.
EXACT_CELLS = 256 * 256
MASKED, LEVELS = 255, 254

_WORDS = ("zoom_in", "zoom_out", "fit", "masked", "png", "svg")
_component = register("matrix")


def matrix(
    values: Float[np.ndarray, "Tq Tk"],
    visible: Bool[np.ndarray, "Tq Tk"] | None,
    tokens_q: list[str] | tuple[str, ...],
    tokens_k: list[str] | tuple[str, ...],
    *,
    scale: Scale,
    low: float | int,
    high: float | int,
    key: str,
    param: str | None,
    chosen: int | None,
    label: str,
    height: int,
    kinds_q: list[str] | None = None,
    kinds_k: list[str] | None = None,
    intensity: Intensity = "linear",
    levels: Sequence[tuple[float, str]] = (),
    choose: Callable[[object], None] | None = None,
) -> int | None:
    """Draw the matrix, queries down and keys across; returns the chosen query's position.

    visible: False where the mask forbids to look; such cells, and cells that are not finite, are hatched.
    scale, low, high: the colour scale and the values at its ends; "signed" wants low = -high.
    param: name of the chosen query in the URL; None where `choose` takes what is picked, or nobody does.
    chosen: the row that is marked while the visitor has chosen none.
    label: what the picture shows, for screen readers.
    kinds_q, kinds_k: "A", "B" or "special" for each token, as `pieces.kinds` returns; tints the labels.
    intensity: "sqrt" makes small values visible; the scale at the side says so.
    levels: the only values that there are, each with its word, which the pointer shows in place of a number; the
        legend is the page's.
    """
    widget = f"matrix-{key}"  # a page may have a control of the same name
    chosen = _choice(param, chosen, len(tokens_q))
    t = translator()
    header: dict[str, object] = {
        "q": list(tokens_q), "k": list(tokens_k), "kq": kinds_q, "kk": kinds_k, "scale": scale, "low": low,
        "high": high, "root": intensity == "sqrt", "label": label, "height": height, "name": key,
        "levels": [list(level) for level in levels],
        "words": {word: t(f"matrix.{word}") for word in _WORDS},
    }  # fmt: skip
    body, encoding = packed(values, visible, low, high)
    header["encoding"] = encoding
    header["id"] = digest(body, header)
    header |= told(widget, str(header["id"]), chosen=chosen)
    take = picked(widget, choose or (lambda row: None)) if param is None else follow(widget, param)
    _component(key=widget, data=framed(header, body), on_chosen_change=take)
    return chosen


def packed(
    values: Float[np.ndarray, "Tq Tk"], visible: Bool[np.ndarray, "Tq Tk"] | None, low: float | int, high: float | int
) -> tuple[bytes, str]:
    """The cells as bytes, row by row, and how they are encoded.

    "exact": float32, NaN where masked. "linear": low + (high - low) · u / 254. "root": low + (high - low) · (u / 254)²,
    for ranges that start at 0. In the last two, 255 means masked.
    """
    hidden = ~np.isfinite(values) if visible is None else ~(visible & np.isfinite(values))
    if values.size <= EXACT_CELLS:
        return np.where(hidden, np.nan, values).astype("<f4").tobytes(), "exact"
    span = (high - low) or 1.0
    level = np.clip((np.where(hidden, low, values) - low) / span, 0, 1)
    encoding = "root" if low == 0 else "linear"
    level = np.sqrt(level) if encoding == "root" else level
    return np.where(hidden, MASKED, np.rint(level * LEVELS)).astype(np.uint8).tobytes(), encoding


def _choice(param: str | None, chosen: int | None, rows: int) -> int | None:
    if param is None or (chosen is None and state.chosen(param) is None):
        return None if chosen is None else min(max(chosen, 0), rows - 1)
    return state.number(param, chosen or 0, 0, rows - 1)
