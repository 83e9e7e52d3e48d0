"""Where the network is not linear: each non-linear part replaced by the identity, on the real model."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cosine_similarity

from explorer.analysis.info import Message
from explorer.capture.changes.linear import PARTS, Outputs, outputs, word_vectors
from explorer.capture.scene import Scene

# Name → what is replaced. "linear" also holds the attention weights at those of the text: then nothing is left that
# multiplies one function of the input with another.
WAYS: Mapping[str, tuple[str, ...]] = {
    "model": (), **{part: (part,) for part in PARTS}, "all": PARTS, "linear": PARTS,
}  # fmt: skip


@dataclass(frozen=True)
class Replaced:
    """One run; nan where it overflowed.

    distance: 1 - cosine of a state with the model's own, mean over tokens. pooled: the same of the pooled vector.
    rank: effective number of directions in which the tokens' states differ.
    bend: how far f(½x) is from halfway between f(0) and f(x), where x are the word vectors; 0 for a linear map.
    """

    name: str
    distance: float
    pooled: float
    rank: float
    bend: float


@dataclass(frozen=True, eq=False)
class NonLinear:
    """One run for each of `WAYS`."""

    runs: tuple[Replaced, ...]

    def __getitem__(self, name: str) -> Replaced:
        return next(run for run in self.runs if run.name == name)

    def table(self) -> pd.DataFrame:
        """One row a run."""
        return pd.DataFrame(
            {
                "replaced by the identity": [run.name for run in self.runs],
                "1 - cosine of the states": [run.distance for run in self.runs],
                "1 - cosine of the pooled vector": [run.pooled for run in self.runs],
                "effective rank of the states": [run.rank for run in self.runs],
                "distance from straight": [run.bend for run in self.runs],
            }
        )

    def reading(self) -> Message:
        """Ranks, and how straight the network is with and without its non-linear parts."""
        facts: dict[str, object] = {f"{name}_rank": self[name].rank for name in ("model", "gelu", "softmax")}
        facts |= {"layernorm_rank": self["layernorm"].rank, "tanh": self["tanh"].pooled}
        key = "questions.reading.nonlinear" if np.isfinite(self["model"].pooled) else "questions.reading.nonlinear_bare"
        return key, {**facts, "bend": self["model"].bend, "linear": self["linear"].bend}


def nonlinear(scene: Scene) -> NonLinear:
    """Run every way; where all is linear, attention is that of the untouched run.

    Raises:
        NoWeights, NotInThisModel: as `outputs`.
    """
    handle, encoded = scene.handle, scene.encoded
    probs = [layer.probs for layer in scene.layers()]
    x = word_vectors(handle, encoded)
    three = torch.cat([x, torch.zeros_like(x), x / 2])
    found = {
        name: outputs(handle, encoded, three, parts, probs if name == "linear" else None)
        for name, parts in WAYS.items()
    }
    own = found["model"]
    return NonLinear(tuple(_replaced(name, run, own) for name, run in found.items()))


def _replaced(name: str, run: Outputs, own: Outputs) -> Replaced:
    x, zero, half = run.hidden.double()
    pooled = float("nan")
    if run.pooled is not None and own.pooled is not None:
        pooled = _distance(run.pooled[:1], own.pooled[:1])
    return Replaced(name, _distance(run.hidden[0], own.hidden[0]), pooled, effective_rank(x), _bend(x, zero, half))


def _distance(a: Float[Tensor, "N D"], b: Float[Tensor, "N D"]) -> float:
    if not a.isfinite().all():
        return float("nan")
    return max(0.0, 1 - float(cosine_similarity(a.double(), b.double(), dim=-1).mean()))


def _bend(x: Float[Tensor, "T D"], zero: Float[Tensor, "T D"], half: Float[Tensor, "T D"]) -> float:
    apart = (x - zero).norm() / 2
    return float((half - (x + zero) / 2).norm() / apart) if bool(x.isfinite().all()) else float("nan")


def effective_rank(states: Float[Tensor, "T D"]) -> float:
    """exp of the entropy of the shares of variance along the principal directions (Roy and Vetterli 2007, of squared
    singular values, around the mean); 0 when all rows are equal, nan when a value has overflowed."""
    if not states.isfinite().all():
        return float("nan")
    variance = torch.linalg.svdvals((states - states.mean(0)).double()) ** 2
    total = float(variance.sum())
    if total <= 0 or not np.isfinite(total):
        return 0.0 if total <= 0 else float("nan")
    shares = (variance / total).clamp_min(1e-300)
    return float(torch.exp(-(shares * shares.log()).sum()))
