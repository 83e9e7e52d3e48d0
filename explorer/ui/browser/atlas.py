"""Many small matrices in one canvas; hover names one, a click or Enter chooses it, a click with Alt marks it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8

from explorer.ui.browser import digest, picked, register, told
from explorer.ui.browser.kit import framed
from explorer.ui.browser.matrix import Intensity, Scale
from explorer.ui.shell.frame import translator

_component = register("atlas")


def atlas(
    tiles: UInt8[np.ndarray, "N h w"],
    captions: Sequence[str],
    *,
    columns: int,
    key: str,
    label: str,
    chosen: int,
    choose: Callable[[int], None],
    rows: Sequence[str] = (),
    heads: Sequence[str] = (),
    titles: Sequence[str] = (),
    order: Sequence[int] | None = None,
    off: Sequence[int] = (),
    mark: Callable[[list[int]], None] | None = None,
    mark_first: bool = False,
    intensity: Intensity = "sqrt",
    scale: Scale = "attention",
) -> None:
    """Draw the tiles, `columns` side by side; a tile's cells are round(255 · √value).

    captions: what the pointer shows for each tile. rows, heads: labels at the left and on top, when in order.
    titles: above each tile. order: the tiles from first to last place, when sorted.
    chosen, choose: the tile that is framed, and what to do when the visitor picks another.
    off, mark: the marked tiles (drawn struck out) and what to do when they change; mark_first: a plain click marks.
    scale: "changed" for a counterfactual run.
    """
    t, widget = translator(), f"atlas-{key}"
    words = {word: t(f"atlas.key.{word}") for word in ("chosen", "off")}
    header: dict[str, object] = {
        "n": len(tiles), "h": tiles.shape[1], "w": tiles.shape[2], "captions": list(captions), "columns": columns,
        "label": label, "rows": list(rows), "heads": list(heads), "titles": list(titles), "words": words,
        "order": list(range(len(tiles))) if order is None else [int(i) for i in order],
        "root": intensity == "sqrt", "marks": mark is not None, "markFirst": mark_first, "scale": scale,
    }  # fmt: skip
    body = tiles.tobytes()
    header["id"] = digest(body, header)
    header |= told(widget, str(header["id"]), chosen=chosen, off=[int(i) for i in off])

    def one(index: Any) -> None:
        if type(index) is int and 0 <= index < len(tiles):
            choose(index)

    def marked(indices: Any) -> None:
        if mark is not None and isinstance(indices, list) and all(type(i) is int for i in indices):
            mark(indices)

    _component(
        key=widget,
        data=framed(header, body),
        on_chosen_change=picked(widget, one),
        on_off_change=picked(widget, marked, "off"),
    )
