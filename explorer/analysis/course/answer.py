"""What is right, and how far what was given is from it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from explorer.analysis.course.places import Place
from explorer.capture.scene import Scene
from explorer.course import Question


@dataclass(frozen=True)
class Answer:
    """What is right: the name of a choice, a number, or the position of a token.

    fact: the numbers that show it, the same in every language. scores: of every token, what was asked of it, 0 to 1.
    """

    value: str | int | float
    fact: str = ""
    scores: tuple[float, ...] = ()


@dataclass(frozen=True)
class Judged:
    """off: given minus right for a number; for a token how much more the right one has; None where nothing is far."""

    right: bool
    off: float | None = None


Key = Callable[..., Answer]
# The functions that lessons name under `key`: each takes a scene, a place in it, and the settings under `with`.
KEYS: dict[str, Key] = {}
K = TypeVar("K", bound=Key)


def key(function: K) -> K:
    """Enter a function under its own name."""
    KEYS[function.__name__] = function
    return function


def answer(question: Question, scene: Scene, at: Place) -> Answer:
    """What is right for this question in this run.

    Raises:
        ExplorerError: where the model does not have what is asked for.
    """
    return KEYS[question.key](scene, at, **question.settings)


def judge(question: Question, right: Answer, given: str | int | float) -> Judged:
    """Whether an answer is right. Of several tokens with the largest score each is; a number may be a little off."""
    if question.kind == "token" and right.scores:
        at = int(given)
        score = right.scores[at] if 0 <= at < len(right.scores) else 0.0
        return Judged(score >= max(right.scores) - 1e-9, max(right.scores) - score)
    if question.kind == "number":
        off = float(given) - float(right.value)
        return Judged(abs(off) <= allowed(question, right) + 1e-9, off)
    return Judged(given == right.value)


def allowed(question: Question, right: Answer) -> float:
    """How far off a number may be."""
    size = float(question.within.rstrip("%"))
    return abs(float(right.value)) * size / 100 if question.within.endswith("%") else size


def number(value: float | int) -> str:
    """A number as it is said: a whole one in full, another one with three digits that mean something."""
    if float(value) == int(value) or abs(value) >= 999.5:
        return f"{value:,.0f}"
    return f"{value:.3g}"
