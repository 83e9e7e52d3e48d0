"""What is read while a model trains: the gradients of W_Q, W_K and W_V, and how saturated the attention is."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from explorer.analysis.measures import dead_under
from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Block
from explorer.capture.reduce import share_entropy
from explorer.training.dials import Dials

PROJECTIONS = ("query", "key", "value")


class Instruments:
    """The look that reads the attention of a batch, all its texts, without padding; then the gradients."""

    others: tuple[Variant, ...] = ()

    def __init__(self, mask: Int[Tensor, "B T"]) -> None:
        self._real = mask.bool()[:, None, :]
        self._layers: list[list[tuple[Tensor, Tensor, Tensor]]] = []

    @property
    def seen(self) -> bool:
        """Whether it was shown anything yet."""
        return bool(self._layers)

    def see(self, block: Block) -> None:
        """Read these heads."""
        if block.is_first:
            self._layers.append([])
        keys = visible(block.scores)
        n_keys = keys.sum(-1)
        rows = self._real & (n_keys > 1)
        probs = block.probs[rows]
        entropy = share_entropy(probs) / n_keys[rows].log()
        self._layers[-1].append((entropy, block.scores[keys].amax(), dead_under(probs, block.rule).float()))

    def dials(self, model: Any) -> Dials:
        """After the backward pass."""
        attention = [layer.attention.self for layer in model.bert.encoder.layer]
        norms = ([float(getattr(one, name).weight.grad.norm()) for one in attention] for name in PROJECTIONS)
        means = [[torch.cat([part[at] for part in blocks]).mean().item() for blocks in self._layers] for at in (0, 2)]
        largest = [max(part[1].item() for part in blocks) for blocks in self._layers]
        w_q, w_k, w_v, entropy, top, dead = (tuple(one) for one in (*norms, means[0], largest, means[1]))
        return Dials(w_q, w_k, w_v, entropy, top, dead)


def visible(scores: Float[Tensor, "... Tq Tk"]) -> Bool[Tensor, "... Tq Tk"]:
    """Where a query may look: no mask lies on the score."""
    return scores > torch.finfo(scores.dtype).min / 2
