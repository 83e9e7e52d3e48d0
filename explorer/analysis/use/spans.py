"""Answers as spans of a passage: which spans are legal, the best of them, and how two spans are compared.

Devlin et al. 2019, sections 4.2 and 4.3: a span's score is S·T_i + E·T_j with j ≥ i; "no answer" is the span whose
start and end are at [CLS], and any other must beat it.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from explorer.models.encode import Encoded

# The longest answer, in word pieces. SQuAD's own programs allow 30; ours are shorter.
LONGEST = 16
NONE = (0, 0)


@dataclass(frozen=True)
class Window:
    """The places of a text where an answer may stand: from `first` up to, not including, `last`."""

    first: int
    last: int
    n_tokens: int


def window(encoded: Encoded) -> Window:
    """The second text without the special token at its end; without a second text, nothing."""
    if encoded.sentence_b is None:
        return Window(0, 0, encoded.n_tokens)
    places = [at for at in range(encoded.sentence_b, encoded.n_tokens) if not encoded.special[at]]
    return Window(places[0], places[-1] + 1, encoded.n_tokens) if places else Window(0, 0, encoded.n_tokens)


def legal(of: Window, longest: int = LONGEST) -> Bool[np.ndarray, "T T"]:
    """True at (start, end) of every span that lies in the window, does not end before it begins, and is not longer."""
    at = np.arange(of.n_tokens)
    start, end = at[:, None], at[None]
    return (start >= of.first) & (end < of.last) & (end >= start) & (end - start < longest)


def best_spans(logits: Float[np.ndarray, "T 2"], of: Window, n: int = 5) -> list[tuple[int, int, float]]:
    """The n legal spans of highest score, as (first token, last token, start's score + end's)."""
    scores = np.where(legal(of), logits[:, :1] + logits[:, 1], -np.inf)
    order = np.argsort(-scores, axis=None, kind="stable")[:n]
    found = [(int(at // len(logits)), int(at % len(logits))) for at in order]
    return [(first, last, float(scores[first, last])) for first, last in found if scores[first, last] > -np.inf]


def best_span(logits: Float[np.ndarray, "T 2"], of: Window) -> tuple[int, int]:
    """The best legal span, or `NONE` where no answer has the higher score."""
    best = best_spans(logits, of, 1)
    return NONE if not best or best[0][2] <= float(logits[0].sum()) else best[0][:2]


def span_of(encoded: Encoded, answer: tuple[int, int] | None) -> tuple[int, int]:
    """The first and last token of the characters of an answer in the second text; `NONE` without one."""
    if answer is None:
        return NONE
    inside = [
        at
        for at in range(encoded.sentence_b or 0, encoded.n_tokens)
        if not encoded.special[at] and encoded.offsets[at][0] < answer[1] and encoded.offsets[at][1] > answer[0]
    ]
    return (inside[0], inside[-1]) if inside else NONE


def shared(found: tuple[int, int], true: tuple[int, int]) -> tuple[int, int, int]:
    """Tokens in both, in what was found, in the true one; an answer of none has no tokens."""
    size = lambda span: 0 if span == NONE else span[1] - span[0] + 1  # noqa: E731
    both = 0 if NONE in (found, true) else max(0, min(found[1], true[1]) - max(found[0], true[0]) + 1)
    return both, size(found), size(true)
