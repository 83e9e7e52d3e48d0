"""Overlapping windows over a long text (the SQuAD recipe of Devlin et al. 2019), and how their vectors are joined.

Ranking of the windows and scores normalised over all of them: after Wang et al. 2019, "Multi-passage BERT".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.errors import StepTooLarge, TooManyWindows
from explorer.models.document import Document

# At most this many forward passes for one visitor: with 512 pieces each, about four minutes of one core.
MAX_WINDOWS = 2_000
EXCERPT = 180


def spans(n_pieces: int, room: int, step: int) -> tuple[tuple[int, int], ...]:
    """First and last piece (not included) of every window; the last one ends with the text and may be shorter.

    room: pieces of the text that fit a window, special tokens taken off. step: from one start to the next.

    Raises:
        StepTooLarge: when pieces between two windows would be left out.
        TooManyWindows: when there would be more than `MAX_WINDOWS`.
    """
    if not 1 <= step <= room:
        raise StepTooLarge(found=step, allowed=room)
    count = 1 + max(0, -(-(n_pieces - room) // step))
    if count > MAX_WINDOWS:
        raise TooManyWindows(found=count, allowed=MAX_WINDOWS)
    return tuple((at * step, min(at * step + room, n_pieces)) for at in range(count))


@dataclass(frozen=True, eq=False)
class Windows:
    """A document cut into windows. width: tokens of a window with its special tokens; step: in word pieces."""

    document: Document
    width: int
    step: int
    spans: tuple[tuple[int, int], ...]

    @property
    def n_pieces(self) -> int:
        """Word pieces of the document."""
        return len(self.document.ids)

    @property
    def shared(self) -> int:
        """Pieces that two neighbours have in common: what the tokenizers library calls the stride."""
        return max(0, self.width - self.document.n_special - self.step)

    @property
    def read(self) -> float:
        """How often a piece is read, in the mean."""
        return sum(b - a for a, b in self.spans) / self.n_pieces

    def excerpt(self, at: int) -> tuple[str, str, str, bool]:
        """Text of a window in three parts: shared with the window before, the middle, shared with the window after;
        and whether the middle is in both of them (else in none)."""
        a, b = self.spans[at]
        left = min(b, self.spans[at - 1][1]) if at else a
        right = max(a, self.spans[at + 1][0]) if at + 1 < len(self.spans) else b
        inner = sorted((left, right))
        cuts = [int(self.document.starts[a]), *(self._end(a, cut) for cut in inner), self._end(a, b)]
        first, middle, last = (self.document.text[i:j] for i, j in pairwise(cuts))
        return first, middle, last, right < left

    def _end(self, first: int, last: int) -> int:
        return int(self.document.ends[last - 1]) if last > first else int(self.document.starts[first])

    def table(self) -> pd.DataFrame:
        """One row for each window."""
        first, last = np.array(self.spans).T
        starts, ends = self.document.starts[first], self.document.ends[last - 1]
        columns = {"first piece": first, "last piece": last - 1, "pieces": last - first}
        return pd.DataFrame(
            {"window": np.arange(len(first)), **columns, "first character": starts, "last character": ends - 1}
        )

    def reading(self) -> Message:
        """How many windows, and how often a piece is read."""
        facts: dict[str, object] = {"words": self.document.n_words, "pieces": self.n_pieces, "n": len(self.spans)}
        facts |= {"width": self.width, "step": self.step, "shared": self.shared, "read": self.read}
        return ("long_text.reading.one" if len(self.spans) == 1 else "long_text.reading.windows"), facts


def windows(document: Document, width: int, step: int) -> Windows:
    """Cut a document.

    Raises:
        StepTooLarge, TooManyWindows: as `spans`.
    """
    return Windows(document, width, step, spans(len(document.ids), width - document.n_special, step))


def attention_weights(scores: Float[np.ndarray, " W"], temperature: float) -> Float[np.ndarray, " W"]:
    """Softmax of scores / temperature: the query's attention over the windows; equal scores give 1/n each."""
    grown = np.exp((scores - scores.max()) / temperature)
    return np.asarray(grown / grown.sum(), dtype=scores.dtype)


def joined(
    vectors: Float[np.ndarray, "W D"], scores: Float[np.ndarray, " W"], temperature: float
) -> dict[str, Float[np.ndarray, " D"]]:
    """One vector for the whole text, in three ways: mean, largest value of each dimension, mean weighted by a query."""
    weights = attention_weights(scores, temperature)
    return {"mean": vectors.mean(0), "max": vectors.max(0), "attention": weights @ vectors}


@dataclass(frozen=True, eq=False)
class Ranking:
    """Windows by their cosine with a query. whole: cosine of the query with the joined vectors, by way."""

    query: str
    cosine: Float[np.ndarray, " W"]
    weights: Float[np.ndarray, " W"]
    whole: dict[str, float]
    excerpts: tuple[str, ...]

    @property
    def order(self) -> list[int]:
        """Windows, best first."""
        return [int(at) for at in np.argsort(-self.cosine, kind="stable")]

    def table(self) -> pd.DataFrame:
        """One row for each window, best first."""
        order = self.order
        columns = {"cosine with the query": self.cosine[order], "attention weight": self.weights[order]}
        return pd.DataFrame({"window": order, **columns, "text": [self.excerpts[at] for at in order]})

    def reading(self) -> Message:
        """The best window, and what is left of it in the joined vectors."""
        best = self.order[0]
        facts: dict[str, object] = {"best": best, "cosine": float(self.cosine[best]), "n": len(self.cosine)}
        facts["middle"] = float(np.median(self.cosine))
        facts |= {"weight": float(self.weights[best]), **self.whole}
        return ("long_text.reading.single" if len(self.cosine) == 1 else "long_text.reading.ranking"), facts


def ranking(
    cut: Windows, vectors: Float[np.ndarray, "W D"], query: str, vector: Float[np.ndarray, " D"], temperature: float
) -> Ranking:
    """Hold the windows' vectors, as many as there are so far, against the query's vector."""
    scores = cosine(vectors, vector)
    whole = {name: float(cosine(v[None], vector)[0]) for name, v in joined(vectors, scores, temperature).items()}
    excerpts = [_short(cut.document.excerpt(a, b)) for a, b in cut.spans[: len(vectors)]]
    return Ranking(query, scores, attention_weights(scores, temperature), whole, tuple(excerpts))


def cosine(vectors: Float[np.ndarray, "W D"], vector: Float[np.ndarray, " D"]) -> Float[np.ndarray, " W"]:
    """Cosine of each row with a vector; 0 for a row of zeros."""
    lengths = np.linalg.norm(vectors, axis=-1) * np.linalg.norm(vector)
    return np.asarray(vectors @ vector / np.where(lengths > 0, lengths, 1))


def _short(text: str) -> str:
    flat = " ".join(text[: 2 * EXCERPT].split())
    return flat if len(flat) <= EXCERPT else flat[:EXCERPT] + " …"


@dataclass(frozen=True, eq=False)
class BestWord:
    """A window's word that matches the query best, its probability in its own window and among all words shown."""

    window: int
    word: str
    local: float
    overall: float
    share: float


@dataclass(frozen=True, eq=False)
class Normalised:
    """One best word a window, in the order of rank. share: of the probability over all windows that this one holds."""

    best: tuple[BestWord, ...]

    def table(self) -> pd.DataFrame:
        """One row for each window."""
        return pd.DataFrame(
            {
                "window": [b.window for b in self.best],
                "best word": [b.word for b in self.best],
                "probability, softmax in its window": [b.local for b in self.best],
                "probability, softmax over all windows": [b.overall for b in self.best],
                "share of the window": [b.share for b in self.best],
            }
        )

    def reading(self) -> Message:
        """First and last window, both ways."""
        first, last = self.best[0], self.best[-1]
        if len(self.best) == 1:
            return "long_text.reading.alone", {"word": first.word, "local": first.local}
        facts: dict[str, object] = {"first": first.window, "last": last.window}
        facts |= {"first_local": first.local, "last_local": last.local}
        return "long_text.reading.normalised", {**facts, "first_all": first.overall, "last_all": last.overall}


def normalised(
    cut: Windows,
    chosen: Sequence[int],
    states: Sequence[Float[np.ndarray, "_ D"]],
    vector: Float[np.ndarray, " D"],
    temperature: float,
) -> Normalised:
    """Score every piece of some windows by its cosine with the query; softmax in each window, and over all of them."""
    scores = [cosine(rows, vector).astype(np.float64) / temperature for rows in states]
    top = max(float(row.max()) for row in scores)
    mass = [float(np.exp(row - top).sum()) for row in scores]
    best = []
    for window, row, held in zip(chosen, scores, mass, strict=True):
        at = int(row.argmax())
        strength = float(np.exp(row[at] - top))
        word = _word(cut, cut.spans[window][0] + at)
        best.append(BestWord(window, word, strength / held, strength / sum(mass), held / sum(mass)))
    return Normalised(tuple(best))


def _word(cut: Windows, piece: int) -> str:
    """The piece with the rest of its word, up to white space."""
    document, start, end = cut.document, int(cut.document.starts[piece]), int(cut.document.ends[piece])
    left = (
        document.text[max(0, start - 20) : start].split()[-1:]
        if start and not document.text[start - 1].isspace()
        else []
    )
    right = document.text[end : end + 20].split(maxsplit=1)[:1] if not document.text[end : end + 1].isspace() else []
    return "".join([*left, document.text[start:end], *right])
