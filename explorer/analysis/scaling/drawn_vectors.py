"""Queries and keys that nobody trained: independent components of mean 0, variance 1 (Vaswani et al. 2017, note 4)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.analysis.measures import MEASURES, row_measures

# Widths on the page's slider.
WIDTHS = tuple(2**power for power in range(11))
# Queries that share one set of keys, as the rows of a head do; the next block draws its own.
_BLOCK = 32


def synthetic_scores(d: int, n_keys: int, samples: int, seed: int = 0) -> Float[Tensor, "samples n_keys"]:
    """q·k of `samples` queries with `n_keys` keys each, unscaled; every component is drawn from N(0, 1)."""
    generator = torch.Generator().manual_seed(seed)
    blocks = -(-samples // _BLOCK)
    q = torch.randn(blocks, _BLOCK, d, generator=generator)
    k = torch.randn(blocks, n_keys, d, generator=generator)
    return (q @ k.transpose(1, 2)).reshape(-1, n_keys)[:samples]


@dataclass(frozen=True, eq=False)
class SyntheticSweep:
    """Measures of saturation over the head width d, with the scores divided by √d and as they are.

    scaled, unscaled: name of a measure → one value a width. variance: of q·k.
    chosen: the width that the page looks at.
    """

    widths: tuple[int, ...]
    scaled: dict[str, np.ndarray]
    unscaled: dict[str, np.ndarray]
    n_keys: int
    samples: int
    seed: int
    chosen: int

    def table(self) -> pd.DataFrame:
        """One row a width."""
        columns: dict[str, object] = {"d": self.widths}
        for name, unit in MEASURES.items():
            columns[f"{unit}, q·k / √d"] = self.scaled[name]
            columns[f"{unit}, q·k unscaled"] = self.unscaled[name]
        return pd.DataFrame(columns)

    def reading(self) -> Message:
        """What happens at the chosen width."""
        at = self.widths.index(self.chosen)
        facts: dict[str, object] = {"d": self.chosen}
        for name in ("entropy", "peaked", "dead"):
            facts[name] = float(self.unscaled[name][at])
            facts[f"{name}_scaled"] = float(self.scaled[name][at])
        return "saturation.reading.synthetic", facts


def synthetic_sweep(chosen: int, n_keys: int = 128, samples: int = 1024, seed: int = 0) -> SyntheticSweep:
    """The measures for every width on the slider, each from its own draw."""
    scaled: list[dict[str, float]] = []
    unscaled: list[dict[str, float]] = []
    for d in WIDTHS:
        products = synthetic_scores(d, n_keys, samples, seed)
        for rows, factor in ((scaled, d**-0.5), (unscaled, 1.0)):
            probs = (products * factor).softmax(-1)
            rows.append({name: float(value) for name, value in row_measures(probs, products, d).items()})
    return SyntheticSweep(WIDTHS, _columns(scaled), _columns(unscaled), n_keys, samples, seed, chosen)


def _columns(rows: list[dict[str, float]]) -> dict[str, np.ndarray]:
    return {name: np.array([row[name] for row in rows]) for name in MEASURES}
