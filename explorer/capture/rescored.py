"""A replayed layer's scores and weights once more, under another variant: the same q and k, no forward pass."""

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.capture.attention import Added, Way
from explorer.capture.changes.variant import Variant
from explorer.capture.records import LayerCapture


@torch.no_grad()
def rescored(
    layer: LayerCapture, variant: Variant, head: int, n: int, times: float = 1.0
) -> tuple[Float[Tensor, "n n"], Float[Tensor, "n n"]]:
    """Scores and weights of one head among its first n tokens (post-hoc); hidden cells hold about -3.4e38.

    times: q and k are first multiplied by its root, so q·k by it. A bias of which the factor is a part (XLNet) keeps
        its own factor.
    """
    q, k = (x[:1, :, :n] * times**0.5 for x in (layer.q, layer.k))
    mask = torch.zeros_like(layer.scores[:1, :, :n, :n])
    mask = mask.masked_fill(~layer.visible[:1, :, :n, :n], torch.finfo(mask.dtype).min)
    bias = None if layer.bias is None else layer.bias[:1, :, :n, :n]
    way = Way.under(variant, layer.layer, layer.factor, q, k, Added(mask, bias))
    heads = slice(head, head + 1)
    scores = way.scores(q, k, q[:, heads] @ k[:, heads].mT, heads)
    return scores[0, 0], way.probs(scores, heads)[0, 0]
