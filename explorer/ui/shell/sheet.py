"""What has come of a question, as a class room keeps it for whoever answered: all but the words of their text.

A position stands for a word. Whoever comes back has the text in the address, and with it the words; where it is another
one by then, an ellipsis stands in their place.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from explorer.analysis.course.answer import Answer, Judged
from explorer.course import Stop
from explorer.ui.shell.course import FACTS, Given

UNKNOWN = "…"
# What of a link would tell the text.
TEXTS = ("text", "pair")


def written(given: Given) -> dict[str, Any]:
    """As JSON can write it."""
    right, judged = given.right, given.judged
    return {
        "answer": given.answer,
        "right": None if right is None else [right.value, right.fact],
        "judged": None if judged is None else [judged.right, judged.off],
        "facts": {name: value for name, value in given.facts.items() if name != "word"},
        "link": {name: value for name, value in given.link.items() if name not in TEXTS},
    }


def read(found: Mapping[str, Any], stop: Stop, text: str, tokens: Sequence[str]) -> Given | None:
    """What was written, with the words of this text; an empty one is not known. None for what is nothing of the kind.

    It is about no run, so that a stop that is visited again looks at its own.
    """
    try:
        at = found["link"].get("token")
        facts = dict.fromkeys(FACTS, UNKNOWN) | found["facts"] | {"word": _word(tokens, at)}
        right = None if found["right"] is None else Answer(found["right"][0], str(found["right"][1]))
        positions = [found["answer"], right.value] if right and stop.ask and stop.ask.kind == "token" else []
        words = tuple(
            _word(tokens, place) for place in range(max([n for n in positions if type(n) is int], default=0) + 1)
        )
        shown = text or str(stop.state.get("text", ""))
        link = found["link"] | ({"text": shown} if shown else {})
        judged = None if found["judged"] is None else Judged(bool(found["judged"][0]), found["judged"][1])
        return Given(found["answer"], right, judged, None, words, shown, facts, "", link)
    except (KeyError, TypeError, IndexError, AttributeError):
        return None


def _word(tokens: Sequence[str], at: object) -> str:
    return tokens[at] if type(at) is int and 0 <= at < len(tokens) else UNKNOWN
