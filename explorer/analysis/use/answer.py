"""What a span head says of one question and one passage: a score for every start and end, the best spans, or none."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.analysis.use.spans import best_spans, legal, window
from explorer.models.encode import Encoded

SHOWN = 5


@dataclass(frozen=True)
class Candidate:
    """A span, its words as they stand in the passage (None for no answer), its score and its share."""

    first: int
    last: int
    text: str | None
    score: float
    share: float


@dataclass(frozen=True, eq=False)
class Answer:
    """logits: of every token as the start and as the end."""

    encoded: Encoded
    logits: Float[np.ndarray, "T 2"]

    @cached_property
    def candidates(self) -> tuple[Candidate, ...]:
        """The best legal spans and no answer, highest score first. Shares: softmax over all legal spans and none."""
        of = window(self.encoded)
        allowed = legal(of)
        none = float(self.logits[0].sum())
        scores = (self.logits[:, :1] + self.logits[:, 1])[allowed]
        top = max(none, float(scores.max(initial=none)))
        total = np.exp(scores - top).sum() + np.exp(none - top)
        found = [
            Candidate(first, last, self.text(first, last), score, float(np.exp(score - top) / total))
            for first, last, score in best_spans(self.logits, of, SHOWN)
        ]
        found.append(Candidate(0, 0, None, none, float(np.exp(none - top) / total)))
        return tuple(sorted(found, key=lambda one: -one.score))

    def text(self, first: int, last: int) -> str:
        """The characters of the passage that a span stands for."""
        start, end = self.encoded.offsets[first][0], self.encoded.offsets[last][1]
        return (self.encoded.pair or "")[start:end]

    def table(self) -> pd.DataFrame:
        """One row for each token; spans end before they begin nowhere and lie in the passage."""
        of = window(self.encoded)
        at = np.arange(len(self.logits))
        best = self.candidates[0]
        return pd.DataFrame(
            {
                "position": at,
                "token": self.encoded.tokens,
                "score as start": self.logits[:, 0],
                "score as end": self.logits[:, 1],
                "in the passage": (at >= of.first) & (at < of.last),
                "in the best answer": (at >= best.first) & (at <= best.last) & (best.text is not None),
            }
        )

    def reading(self) -> Message:
        """The answer, its score, and what it had to beat."""
        best = self.candidates[0]
        none = next(one for one in self.candidates if one.text is None)
        facts: dict[str, object] = {"score": best.score, "none": none.score, "share": best.share}
        if best.text is None:
            spans = [one for one in self.candidates if one.text is not None]
            if not spans:
                return "trained_task.answer.nothing", facts
            return "trained_task.answer.none", facts | {"text": spans[0].text, "other": spans[0].score}
        start, end = self.logits[best.first, 0], self.logits[best.last, 1]
        return "trained_task.answer.found", facts | {"text": best.text, "start": float(start), "end": float(end)}
