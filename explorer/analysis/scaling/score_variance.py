"""Why √d: the variance of q·k against the head width, for drawn vectors and for the heads of a model."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.scaling.drawn_vectors import WIDTHS, synthetic_scores
from explorer.analysis.scaling.saturation import products
from explorer.capture.scene import Scene


@dataclass(frozen=True, eq=False)
class ScoreVariance:
    """drawn: variance of q·k for unit-variance vectors, one a width; heads: of the model's heads, layers x heads.

    After the division by √d, a variance is divided by d.
    """

    widths: tuple[int, ...]
    drawn: np.ndarray
    heads: np.ndarray
    d_head: int

    def table(self) -> pd.DataFrame:
        """The drawn vectors first, then one row a head."""
        layers, heads = self.heads.shape
        d = np.concatenate([self.widths, np.full(self.heads.size, self.d_head)])
        variance = np.concatenate([self.drawn, self.heads.ravel()])
        drawn = len(self.widths)
        return pd.DataFrame(
            {
                "source": ["drawn from N(0, 1)"] * drawn + ["head of the model"] * self.heads.size,
                "layer": [None] * drawn + np.repeat(np.arange(layers), heads).tolist(),
                "head": [None] * drawn + np.tile(np.arange(heads), layers).tolist(),
                "d": d,
                "variance of q·k": variance,
                "variance of q·k / √d": variance / d,
            }
        )

    def reading(self) -> Message:
        """How well the drawn vectors follow the line, and how far the model's heads are from it."""
        ratio = self.heads / self.d_head
        slope = np.polyfit(np.log(self.widths), np.log(self.drawn), 1)[0]
        facts: dict[str, object] = {"slope": float(slope), "d": self.d_head, "n": int(ratio.size)}
        facts |= {"low": float(ratio.min()), "middle": float(np.median(ratio)), "high": float(ratio.max())}
        return "variance.reading", facts


def score_variance(scene: Scene, seed: int = 0) -> ScoreVariance:
    """The drawn vectors and all heads of a scene, over all pairs of tokens that are not padding."""
    drawn = [float(synthetic_scores(d, 128, 1024, seed).var(correction=0)) for d in WIDTHS]
    n = scene.encoded.n_tokens
    heads = [products(one, n).flatten(1).var(1, correction=0).float().cpu().numpy() for one in scene.layers()]
    return ScoreVariance(WIDTHS, np.array(drawn), np.stack(heads), scene.handle.dims.d_head)
