"""Words of the visitor in Plotly's labels."""

from collections.abc import Sequence

# Above this many tokens, labels along an axis would touch each other.
MAX_LABELS = 64


def plain(token: str) -> str:
    """Plotly reads some HTML in labels; a visitor's text must stay text."""
    return token.replace("&", "&amp;").replace("<", "&lt;")


def ticks(tokens: Sequence[str]) -> dict[str, list[int] | list[str]]:
    """Tokens along an axis; every n-th where there are many."""
    every = -(-len(tokens) // MAX_LABELS)
    return {
        "tickvals": list(range(0, len(tokens), every)),
        "ticktext": [plain(token) for token in tokens[::every]],
    }
