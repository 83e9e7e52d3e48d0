"""The word table times its own transpose: is every row its own argmax?

The output layer of a tied model multiplies by the transposed table. It would undo the look-up if e_i · e_j were
largest at j = i for every i. Where |e_j| cos(e_i, e_j) > |e_i| it is not; by Cauchy and Schwarz only a longer row can
win, so the rows are sorted by length and half of the products are enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message

# Rows of one product: 30,522 x 512 in float32 are 60 MiB.
BLOCK = 512
# Rows that keep their own place and are drawn; the others are all drawn.
DRAWN = 2_000


@dataclass(frozen=True, eq=False)
class OwnRows:
    """Row by row (in the order of the vocabulary), the longer row with the largest product.

    rival: its index, -1 for the longest row; cosine: between the two; ratio: own length / length of the rival. The row
    is its own argmax where ratio ≥ cosine. words: by index.
    """

    words: tuple[str, ...]
    norms: Float[np.ndarray, " V"]
    rival: np.ndarray
    cosine: Float[np.ndarray, " V"]
    ratio: Float[np.ndarray, " V"]
    wins: np.ndarray

    @property
    def share(self) -> float:
        """Share of rows that are their own argmax."""
        return float(self.wins.mean())

    @property
    def losers(self) -> list[int]:
        """Rows that are not, the clearest first."""
        lost = np.flatnonzero(~self.wins)
        return [int(i) for i in lost[np.argsort((self.ratio - self.cosine)[lost])]]

    @property
    def drawn(self) -> list[int]:
        """Some of the rows that are their own argmax, evenly over the vocabulary."""
        kept = np.flatnonzero(self.wins & (self.rival >= 0))
        return [int(i) for i in kept[:: max(1, len(kept) // DRAWN)]]

    def table(self) -> pd.DataFrame:
        """One row for each loser, or, where there is none, for each row of the table."""
        at = self.losers or list(range(min(len(self.words), DRAWN)))
        return pd.DataFrame(
            {
                "word": [self.words[i] for i in at],
                "argmax": [self.words[i if self.wins[i] else self.rival[i]] for i in at],
                "strongest longer row": [self.words[self.rival[i]] if self.rival[i] >= 0 else "" for i in at],
                "length": self.norms[at],
                "own length / its length": self.ratio[at],
                "cosine": self.cosine[at],
            }
        )

    def reading(self) -> Message:
        """The share, and the clearest exception with its reason."""
        facts: dict[str, object] = {"share": self.share, "words": len(self.words)}
        if not self.losers:
            return "tied.reading.rows.all", facts | {"closest": float((self.ratio - self.cosine).min())}
        worst = self.losers[0]
        rival = int(self.rival[worst])
        facts |= {"n": len(self.losers), "word": self.words[worst], "rival": self.words[rival]}
        facts |= {"own": float(self.norms[worst]), "longer": float(self.norms[rival])}
        return "tied.reading.rows.some", facts | {"cosine": float(self.cosine[worst])}


def n_blocks(n_rows: int) -> int:
    """Steps that `own_rows` takes."""
    return -(-n_rows // BLOCK)


def own_rows(table: Float[Tensor, "V D"], names: Sequence[str] | None = None) -> Iterator[OwnRows | None]:
    """Compute it block by block; yields None after each block but the last, then the result. names: of the rows."""
    norms = table.norm(dim=1)
    order = norms.argsort(stable=True)
    rows = table[order]
    own, best = rows.new_empty(len(rows)), rows.new_empty(len(rows))
    rival = order.new_empty(len(rows))
    for start in range(0, len(rows), BLOCK):
        block, stop = rows[start : start + BLOCK], min(start + BLOCK, len(rows))
        products = block @ rows[start:].T
        own[start:stop] = products.diagonal()
        products[:, : len(block)].masked_fill_(_itself_and_shorter(len(block)).to(rows.device), -torch.inf)
        strongest = products.max(dim=1)
        best[start:stop], rival[start:stop] = strongest.values, strongest.indices + start
        if stop < len(rows):
            yield None
    yield _sorted_back(norms, order, own, best, rival, names)


def _itself_and_shorter(n: int) -> Tensor:
    return torch.ones(n, n, dtype=torch.bool).tril()


def _sorted_back(
    norms: Tensor, order: Tensor, own: Tensor, best: Tensor, rival: Tensor, names: Sequence[str] | None
) -> OwnRows:
    """From the order of lengths to that of the vocabulary."""
    back = order.argsort()
    longest = torch.isinf(best)
    found = torch.where(longest, -1, order[rival])[back]
    lengths = torch.where(found >= 0, norms[found], torch.nan)
    best = torch.where(longest, torch.nan, best)[back]
    wins = (~(best > own[back])).cpu().numpy()
    return OwnRows(
        words=tuple(names or (f"#{i}" for i in range(len(norms)))),
        norms=norms.cpu().numpy(),
        rival=found.cpu().numpy(),
        cosine=torch.nan_to_num(best / (norms * lengths)).cpu().numpy(),
        ratio=torch.nan_to_num(norms / lengths, nan=1.0).cpu().numpy(),
        wins=wins,
    )
