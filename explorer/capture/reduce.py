"""Matrices of probabilities, reduced to what overviews need while they are in the processor's cache."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn.functional import max_pool1d, pad

from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Block
from explorer.capture.records import Heads

# Cells along a thumbnail's side, at most: 144 heads then travel as 590 kB at any length.
SIDE = 64
ROWS = (
    "entropy", "max_prob", "trace_jacobian", "to_first", "to_last", "to_self", "to_previous", "to_next",
)  # fmt: skip
# Cells of the scores that are reduced at a time.
PIECE = 2**17


def block_side(n_tokens: int) -> int:
    """Tokens that share one cell of a thumbnail."""
    return -(-n_tokens // SIDE)


class Overview:
    """The look whose result is `records.Heads`; the names of the reductions are those of its fields."""

    others: tuple[Variant, ...] = ()

    def __init__(self, n_layers: int, last: list[int]) -> None:
        """last: of each text, the place of its last token that is not padding, among those that are looked at."""
        self._n_layers, self._last, self._step = n_layers, last, 1
        self._rows: dict[str, Tensor] = {}

    @property
    def seen(self) -> bool:
        """Whether it was shown anything yet."""
        return bool(self._rows)

    @property
    def heads(self) -> Heads:
        """All layers."""
        return Heads(thumbnails=self._thumbnails, step=self._step, **self._rows)

    def _room(self, like: Float[Tensor, "B h Tq Tk"], n_heads: int) -> None:
        """For the whole run at once: room that was used before costs less than new room."""
        batch, _, n_queries, n_keys = like.shape
        self._step = block_side(max(n_queries, n_keys))
        self._piece = max(1, PIECE // (batch * like.shape[1] * n_keys) // self._step) * self._step
        down, across = -(-n_queries // self._step), -(-n_keys // self._step)
        self._rows = {name: like.new_zeros(self._n_layers, batch, n_heads, n_queries) for name in ROWS}
        self._totals = like.new_ones(batch, n_heads, n_queries)
        self._high = like.new_empty(batch, n_heads, down, n_keys)
        self._thumbnails = like.new_empty(self._n_layers, batch, n_heads, down, across, dtype=torch.uint8)

    def see(self, block: Block) -> None:
        """Reduce these heads, in place: nothing of their size is copied."""
        if not self._rows:
            self._room(block.probs, block.n_heads)
        into = {name: rows[block.layer][:, block.heads] for name, rows in self._rows.items()}
        probs = block.probs
        into["to_first"].copy_(probs[..., 0])
        into["to_last"].copy_(self._to_last(probs))
        if probs.shape[2] == probs.shape[3]:  # the tokens of another text are nobody's neighbours
            into["to_self"].copy_(probs.diagonal(dim1=2, dim2=3))
            into["to_previous"][..., 1:] = probs.diagonal(-1, 2, 3)
            into["to_next"][..., :-1] = probs.diagonal(1, 2, 3)
        high = self._high[:, block.heads]
        for first in range(0, probs.shape[2], self._piece):
            rows = slice(first, first + self._piece)
            p, s = probs[:, :, rows], block.scores[:, :, rows]
            torch.amax(p, -1, out=into["max_prob"][..., rows])
            if not block.shares:
                self._totals[:, block.heads, rows] = p.sum(-1)
            torch.linalg.vector_norm(p, dim=-1, out=into["trace_jacobian"][..., rows])
            largest_in_rows(p, self._step, high[:, :, first // self._step : -(-rows.stop // self._step)])
            # log Z - Σ p s with the row's largest score at 0: no logarithm of T² cells, and no cancellation, because
            # every term is ≥ 0 (a masked cell is 0 · -3.4e38 = 0).
            if block.shares:
                torch.sum(s.sub_(s.amax(-1, keepdim=True)).mul_(p), -1, out=into["entropy"][..., rows])
            else:
                into["entropy"][..., rows] = -share_entropy(p) - into["max_prob"][..., rows].log()
        if block.is_last:
            self._finish(block.layer)

    def _to_last(self, probs: Float[Tensor, "B h Tq Tk"]) -> Float[Tensor, "B h Tq"]:
        if len(set(self._last)) == 1:
            return probs[..., self._last[0]]
        return torch.stack([one[..., last] for one, last in zip(probs, self._last, strict=True)])

    def _finish(self, layer: int) -> None:
        """What is done for all heads of a layer at once."""
        rows = {name: values[layer] for name, values in self._rows.items()}
        rows["entropy"].add_(rows["max_prob"].log()).neg_()
        rows["trace_jacobian"].square_().neg_().add_(self._totals)
        self._totals.fill_(1)
        self._thumbnails[layer] = thumbnail(self._high, self._step)


def share_entropy(weights: Float[Tensor, "... n"]) -> Float[Tensor, "..."]:
    """Entropy in nats of what each key has of its row's sum; 0 log 0 = 0. For weights that do not add up to 1."""
    shares = weights / weights.sum(-1, keepdim=True).clamp_min(torch.finfo(weights.dtype).tiny)
    of_keys: Tensor = torch.special.entr(shares)
    return of_keys.sum(-1)


def largest_in_rows(probs: Float[Tensor, "B h Tq Tk"], step: int, out: Float[Tensor, "B h tq Tk"]) -> None:
    """Largest probability of each `step` rows: neighbouring cells of a row are reduced side by side, which is fast."""
    if step == 1:
        out.copy_(probs)
        return
    whole = probs.shape[2] // step
    if whole:
        torch.amax(probs[:, :, : whole * step].unflatten(2, (whole, step)), 3, out=out[:, :, :whole])
    if whole * step < probs.shape[2]:
        torch.amax(probs[:, :, whole * step :], 2, keepdim=True, out=out[:, :, whole:])


def thumbnail(rows: Float[Tensor, "B H tq Tk"], step: int) -> UInt8[Tensor, "B H tq tk"]:
    """Largest probability of each step x step block, as round(255 · √p) in eight bits; rows: see `largest_in_rows`."""
    shape = rows.shape[:3]
    if step > 1:
        rows = max_pool1d(pad(rows, (0, -rows.shape[3] % step)).flatten(0, 2), step).view(*shape, -1)
    return rows.sqrt().mul_(255).round_().to(torch.uint8)
