"""What a cosine is worth in a model: how alike it finds texts that have nothing to do with each other."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch

from explorer.capture.run import run
from explorer.home import ASSETS
from explorer.models.encode import encode
from explorer.models.handle import ModelHandle


@dataclass(frozen=True)
class Strangers:
    """Mean cosine of any two of some unrelated texts, after the last layer: of the means over all tokens (special ones
    included), and of the pooled vectors, None without a pooler."""

    mean: float
    pooled: float | None


def texts(handle: ModelHandle) -> tuple[str, ...]:
    """Six unrelated texts in the language that the tokenizer knows best: the fewest unknown pieces, then the fewest."""
    lists: dict[str, list[str]] = json.loads((ASSETS / "examples/strangers.json").read_text(encoding="utf-8"))
    best: list[str] = min(lists.values(), key=lambda found: _unfit(handle, found))
    return tuple(best)


def _unfit(handle: ModelHandle, found: list[str]) -> tuple[float, float]:
    read = [encode(handle, text) for text in found]
    pieces = sum(sum(not special for special in one.special) for one in read)
    return sum(one.n_unknown for one in read) / pieces, pieces / sum(map(len, found))


def strangers(handle: ModelHandle) -> Strangers:
    """Run the texts, 60 ms for the embedded model.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    seen = [run(handle, text) for text in texts(handle)]
    means = [one.hidden[-1][0, : one.encoded.n_tokens].mean(0) for one in seen]
    pooled = [one.pooled[0] for one in seen if one.pooled is not None]
    return Strangers(_mean_cosine(means), _mean_cosine(pooled) if pooled else None)


def _mean_cosine(vectors: Sequence[torch.Tensor]) -> float:
    pairs = [float(torch.cosine_similarity(a.double(), b.double(), dim=0)) for a, b in combinations(vectors, 2)]
    return float(np.mean(pairs))
