"""Why a sum of embeddings can be taken apart: the tables differ in directions of their own, as waves in frequency."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.analysis.input.sum import tables
from explorer.capture.scene import Scene

# Directions with which positions are read, at most a quarter of all.
FEW = 10
# Rows of a larger table of words are taken at equal distances; tokens of a long text from its beginning.
ROWS, TOKENS = 32_768, 64


@dataclass(frozen=True, eq=False)
class Directions:
    """Of one model: the directions in which its position vectors differ, most first.

    position, word: share of the variance of either table within the first 1, 2, … directions. basis: the first `few`.
    """

    position: Float[np.ndarray, " D"]
    word: Float[np.ndarray, " D"]
    basis: Float[Tensor, "few D"]


@dataclass(frozen=True, eq=False)
class TakenApart:
    """position, word: as `Directions`. places, words: of n tokens, how many positions are read from the sums within
    the first `few` directions, and how many words within the others, each as the nearest row of its table."""

    position: Float[np.ndarray, " D"]
    word: Float[np.ndarray, " D"]
    few: int
    n: int
    places: int
    words: int

    def table(self) -> pd.DataFrame:
        """One row a number of directions."""
        count = np.arange(1, len(self.word) + 1)
        shares = {"share of the positions' variance": self.position, "share of the words' variance": self.word}
        return pd.DataFrame({"directions": count, **shares, "even": count / len(count)})

    def reading(self) -> Message:
        """What the few directions hold of either table, and what can be read."""
        facts: dict[str, object] = {"few": self.few, "d": len(self.word), "even": self.few / len(self.word)}
        facts |= {"position": float(self.position[self.few - 1]), "word": float(self.word[self.few - 1])}
        own = float(self.position[self.few - 1]) > 0.5 and float(self.word[self.few - 1]) < 0.25
        key = "sum.reading.apart" + ("" if own else "_spread")
        return key, {**facts, "n": self.n, "places": self.places, "words": self.words}


def directions(scene: Scene) -> Directions | None:
    """Of the scene's model; None where no table of positions is added.

    Raises:
        NotInThisModel: where nothing is added at all.
    """
    found = tables(scene)
    if "position" not in found:
        return None
    with torch.no_grad():
        position, word = (_centred(found[name]) for name in ("position", "word"))
        # All directions, also those in which no two positions differ: they come last.
        squares, axes = torch.linalg.eigh(position.T @ position)
        axes, squares = axes.flip(1), squares.flip(0).clamp_min(0)
        within = ((word @ axes) ** 2).sum(0)
        few = max(1, min(FEW, len(squares) // 4))
        shares = [(part.cumsum(0) / part.sum()).cpu().numpy() for part in (squares, within)]
        return Directions(shares[0], shares[1], axes[:, :few].T.to(found["word"].dtype))


def taken_apart(scene: Scene, seen: Directions) -> TakenApart:
    """Read positions and words back from this text's sums."""
    found, encoded = tables(scene), scene.encoded
    n, basis = min(encoded.n_tokens, TOKENS), seen.basis
    sums = scene.capture().embedding_sum
    assert sums is not None
    with torch.no_grad():
        means = {name: table.mean(0) for name, table in found.items()}
        rest = sum(mean for name, mean in means.items() if name not in ("word", "position"))
        x = sums[0, :n] - rest
        inside = (x - means["word"]) @ basis.T
        places = torch.cdist(inside, found["position"] @ basis.T).argmin(1)
        outside = x - means["position"]
        outside, word = (part - (part @ basis.T) @ basis for part in (outside, found["word"]))
        words = ((word**2).sum(1) - 2 * outside @ word.T).argmin(1)
        right = int((places.cpu() == torch.arange(n)).sum()), int((words == encoded.ids[0, :n]).sum())
    return TakenApart(seen.position, seen.word, len(basis), n, *right)


def _centred(table: Tensor) -> Tensor:
    some = table.detach()[:: -(-len(table) // ROWS)].double()
    return some - some.mean(0)
