"""How a class has answered one question."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from explorer.analysis.course.answer import number
from explorer.class_room.store import Vote
from explorer.course import Question

BARS = 8


@dataclass(frozen=True)
class Tally:
    """bars: what was answered and how often, in the order of the choices or of the numbers; none for tokens, which are
    words of the students' own texts. right: of the `judged` answers, each for its own text."""

    bars: tuple[tuple[str, int], ...]
    votes: int
    judged: int
    right: int


def tally(asked: Question, votes: Sequence[Vote]) -> Tally:
    """Count the votes on a question."""
    judged = [vote.right for vote in votes if vote.right is not None]
    return Tally(_bars(asked, [vote.value for vote in votes]), len(votes), len(judged), sum(judged))


def _bars(asked: Question, values: Sequence[str]) -> tuple[tuple[str, int], ...]:
    if asked.kind == "token":
        return ()
    if asked.kind == "choice":
        counted = Counter(values)
        return tuple((name, counted[name]) for name in asked.choices)
    numbers = sorted(found for found in map(float, values) if math.isfinite(found))
    distinct = sorted(set(numbers))
    if len(distinct) <= BARS:
        return tuple((number(value), numbers.count(value)) for value in distinct)
    # Bars of one width over the middle nine tenths; the outer ones take what lies beyond.
    low, high = numbers[len(numbers) // 20], numbers[-1 - len(numbers) // 20]
    width = (high - low) / BARS or 1.0
    places = Counter(min(max(int((value - low) // width), 0), BARS - 1) for value in numbers)
    names = (f"{number(low + place * width)} – {number(low + (place + 1) * width)}" for place in range(BARS))
    return tuple((name, places[place]) for place, name in enumerate(names))
