"""The softmax of one row tile by tile, as flash kernels compute it: a running maximum, a running sum, a running output.

Milakov & Gimelshein 2018, algorithm 3; Dao et al. 2022 (FlashAttention), algorithm 1.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel

TILES = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True, eq=False)
class OnlineSoftmax:
    """A query's row in tiles of `tile` keys; the picture stands after tile `step` (counted from 0).

    scores: of the keys that the query sees. places: of these keys in the text. top, total: running maximum and running
    sum of e^(s - maximum) after each tile. kept: what the sum so far was multiplied by when the tile came, e^(old - new
    maximum), 0 for the first. weights: e^(s - top[-1]) / total[-1].
    difference: largest distance of these weights to the row's softmax, and of the running output to weights · v.
    """

    layer: int
    head: int
    query: str
    tokens: tuple[str, ...]
    tile: int
    step: int
    scores: np.ndarray
    top: tuple[float, ...]
    total: tuple[float, ...]
    kept: tuple[float, ...]
    weights: np.ndarray
    difference: float

    @property
    def telling(self) -> int:
        """The last tile that raised the maximum, after the first; the last of all where none did."""
        return max((at for at, kept in enumerate(self.kept) if at and kept < 1), default=len(self.top) - 1)

    def table(self) -> pd.DataFrame:
        """One row for each key; the running values are those after its tile."""
        of = np.arange(len(self.scores)) // self.tile
        columns = {"running maximum": self.top, "running sum": self.total, "sum before times": self.kept}
        return pd.DataFrame(
            {"key": self.tokens, "tile": of, "score": self.scores, "weight": self.weights}
            | {name: np.asarray(values)[of] for name, values in columns.items()}
        )

    def reading(self) -> Message:
        """What this tile did to the sum, or that the end is the full softmax."""
        at, last = self.step, len(self.top) - 1
        facts: dict[str, object] = {"tile": at + 1, "tiles": last + 1, "top": self.top[at], "total": self.total[at]}
        facts |= {"kept": self.kept[at], "before": self.top[max(at - 1, 0)], "difference": self.difference}
        if at == last:
            return "precision.online.last", facts
        if at == 0:
            return "precision.online.first", facts
        return f"precision.online.{'rose' if self.kept[at] < 1 else 'stayed'}", facts


def online_softmax(scene: Scene, number: int, head: int, query: int, tile: int, step: int) -> OnlineSoftmax:
    """One query of one head; `step` is held between the first and the last tile.

    Raises:
        NotInThisModel: for cross attention.
    """
    if scene.keys is not scene.encoded:
        raise NotInThisModel(model=scene.handle.config.model_type, reason="cross_square")
    layer, n = scene.layer(number), scene.encoded.n_tokens
    seen = layer.visible[0, head, query, :n]
    scores, v = layer.scores[0, head, query, :n][seen], layer.v[0, head, :n][seen]
    top, total, kept, output = running(scores, v, tile)
    weights = (scores - top[-1]).exp() / total[-1]
    right = scores.softmax(-1)
    tokens = tuple(token for token, shown in zip(scene.encoded.tokens, seen.tolist(), strict=True) if shown)
    return OnlineSoftmax(
        layer=number,
        head=head,
        query=scene.encoded.tokens[query],
        tokens=tokens,
        tile=tile,
        step=min(max(step, 0), len(top) - 1),
        scores=scores.cpu().numpy(),
        top=tuple(map(float, top)),
        total=tuple(map(float, total)),
        kept=tuple(map(float, kept)),
        weights=weights.cpu().numpy(),
        difference=float(max((weights - right).abs().max(), (output - right @ v).abs().max())),
    )


def running(
    scores: Float[Tensor, " n"], v: Float[Tensor, "n K"], tile: int
) -> tuple[list[Tensor], list[Tensor], list[Tensor], Float[Tensor, " K"]]:
    """Maximum, sum and factor of the sum before, after each tile of keys; and the output, which saw each key once."""
    m, total, output = scores.new_tensor(-math.inf), scores.new_zeros(()), v.new_zeros(v.shape[-1])
    tops, totals, factors = [], [], []
    for block, values in zip(scores.split(tile), v.split(tile), strict=True):
        new = torch.maximum(m, block.max())
        kept, shares = (m - new).exp(), (block - new).exp()
        m, total, output = new, total * kept + shares.sum(), output * kept + shares @ values
        tops.append(m)
        totals.append(total)
        factors.append(kept)
    return tops, totals, factors, output / total
