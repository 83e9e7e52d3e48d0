"""Words of the visitor in Plotly's labels."""

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

from plotly.graph_objects import Figure

# Above this many tokens, labels along an axis would touch each other.
MAX_LABELS = 64


def plain(token: str) -> str:
    """Plotly reads some HTML in labels; a visitor's text must stay text."""
    return token.replace("&", "&amp;").replace("<", "&lt;")


# Names down the side of a small matrix, and the pixels that each needs.
FEW, EACH = 24, 17
# Names along the top or the foot of a matrix that is as narrow as a third of a phone.
SOME = 6


def room(tokens: Sequence[str], least: int) -> int:
    """Height of a small matrix whose rows are named: pixels, at least so many."""
    return max(least, EACH * min(len(tokens), FEW))


def ticks(tokens: Sequence[str], most: int = MAX_LABELS) -> dict[str, list[int] | list[str]]:
    """Tokens along an axis; every n-th where there are more than `most`."""
    every = -(-len(tokens) // most)
    return {
        "tickvals": list(range(0, len(tokens), every)),
        "ticktext": [plain(token) for token in tokens[::every]],
    }


def labels(figure: Figure) -> list[str]:
    """What is written on a picture: titles, then axes, then the names in the legend; each once, without markup."""
    layout = figure.layout.to_plotly_json()
    axes = [part for name, part in layout.items() if name.startswith(("xaxis", "yaxis"))]
    titles = [part.get("title", {}).get("text") for part in (layout, *axes)]
    # A treemap has no legend, and no such setting.
    names = [trace.name for trace in figure.data if getattr(trace, "showlegend", None) is not False]
    found = [*titles[:1], *(_above(layout)), *titles[1:], *names]
    return list(dict.fromkeys(text for text in (_bare(each) for each in found if each) if text))


def _above(layout: dict[str, Any]) -> list[str]:
    """Titles of the panels, which Plotly keeps among the notes: those that no arrow ties to a point."""
    notes = layout.get("annotations", [])
    return [note["text"] for note in notes if str(note.get("yref")).startswith("paper") and not note.get("showarrow")]


def _bare(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).replace("$", "").split())
