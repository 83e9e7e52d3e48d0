"""Who looks at all heads while a layer runs: what needs every matrix needs it only while it is in the cache.

A run shows its heads to one look or to none, and then costs what the model costs. What was not looked at in the run can
be looked at later: `replay.look_again` runs the attention of each layer from the inputs that the run has kept.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.capture.changes.rules import ScoreRule
from explorer.capture.changes.variant import Variant


class LookedAt(Exception):
    """Ends the forward of a layer whose heads have been seen, where nothing else of it is wanted."""


@dataclass(frozen=True, eq=False)
class Block:
    """Some heads of one layer, under one variant.

    scores: q kᵀ, scaled and masked, before softmax; the look may write into them. probs: nobody writes into these.
    q, k: of these heads. factor: what q·k was multiplied with. n_heads: of the whole layer. variant: the one among the
        look's `others`, or None for the run's own. rule: the rule of the score in this layer.
    """

    layer: int
    heads: slice
    n_heads: int
    scores: Float[Tensor, "B h Tq Tk"]
    probs: Float[Tensor, "B h Tq Tk"]
    q: Float[Tensor, "B h Tq K"]
    k: Float[Tensor, "B h Tk K"]
    factor: float
    variant: Variant | None = None
    rule: ScoreRule | None = None

    @property
    def shares(self) -> bool:
        """Whether the weights of a row are the softmax of its scores, and so add up to 1."""
        return self.rule is None or self.rule.shares

    @property
    def is_first(self) -> bool:
        """Whether no head of this layer was shown before."""
        return bool(self.heads.start == 0)

    @property
    def is_last(self) -> bool:
        """Whether all heads of this layer have now been shown."""
        return bool(self.heads.stop >= self.n_heads)


@runtime_checkable
class Look(Protocol):
    """Sees every head of every layer, in order.

    others: variants under which it is shown the same q and k as well, each block before the run's own.
    """

    @property
    def others(self) -> tuple[Variant, ...]:
        """See above."""

    @property
    def seen(self) -> bool:
        """Whether it was shown anything yet."""

    def see(self, block: Block) -> None:
        """What it keeps of a block it must copy or reduce: the next one is written into the same memory."""


class Together:
    """Several looks at one run; all but the last leave the scores as they are, and none has `others`."""

    others: tuple[Variant, ...] = ()

    def __init__(self, *looks: Look) -> None:
        self._looks = looks

    @property
    def seen(self) -> bool:
        """Whether they were shown anything yet."""
        return self._looks[-1].seen

    def see(self, block: Block) -> None:
        """Show it to each."""
        for look in self._looks:
            look.see(block)


class Probabilities:
    """The look that copies all probabilities: for one layer, of a long text they are megabytes."""

    others: tuple[Variant, ...] = ()

    def __init__(self) -> None:
        self._blocks: list[Tensor] = []

    @property
    def seen(self) -> bool:
        """Whether it was shown anything yet."""
        return bool(self._blocks)

    def see(self, block: Block) -> None:
        """Keep these."""
        self._blocks.append(block.probs.clone())

    @property
    def probs(self) -> Float[Tensor, "B H Tq Tk"]:
        """Of the layer that was shown."""
        return torch.cat(self._blocks, 1)
