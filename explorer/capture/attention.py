"""The one attention function: softmax(q kᵀ · scale + mask) v (Vaswani et al. 2017, equation 1).

Registered with transformers under one name, for every model. With no run active it hands on to PyTorch's fused
kernel; with a run active it applies the run's Variant and writes down what was asked for. It works on a few heads at a
time, so that their matrices stay in the processor's cache, which makes it nearly as fast as the fused kernel; the
result is equal to the last bit to transformers' own eager function.
"""

from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import softmax
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import eager_mask

from explorer.capture.active import Recorder, active
from explorer.capture.changes.rules import ScoreRule, visible_keys
from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Block, LookedAt

NAME = "explorer"

# Cells of the score matrix that are worked on at a time: 1 MiB in float32, about a core's second-level cache.
CELLS = 2**18


def attention(
    module: torch.nn.Module,
    query: Float[Tensor, "B H Tq K"],
    key: Float[Tensor, "B Hk Tk K"],
    value: Float[Tensor, "B Hk Tk Kv"],
    attention_mask: Float[Tensor, "..."] | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """The function that transformers calls in every attention module; returns the context vectors."""
    recorder = active()
    if recorder is None and kwargs.get("softcap") is None:  # the fused kernel knows no cap
        output: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
        return output
    groups = getattr(module, "num_key_value_groups", 1)
    key, value = repeat_kv(key, groups), repeat_kv(value, groups)
    own = query.shape[-1] ** -0.5 if scaling is None else scaling
    added = Added(attention_mask, kwargs.get("position_bias"), kwargs.get("softcap"))
    if recorder is None or not recorder.watches(module):
        probs = softmax(masked_scores(query, key, own, added.mask, None, added.bias, added.cap), dim=-1)
        return torch.matmul(probs, value).transpose(1, 2).contiguous(), None
    return _watched(recorder, query, key, value, added, own), None


@dataclass(frozen=True, eq=False)
class Added:
    """What happens to scaled scores before softmax: cut off softly at `cap`, then a bias (T5) and a mask added."""

    mask: Tensor | None = None
    bias: Tensor | None = None
    cap: float | None = None


def _watched(
    recorder: Recorder,
    q: Float[Tensor, "B H Tq K"],
    k: Float[Tensor, "B H Tk K"],
    v: Float[Tensor, "B H Tk Kv"],
    added: Added,
    own: float,
) -> Float[Tensor, "B Tq H Kv"]:
    layer, look = recorder.layer, recorder.look
    if recorder.only and look is None:
        raise LookedAt
    batch, n_heads, n_queries, _ = q.shape
    way = Way.under(recorder.variant, layer, own, q, k, added)
    recorder.factors.append(way.factor)
    if recorder.asked:
        recorder.causal.append(added.mask is not None and hides_later(added.mask <= torch.finfo(q.dtype).min / 2))
    others = [(other, Way.under(other, layer, own, q, k, added)) for other in (look.others if look else ())]
    keep = _room(recorder, q, k, v, way.bias) if recorder.keep else None
    context = q.new_empty(batch, n_queries, n_heads, v.shape[-1])
    in_place = not (torch.is_grad_enabled() and q.requires_grad)
    together = max(1, CELLS // (batch * n_queries * k.shape[2]))
    for first in range(0, n_heads, together):
        heads = slice(first, first + together)
        products = torch.matmul(q[:, heads], k[:, heads].mT)
        for other, changed in others:
            scores = changed.scores(q, k, products.detach().clone(), heads)
            probs = changed.probs(scores, heads)
            _show(recorder, heads, scores, probs, q, k, changed, other)
        scores = way.scores(q, k, products, heads)
        if keep is not None or look is not None or not in_place or way.rule is not None:
            probs = way.probs(scores, heads)
        else:
            probs = torch.softmax(scores, dim=-1, out=scores)
        if keep is not None:
            keep["scores"][:, heads], keep["probs"][:, heads] = scores, probs
        if not recorder.only:
            context[:, :, heads] = torch.matmul(probs, v[:, heads]).transpose(1, 2)
        if look is not None:
            _show(recorder, heads, scores if in_place else scores.clone(), probs, q, k, way)
    if recorder.only:
        raise LookedAt
    context[:, :, recorder.variant.ablated_heads(layer)] = 0
    if keep is not None:
        keep["context"] = context.transpose(1, 2)
    return context


@torch.no_grad()
def _show(
    recorder: Recorder,
    heads: slice,
    scores: Float[Tensor, "B h Tq Tk"],
    probs: Float[Tensor, "B h Tq Tk"],
    q: Float[Tensor, "B H Tq K"],
    k: Float[Tensor, "B H Tk K"],
    way: "Way",
    other: Variant | None = None,
) -> None:
    """Some heads to who looks; q and k are those of all heads."""
    seen = scores.detach(), probs.detach(), q[:, heads].detach(), k[:, heads].detach()
    assert recorder.look is not None
    recorder.look.see(Block(recorder.layer, heads, q.shape[1], *seen, way.factor, other, way.rule))


@dataclass(frozen=True, eq=False)
class Way:
    """How a layer makes scores of products q kᵀ under one variant."""

    factor: float
    mask: Tensor | None
    future: Tensor | None
    bias: Tensor | None
    cap: float | None
    rule: ScoreRule | None = None
    n_keys: Tensor | None = None

    @classmethod
    def under(cls, variant: Variant, layer: int, own: float, q: Tensor, k: Tensor, added: Added) -> "Way":
        """own: the model's factor; added: what the model does to the scores."""
        applies, bias = variant.applies(layer), added.bias
        future = future_of(q.shape[2], k.shape[2], q.device) if variant.causal and applies else None
        if bias is not None and applies and variant.temperature != 1:
            bias = bias / variant.temperature
        factor, rule = variant.factor(layer, own, q.shape[-1], q.shape[1]), variant.rule_in(layer)
        if rule is None:
            return cls(factor, added.mask, future, bias, added.cap)
        n_keys = visible_keys(q, k.shape[2], added.mask, future) if rule.counts_keys else None
        return cls(factor, added.mask, future, bias, rule.cap or added.cap, rule, n_keys)

    def scores(self, q: Tensor, k: Tensor, products: Float[Tensor, "B h Tq Tk"], heads: slice) -> Tensor:
        """Written over the products of these heads; q and k are those of all heads."""
        mask, bias, factor = of_heads(self.mask, heads), of_heads(self.bias, heads), self.factor
        if self.rule is not None:
            products, factor = self.rule.products(q, k, factor, heads) or (products, factor)
        if self.rule is None or self.n_keys is None:
            return scores_of(products, factor, mask, self.future, bias, self.cap)
        term = self.rule.plus_log_n * self.n_keys.log()
        bias = term if bias is None else bias + term
        return scores_of(products, self.rule.grown(factor, self.n_keys), mask, self.future, bias, self.cap)

    def probs(self, scores: Float[Tensor, "B h Tq Tk"], heads: slice) -> Float[Tensor, "B h Tq Tk"]:
        """The weights that these masked scores give."""
        return softmax(scores, dim=-1) if self.rule is None else self.rule.weights_of(scores, heads)


def masked_scores(
    q: Float[Tensor, "... Tq K"],
    k: Float[Tensor, "... Tk K"],
    factor: float,
    mask: Float[Tensor, "..."] | None = None,
    future: Bool[Tensor, "Tq Tk"] | None = None,
    bias: Float[Tensor, "..."] | None = None,
    cap: float | None = None,
) -> Float[Tensor, "... Tq Tk"]:
    """q kᵀ · factor + bias + mask, in the order of transformers' eager functions."""
    return scores_of(torch.matmul(q, k.mT), factor, mask, future, bias, cap)


def scores_of(
    products: Float[Tensor, "... Tq Tk"],
    factor: float | Tensor,
    mask: Float[Tensor, "..."] | None = None,
    future: Bool[Tensor, "Tq Tk"] | None = None,
    bias: Float[Tensor, "..."] | None = None,
    cap: float | None = None,
) -> Float[Tensor, "... Tq Tk"]:
    """The same of the products q kᵀ, written over them: a copy would leave the processor's cache."""
    scores = products.mul_(factor)
    if cap is not None:
        scores = (scores / cap).tanh() * cap
    if bias is not None:
        scores = scores.add_(bias)
    if mask is not None:
        scores = scores.add_(mask)
    if future is not None:
        scores = scores.masked_fill_(future, torch.finfo(scores.dtype).min)
    return scores


def of_heads(mask: Tensor | None, heads: slice) -> Tensor | None:
    """The part of a mask or bias that has one matrix for each head; one for all heads as it is."""
    return mask if mask is None or mask.shape[1] == 1 else mask[:, heads]


def hides_later(hidden: Bool[Tensor, "..."]) -> bool:
    """Whether a mask lets no query of the text look at a later one; hidden: B or 1, H or 1, Tq or 1, Tk."""
    return hidden.shape[-2] == hidden.shape[-1] > 1 and bool((hidden | ~future_like(hidden)).all())


def future_like(hidden: Tensor) -> Bool[Tensor, "Tq Tk"]:
    """True at the keys that stand after a query."""
    return future_of(hidden.shape[-2], hidden.shape[-1], hidden.device)


def future_of(n_queries: int, n_keys: int, device: torch.device) -> Bool[Tensor, "Tq Tk"]:
    return torch.ones(n_queries, n_keys, dtype=torch.bool, device=device).triu(1 + n_keys - n_queries)


def _room(recorder: Recorder, q: Tensor, k: Tensor, v: Tensor, bias: Tensor | None) -> dict[str, Tensor]:
    matrix = (*q.shape[:3], k.shape[2])
    recorder.tensors |= {"q": q, "k": k, "v": v, "scores": q.new_empty(matrix), "probs": q.new_empty(matrix)}
    if bias is not None and bool(bias.any()):  # T5's cross attention adds zeros
        recorder.tensors["bias"] = bias.expand(matrix)
    return recorder.tensors


# Both under the same name: without the mask function transformers passes no mask and padding is attended, silently.
AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, eager_mask)
