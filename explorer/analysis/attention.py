"""One attention head: its matrix of probabilities and what stands out in it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.capture.records import Capture, LayerCapture


@dataclass(frozen=True, eq=False)
class HeadMatrix:
    """probs: attention probabilities, queries x keys; visible: False where the mask forbids the query to look."""

    layer: int
    head: int
    tokens: tuple[str, ...]
    probs: np.ndarray
    visible: np.ndarray

    def table(self) -> pd.DataFrame:
        """One row for each query and key."""
        n = len(self.tokens)
        return pd.DataFrame(
            {
                "query": np.repeat(np.arange(n), n),
                "query token": np.repeat(self.tokens, n),
                "key": np.tile(np.arange(n), n),
                "key token": np.tile(self.tokens, n),
                "attention probability": self.probs.ravel(),
            }
        )

    def reading(self) -> Message:
        """The pattern that most tokens follow: themselves, a neighbour, or one token that draws them all."""
        best = self.probs.argmax(1)
        here = np.arange(len(best))
        shares = {name: float((best == here + step).mean()) for name, step in _STEPS.items()}
        name, share = max(shares.items(), key=lambda item: item[1])
        favourite = int(np.bincount(best).argmax())
        drawn = float((best == favourite).mean())
        facts: dict[str, object] = {"layer": self.layer, "head": self.head}
        if drawn > share:
            return "heads.reading.token", facts | {"share": drawn, "token": self.tokens[favourite]}
        return f"heads.reading.{name}", facts | {"share": share}


_STEPS = {"self": 0, "previous": -1, "next": 1}


def head_matrix(seen: Capture, layer: LayerCapture, head: int) -> HeadMatrix:
    """The matrix of one head of a replayed layer, without padding."""
    n = seen.encoded.n_tokens
    probs = layer.probs[0, head, :n, :n].float().cpu().numpy()
    visible = layer.visible[0, head, :n, :n].cpu().numpy()
    return HeadMatrix(layer.layer, head, seen.encoded.tokens, probs, visible)
