"""Measured times beside the operations that were counted: how fast does this machine work?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.structure.cost import Shape, flops, products
from explorer.capture.timing import Timing


@dataclass(frozen=True, eq=False)
class Measured:
    """n: lengths; seconds: measured; flops: matrix products of the same forward pass."""

    n: np.ndarray
    seconds: np.ndarray
    flops: np.ndarray

    @property
    def rate(self) -> float:
        """FLOPs a second: the line through the origin that fits the seconds best, so that long texts weigh most."""
        return float((self.flops**2).sum() / (self.flops * self.seconds).sum()) if len(self.n) else 0.0

    @property
    def predicted(self) -> np.ndarray:
        """Seconds if every length were computed at that rate."""
        return self.flops / self.rate if self.rate else self.seconds

    def table(self) -> pd.DataFrame:
        """One row for each measured length."""
        return pd.DataFrame(
            {
                "length (tokens)": self.n,
                "measured (ms)": 1e3 * self.seconds,
                "predicted (ms)": 1e3 * self.predicted,
                "matrix products (FLOPs)": self.flops,
            }
        )

    def reading(self) -> Message:
        """What the machine does in a second, and how much longer the longest text takes than the shortest."""
        if len(self.n) < 2:
            return "cost.measuring", {}
        facts: dict[str, object] = {
            "rate": self.rate, "short": int(self.n[0]), "long": int(self.n[-1]),
            "tokens": self.n[-1] / self.n[0], "time": self.seconds[-1] / self.seconds[0],
            "flops": self.flops[-1] / self.flops[0],
        }  # fmt: skip
        return "cost.measured", facts


def measured(shape: Shape, timings: Sequence[Timing]) -> Measured:
    """Put the counted operations beside each timing."""
    counts = [products(flops(shape, timing.n)) for timing in timings]
    return Measured(
        np.array([timing.n for timing in timings], dtype=int),
        np.array([timing.seconds for timing in timings], dtype=float),
        np.array(counts, dtype=float),
    )
