"""Matrices of probabilities, reduced to what overviews need while they are in the processor's cache."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import pad

# Cells along a thumbnail's side, at most: 144 heads then travel as 590 kB at any length.
SIDE = 64


def block(n_tokens: int) -> int:
    """Tokens that share one cell of a thumbnail."""
    return -(-n_tokens // SIDE)


class Reducer:
    """Collects the reductions of one layer, some heads at a time; field names are those of `records.Heads`."""

    def __init__(self, shape: tuple[int, int, int, int], like: Tensor, n_real: Tensor | None) -> None:
        """shape: of the layer's probabilities, B H Tq Tk. like: a tensor of their kind on their device."""
        batch, n_heads, n_queries, n_keys = shape
        self.step = block(max(n_queries, n_keys))
        side = (-(-n_queries // self.step), -(-n_keys // self.step))
        rows = ("entropy", "max_prob", "trace_jacobian")
        weights = ("to_first", "to_last", "to_self", "to_previous", "to_next")
        self.out = {name: like.new_zeros(batch, n_heads, n_queries) for name in rows + weights}
        self.out["thumbnails"] = torch.empty(batch, n_heads, *side, dtype=torch.uint8, device=like.device)
        self.last = n_real - 1 if n_real is not None else torch.full((batch,), n_keys - 1, device=like.device)

    def add(self, heads: slice, scores: Float[Tensor, "B h Tq Tk"], probs: Float[Tensor, "B h Tq Tk"]) -> None:
        """Reduce these heads."""
        out = {name: tensor[:, heads] for name, tensor in self.out.items()}
        out["max_prob"].copy_(probs.amax(-1))
        # log Z - Σ p s with the row's largest score at 0: no logarithm of T² cells, and no cancellation, because
        # every term is ≥ 0 (a masked cell is 0 · -3.4e38 = 0).
        shifted = scores - scores.amax(-1, keepdim=True)
        out["entropy"].copy_(-(shifted * probs).sum(-1) - out["max_prob"].log())
        out["trace_jacobian"].copy_(1 - torch.linalg.vector_norm(probs, dim=-1).square())
        out["to_first"].copy_(probs[..., 0])
        out["to_last"].copy_(probs.gather(3, self.last.view(-1, 1, 1, 1).expand(*probs.shape[:3], 1))[..., 0])
        if probs.shape[2] == probs.shape[3]:  # the tokens of another text are nobody's neighbours
            out["to_self"].copy_(probs.diagonal(dim1=2, dim2=3))
            out["to_previous"][..., 1:] = probs.diagonal(-1, 2, 3)
            out["to_next"][..., :-1] = probs.diagonal(1, 2, 3)
        out["thumbnails"].copy_(thumbnail(probs, self.step))

    def done(self) -> dict[str, Tensor]:
        """The layer's reductions, each with a leading batch and head axis."""
        return self.out


def thumbnail(probs: Float[Tensor, "B h Tq Tk"], step: int) -> UInt8[Tensor, "B h tq tk"]:
    """Largest probability of each step x step block, as round(255 · √p) in eight bits."""
    if step > 1:
        n_queries, n_keys = probs.shape[2:]
        probs = pad(probs, (0, -n_keys % step, 0, -n_queries % step))
        # First down the rows, where neighbouring cells are reduced side by side, then along the few columns left.
        probs = probs.unflatten(2, (-1, step)).amax(3).unflatten(3, (-1, step)).amax(4)
    return (probs.sqrt() * 255).round().to(torch.uint8)
