"""Softmax of one real row of scores: as it is, with a constant added, and multiplied."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.capture.scene import Scene

SHIFT, FACTOR = 1000.0, 8.0


@dataclass(frozen=True, eq=False)
class Shifted:
    """Probabilities of one query over the tokens; gap: best score minus the second best."""

    tokens: tuple[str, ...]
    query: int
    own: Float[np.ndarray, " T"]
    shifted: Float[np.ndarray, " T"]
    stretched: Float[np.ndarray, " T"]
    gap: float

    @property
    def difference(self) -> float:
        """Largest change that adding a constant has made."""
        return float(np.abs(self.own - self.shifted).max())

    def table(self) -> pd.DataFrame:
        """One row a token."""
        columns = {f"softmax(s + {SHIFT:g})": self.shifted, f"softmax({FACTOR:g} s)": self.stretched}
        return pd.DataFrame({"token": self.tokens, "softmax(s)": self.own, **columns})

    def reading(self) -> Message:
        """Adding changes nothing, multiplying does."""
        facts: dict[str, object] = {"token": self.tokens[self.query], "difference": self.difference}
        facts |= {"own": float(self.own.max()), "stretched": float(self.stretched.max()), "gap": self.gap}
        return "questions.reading.saturate", facts


def shifted(scene: Scene, layer: int, head: int) -> Shifted:
    """The row of a head with the most even weights: there saturation has most to take away."""
    tokens = scene.encoded.tokens
    n = len(tokens)
    scores = scene.layer(layer).scores[0, head, :n, :n].double().cpu().numpy()
    probs = softmax(scores)
    query = int((probs**2).sum(1).argmin())
    row = scores[query]
    ordered = np.sort(row)[::-1]
    gap = float(ordered[0] - ordered[1]) if n > 1 else 0.0
    return Shifted(tokens, query, probs[query], softmax(row + SHIFT), softmax(FACTOR * row), gap)


def softmax(scores: Float[np.ndarray, "... T"]) -> Float[np.ndarray, "... T"]:
    """With the largest score taken off first, as every library does; masked scores give 0."""
    grown = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(grown / grown.sum(-1, keepdims=True))
