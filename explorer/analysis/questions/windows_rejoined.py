"""A text that fits cut into windows all the same: the joined vector against that of one run over the whole."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.analysis.use.windows import Windows, cosine, joined

TEMPERATURE = 0.05


@dataclass(frozen=True, eq=False)
class Rejoined:
    """cosine: of each window with the whole run. joined: of the vectors joined in three ways, each with the whole.

    strangers: cosine of two unrelated texts in this model, nan where nobody asked.
    """

    cut: Windows
    cosine: Float[np.ndarray, " W"]
    joined: dict[str, float]
    strangers: float = float("nan")

    def table(self) -> pd.DataFrame:
        """One row a window, then one for each way of joining."""
        names = [f"window {at}" for at in range(len(self.cosine))] + list(self.joined)
        return pd.DataFrame({"vector": names, "cosine with one run": [*self.cosine.tolist(), *self.joined.values()]})

    def reading(self) -> Message:
        """How much of the plain run's vector the joined one keeps."""
        facts: dict[str, object] = {"n": len(self.cosine), "width": self.cut.width, "mean": self.joined["mean"]}
        facts |= {"low": float(self.cosine.min()), "high": float(self.cosine.max()), "strangers": self.strangers}
        return ("questions.reading.long_one" if len(self.cosine) == 1 else "questions.reading.long"), facts


def small_windows(n_pieces: int, n_special: int) -> tuple[int, int]:
    """Width and step with which a short text makes about five windows that overlap by half."""
    room = max(2, -(-n_pieces // 3))
    return room + n_special, max(1, room // 2)


def rejoined(
    cut: Windows, vectors: Float[np.ndarray, "W D"], whole: Float[np.ndarray, " D"], strangers: float = float("nan")
) -> Rejoined:
    """Compare. whole: the mean state of one run over the whole text; it is also what attention pooling asks for."""
    scores = cosine(vectors, whole)
    ways = joined(vectors, scores, TEMPERATURE)
    return Rejoined(
        cut, scores, {way: float(cosine(vector[None], whole)[0]) for way, vector in ways.items()}, strangers
    )
