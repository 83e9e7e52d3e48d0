"""One-hots of sizes 4, 3 and 2 with tables of whole numbers: a sum of three look-ups that can be added by hand."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Int

from explorer.analysis.info import Message

# Rows of two numbers each, chosen so that a part can be recognised in the sum: ones, tens, hundreds.
WORD = ((1, 4), (2, 3), (3, 1), (4, 2))
PLACE = ((10, 30), (20, 10), (30, 20))
TEXT = ((100, 200), (200, 100))
SIZES = (len(WORD), len(PLACE), len(TEXT))


@dataclass(frozen=True, eq=False)
class SmallOneHots:
    """chosen: a row of each table. one_hot: the three side by side. stacked: the three tables on top of each other."""

    chosen: tuple[int, int, int]
    one_hot: Int[np.ndarray, " R"]
    stacked: Int[np.ndarray, "R 2"]

    @property
    def sum(self) -> tuple[int, int]:
        """The product of the two."""
        first, second = (self.one_hot @ self.stacked).tolist()
        return first, second

    @property
    def entry(self) -> int:
        """Where the joint one-hot has its 1, counted from 0: it has one entry for each combination."""
        word, place, text = self.chosen
        return (word * SIZES[1] + place) * SIZES[2] + text

    def table(self) -> pd.DataFrame:
        """One row a row of the stacked tables."""
        parts = [name for name, size in zip(("word", "position", "segment"), SIZES, strict=True) for _ in range(size)]
        columns = {"first number": self.stacked[:, 0], "second number": self.stacked[:, 1]}
        return pd.DataFrame({"table": parts, "one-hot": self.one_hot, **columns})

    def reading(self) -> Message:
        """The three rows, their sum, and the joint one-hot."""
        starts = np.cumsum((0, *SIZES[:-1]))
        rows = [self.stacked[at + row].tolist() for at, row in zip(starts, self.chosen, strict=True)]
        facts = {
            f"{name}_{i}": row[i] for name, row in zip(("word", "place", "text"), rows, strict=True) for i in (0, 1)
        }
        facts |= {"first": self.sum[0], "second": self.sum[1], "rows": sum(SIZES), "entry": self.entry}
        facts |= {"joint": int(np.prod(SIZES)), "few": 2 * sum(SIZES), "many": 2 * int(np.prod(SIZES))}
        return "sum.reading.small", dict(facts)


def small_one_hots(word: int, place: int, text: int) -> SmallOneHots:
    """For one row of each table, counted from 0."""
    one_hot = np.concatenate([np.eye(n, dtype=int)[at] for n, at in zip(SIZES, (word, place, text), strict=True)])
    return SmallOneHots((word, place, text), one_hot, np.array([*WORD, *PLACE, *TEXT]))
