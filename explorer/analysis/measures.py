"""The measures of saturation, averaged over the rows of a head: the columns of every map and sweep."""

import math
from collections.abc import Collection

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.analysis.jacobian import DEAD, dead_rows, entropy, max_prob, trace_jacobian
from explorer.capture.changes.rules import ScoreRule
from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Block
from explorer.capture.reduce import share_entropy

# A row that gives more than this to one key counts as peaked.
PEAKED = 0.9

# Name → column heading with unit; the page's words for them are `saturation.measure.<name>`.
MEASURES = {
    "entropy": "entropy / log(keys)",
    "keys": "effective keys exp(entropy)",
    "max_prob": "mean largest probability",
    "peaked": "share of rows with a probability over 0.9",
    "trace": "mean trace of the Jacobian",
    "dead": "share of dead rows (spectral norm < 0.001)",
    "variance": "variance of q·k / d",
}


def row_measures(
    probs: Float[Tensor, "... T n"], products: Float[Tensor, "... T n"], d_head: int, only: str | None = None
) -> dict[str, Float[Tensor, "..."]]:
    """Every measure or `only` one, its mean over the rows. products: q·k before any factor."""
    n_keys = probs.shape[-1]
    rows = entropy(probs) if only in (None, "entropy", "keys") else probs[..., 0]
    top = max_prob(probs)
    measures = {
        "entropy": lambda: (rows / math.log(n_keys)).mean(-1) if n_keys > 1 else torch.ones_like(rows).mean(-1),
        "keys": lambda: rows.exp().mean(-1),
        "max_prob": lambda: top.mean(-1),
        "peaked": lambda: (top > PEAKED).float().mean(-1),
        "trace": lambda: trace_jacobian(probs).mean(-1),
        "dead": lambda: dead_rows(probs).float().mean(-1),
        "variance": lambda: products.flatten(-2).var(-1, correction=0) / d_head,
    }
    return {name: measure() for name, measure in measures.items() if only in (None, name)}


def dead_under(weights: Float[Tensor, "... n"], rule: ScoreRule | None) -> Bool[Tensor, "..."]:
    """`dead_rows` of any rule's weights: a sigmoid's Jacobian is diag(p(1 - p)), with a sink it is diag(p) - p pᵀ."""
    if rule is None or rule.weights == "softmax":
        return dead_rows(weights)
    return (weights * (1 - weights)).amax(-1) < DEAD


class HeadMeasures:
    """The look that takes these measures of all heads of the first text; padding is left out.

    By one pass over the scores while they are in the processor's cache. Against `row_measures` the entropy is summed
    over scores instead of over logarithms of probabilities, and the variance over q and k instead of over products:
    both agree to 1e-5 of their size, the other measures to 1e-6.
    """

    def __init__(
        self,
        n_tokens: int,
        n_keys: int | None = None,
        others: tuple[Variant, ...] = (),
        names: Collection[str] = MEASURES,
    ) -> None:
        """n_keys: of another text that is looked at. others: see `Look`. names: of the measures that are taken."""
        self.others, self._n, self._keys, self._names = others, n_tokens, n_keys or n_tokens, names
        self._found: dict[Variant | None, dict[str, list[list[Tensor]]]] = {}
        self.factors: list[float] = []

    @property
    def seen(self) -> bool:
        """Whether it was shown anything yet."""
        return bool(self._found)

    def of(self, variant: Variant | None = None) -> dict[str, Float[np.ndarray, "L H"]]:
        """Name → layers x heads, of the run itself or under one of the others."""
        return {
            name: torch.stack([torch.cat(blocks) for blocks in layers]).float().cpu().numpy()
            for name, layers in self._found[variant].items()
        }

    def see(self, block: Block) -> None:
        """Measure these heads."""
        n, keys, names = self._n, self._keys, self._names
        probs, scores = block.probs[0, :, :n, :keys], block.scores[0, :, :n, :keys]
        measures: dict[str, Tensor] = {}
        if "variance" in names:
            measures["variance"] = _variance(block.q[0, :, :n], block.k[0, :, :keys]) / block.q.shape[-1]
        if "dead" in names:
            measures["dead"] = dead_under(probs, block.rule).float().mean(-1)
        measures |= _by_rows(scores, probs, names, block.shares)
        found = self._found.setdefault(block.variant, {name: [] for name in MEASURES if name in names})
        for name, layers in found.items():
            if block.is_first:
                layers.append([])
            layers[-1].append(measures[name])
        if block.variant is None and block.is_first:
            self.factors.append(block.factor)


def _by_rows(
    scores: Float[Tensor, "h T n"], probs: Float[Tensor, "h T n"], names: Collection[str], shares: bool
) -> dict[str, Float[Tensor, " h"]]:
    """Means over the rows; the scores are written over."""
    found: dict[str, Tensor] = {}
    if not {"max_prob", "peaked", "entropy", "keys"}.isdisjoint(names):
        top, n_keys = max_prob(probs), probs.shape[-1]
        found = {"max_prob": top.mean(-1), "peaked": (top > PEAKED).float().mean(-1)}
    if "entropy" in names or "keys" in names:
        if shares:
            scores.sub_(scores.amax(-1, keepdim=True)).mul_(probs)  # see `Overview.see`
            rows = scores.sum(-1).add_(top.log()).neg_()
        else:
            rows = share_entropy(probs)
        found["entropy"] = (rows / math.log(n_keys)).mean(-1) if n_keys > 1 else torch.ones_like(rows).mean(-1)
        found["keys"] = rows.exp().mean(-1)
    if "trace" in names:
        # Σ p (1 - p): no term is negative.
        found["trace"] = torch.addcmul(probs, probs, probs, value=-1, out=scores).sum(-1).mean(-1)
    return found


def _variance(q: Float[Tensor, "h T K"], k: Float[Tensor, "h n K"]) -> Float[Tensor, " h"]:
    """Variance of all q·k of each head: Σ (q·k)² is the sum of QᵀQ ∘ KᵀK, two matrices of K x K."""
    q, k = q.double(), k.double()
    count = q.shape[1] * k.shape[1]
    mean = (q.sum(1) * k.sum(1)).sum(-1) / count
    squares = ((q.mT @ q) * (k.mT @ k)).sum((1, 2)) / count
    return (squares - mean.square()).clamp_min(0)
