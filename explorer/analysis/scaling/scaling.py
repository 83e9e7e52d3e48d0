"""One head both ways: the same q and k with the model's factor and with another one (post-hoc)."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.analysis.info import Message
from explorer.analysis.jacobian import dead_rows, entropy, max_prob
from explorer.capture.attention import masked_scores
from explorer.capture.scene import Scene
from explorer.errors import FactorInvalid, NotInThisModel

# Stands for minus infinity where a key is hidden: a number, so that the browser can add to it.
HIDDEN = -1e30


@dataclass(frozen=True, eq=False)
class HeadBothWays:
    """products: what a factor multiplies, q·k and in some models a term for the distance, queries x keys.

    added: what is added afterwards: a bias for the distance (T5), `HIDDEN` where the query may not look, else 0.
    own, changed: probabilities with either factor.

    peaked, dead, keys: (own, changed) share of rows over 0.9, share of dead rows, mean effective number of keys.
    difference: largest difference between `own` as computed here and what the model's layer gave.
    """

    layer: int
    head: int
    tokens: tuple[str, ...]
    own_factor: float
    factor: float
    d_head: int
    products: np.ndarray
    own: np.ndarray
    changed: np.ndarray
    peaked: tuple[float, float]
    dead: tuple[float, float]
    keys: tuple[float, float]
    difference: float
    added: np.ndarray

    @property
    def widest_row(self) -> int:
        """The query that the model lets look furthest around: there a larger factor has most to take away."""
        return int((self.own**2).sum(1).argmin())

    def table(self) -> pd.DataFrame:
        """One row for each query and key."""
        n = len(self.tokens)
        post_hoc = f"post-hoc factor {self.factor:.4g}"
        own = f"model's factor {self.own_factor:.4g}"
        return pd.DataFrame(
            {
                "query": np.repeat(np.arange(n), n),
                "query token": np.repeat(self.tokens, n),
                "key": np.tile(np.arange(n), n),
                "key token": np.tile(self.tokens, n),
                "q·k": self.products.ravel(),
                f"score, {own}": self.scores(self.own_factor),
                f"score, {post_hoc}": self.scores(self.factor),
                f"probability, {own}": self.own.ravel(),
                f"probability, {post_hoc}": self.changed.ravel(),
            }
        )

    def scores(self, factor: float) -> np.ndarray:
        """Scores with this factor, flat; NaN where the query may not look."""
        found: np.ndarray = np.where(self.added > HIDDEN / 2, self.products * factor + self.added, np.nan).ravel()
        return found

    def reading(self) -> Message:
        """Rows over 0.9 and effective keys, before and after; or both sides have one factor, or no row moves."""
        facts: dict[str, object] = {"layer": self.layer, "head": self.head, "n": len(self.tokens)}
        for name in ("peaked", "dead", "keys"):
            facts[name], facts[f"{name}_changed"] = getattr(self, name)
        facts["temperature"] = self.own_factor / self.factor
        if self.factor == self.own_factor:
            return "scaling.reading.same", facts
        own, changed = self.keys
        if np.abs(self.changed - self.own).max() < 1e-6:
            return "scaling.reading.unmoved", facts
        return ("scaling.reading.sharper" if changed < own else "scaling.reading.flatter"), facts


def head_both_ways(scene: Scene, number: int, head: int, factor: float) -> HeadBothWays:
    """One head of a layer under its own factor and under another. Padding is left out.

    Raises:
        NotInThisModel: for cross attention.
    """
    if scene.keys is not scene.encoded:
        raise NotInThisModel(model=scene.handle.spec.source, reason="cross_square")
    layer = scene.layer(number)
    if math.isclose(factor, layer.factor, rel_tol=1e-5):
        factor = layer.factor  # a link carries six digits
    n = scene.encoded.n_tokens
    q, k = layer.q[:, head, :n], layer.k[:, head, :n]
    products, added = masked_scores(q, k, 1.0)[0], torch.zeros_like(q[0, :, :1]).expand(n, n)
    if layer.bias is not None and layer.bias_scaled:
        products = products + layer.bias[0, head, :n, :n] / layer.factor
    elif layer.bias is not None:
        added = layer.bias[0, head, :n, :n]
    added = added.masked_fill(~layer.visible[0, head, :n, :n], HIDDEN)
    both = [(products * f + added).softmax(-1) for f in (layer.factor, factor)]
    return HeadBothWays(
        layer=layer.layer,
        head=head,
        tokens=scene.encoded.tokens,
        own_factor=layer.factor,
        factor=factor,
        d_head=q.shape[-1],
        products=products.float().cpu().numpy(),
        added=added.float().cpu().numpy(),
        own=both[0].cpu().numpy(),
        changed=both[1].cpu().numpy(),
        peaked=_pair([(max_prob(p) > 0.9).float().mean() for p in both]),
        dead=_pair([dead_rows(p).float().mean() for p in both]),
        keys=_pair([entropy(p).exp().mean() for p in both]),
        difference=float((both[0] - layer.probs[0, head, :n, :n]).abs().max()),
    )


def other_factor(own: float, d: int) -> float:
    """What stands beside a model's own factor until another one is chosen: no scale, or 1/√d where it has none."""
    return d**-0.5 if math.isclose(own, 1, rel_tol=1e-5) else 1.0


def valid_factor(text: str | None, default: float, lowest: float) -> float:
    """The factor that a link asks for, between `lowest` and 1.

    Raises:
        FactorInvalid: for text, nan, zero, a negative or a larger number.
    """
    if text is None:
        return default
    try:
        factor = float(text)
    except ValueError as error:
        raise FactorInvalid(found=f"“{text[:20]}”", allowed=f"{lowest:.4g} … 1") from error
    if not lowest * (1 - 1e-3) <= factor <= 1 + 1e-3:
        raise FactorInvalid(found=f"“{text[:20]}”", allowed=f"{lowest:.4g} … 1")
    return min(max(factor, lowest), 1.0)


def _pair(values: list[torch.Tensor]) -> tuple[float, float]:
    return float(values[0]), float(values[1])
