"""A table of guesses: each row the likeliest words of one state or one changed run, shaded by probability."""

import html
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from explorer.figures.theme import Palette
from explorer.i18n import Translator
from explorer.quantities import percent

# A word that is followed through the rows: the word, its place and its probability in each.
Followed = tuple[str | None, Sequence[int], Float[np.ndarray, " R"]]


def guess_table(
    t: Translator,
    names: Sequence[str],
    words: Sequence[Sequence[str]],
    probs: Float[np.ndarray, "R k"],
    followed: Followed | None,
    palette: Palette,
    columns: Sequence[str] = (),
) -> str:
    """HTML: down the rows by name; across the followed word, then the likeliest ones, or columns with other names."""
    heads = [*columns] or [t("masked.rank", rank=rank) for rank in range(1, probs.shape[1] + 1)]
    cells = [list(zip(row, shares, strict=True)) for row, shares in zip(words, probs.tolist(), strict=True)]
    if followed is not None:
        word, ranks, own = followed
        heads.insert(0, f"“{word}”")
        for row, rank, share in zip(cells, ranks, own.tolist(), strict=True):
            row.insert(0, (t("masked.place", rank=rank), share))
    head = "<td></td>" + "".join(f"<th>{html.escape(name)}</th>" for name in heads)
    rows = "".join(
        f"<tr><th>{html.escape(name)}</th>{''.join(_cell(text, p, palette) for text, p in row)}</tr>"
        for name, row in zip(names, cells, strict=True)
    )
    style = f"{LENS}.bx-lens .full {{ color: {palette.ground}; }}</style>"
    return f"<div class='bx-scroll'><table class='bx-lens'><tr>{head}</tr>{rows}</table></div>{style}"


def _cell(text: str, p: float, palette: Palette) -> str:
    low, high = palette.attention
    kind = " class='full'" if p > 0.45 else ""
    shade = f"background: color-mix(in srgb, {high} {100 * p:.0f}%, {low})"
    return f"<td{kind} style='{shade}'><bdi>{html.escape(text)}</bdi><small>{html.escape(percent(p, 1))}</small></td>"


LENS = """<style>
.bx-lens { border-collapse: separate; border-spacing: 3px; width: 100%; margin: 0; }
.bx-lens th, .bx-lens td { border: 0; font-size: 17px; padding: 8px 10px; text-align: center; white-space: nowrap; }
.bx-lens th { font-weight: 600; } .bx-lens tr > th:first-child { text-align: right; font-weight: 400; }
.bx-lens td { border-radius: 6px; min-width: 84px; } .bx-lens small { display: block; font-size: 14px; opacity: .85; }
"""
