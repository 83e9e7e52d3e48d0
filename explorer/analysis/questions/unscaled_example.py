"""[a, a, 2a] at two sizes of a: 1, as the scale leaves scores, and √d, as they are without it."""

import math
from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.scaling.softmax import Microscope, example


@dataclass(frozen=True, eq=False)
class UnscaledExample:
    """scaled: of [1, 1, 2]. unscaled: of the same scores times √d_head."""

    d_head: int
    scaled: Microscope
    unscaled: Microscope

    @property
    def parts(self) -> dict[str, Microscope]:
        """Both by name."""
        return {"scaled": self.scaled, "bare": self.unscaled}

    def table(self) -> pd.DataFrame:
        """Three rows for each of the two."""
        named = {"with 1/√d": self.scaled, "without": self.unscaled}
        return pd.concat([info.table().assign(scores=name) for name, info in named.items()], ignore_index=True)

    def reading(self) -> Message:
        """The largest weight and the largest slope of both, and the ratio of the slopes."""
        facts: dict[str, object] = {"d": self.d_head, "root": float(self.unscaled.values[0])}
        facts |= {"p": float(self.scaled.probs[2]), "p_without": float(self.unscaled.probs[2])}
        facts |= {"slope": self.scaled.spectral, "slope_without": self.unscaled.spectral}
        return "questions.reading.unscaled", {**facts, "times": self.scaled.spectral / self.unscaled.spectral}


def unscaled_example(d_head: int) -> UnscaledExample:
    """For heads of this width."""
    return UnscaledExample(d_head, example(1), example(math.sqrt(d_head)))
