"""The one attention function: softmax(q kᵀ · scale + mask) v (Vaswani et al. 2017, equation 1).

Registered with transformers under one name, for every model. With no run active it hands on to PyTorch's fused
kernel; with a run active it applies the run's Variant and writes down what was asked for. It works on a few heads at a
time, so that their matrices stay in the processor's cache, which makes it nearly as fast as the fused kernel; the
result is equal to the last bit to transformers' own eager function.
"""

from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn.functional import softmax
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv, sdpa_attention_forward
from transformers.masking_utils import eager_mask

from explorer.capture.active import Recorder, active
from explorer.capture.reduce import Reducer

NAME = "explorer"

# Cells of the score matrix that are worked on at a time: 1 MiB in float32, about a core's second-level cache.
CELLS = 2**18


def attention(
    module: torch.nn.Module,
    query: Float[Tensor, "B H Tq K"],
    key: Float[Tensor, "B Hk Tk K"],
    value: Float[Tensor, "B Hk Tk K"],
    attention_mask: Float[Tensor, "..."] | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """The function that transformers calls in every attention module; returns the context vectors."""
    recorder = active()
    if recorder is None:
        output: tuple[Tensor, None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout=dropout, scaling=scaling, **kwargs
        )
        return output
    groups = getattr(module, "num_key_value_groups", 1)
    key, value = repeat_kv(key, groups), repeat_kv(value, groups)
    d_head = query.shape[-1]
    own = d_head**-0.5 if scaling is None else scaling
    return _watched(recorder, query, key, value, attention_mask, own), None


def _watched(
    recorder: Recorder,
    q: Float[Tensor, "B H Tq K"],
    k: Float[Tensor, "B H Tk K"],
    v: Float[Tensor, "B H Tk K"],
    mask: Float[Tensor, "..."] | None,
    own: float,
) -> Float[Tensor, "B Tq H K"]:
    layer, variant = recorder.layer, recorder.variant
    batch, n_heads, n_queries, d_head = q.shape
    factor = variant.factor(layer, own, d_head)
    recorder.factors.append(factor)
    future = _future(n_queries, k.shape[2], q.device) if variant.causal and variant.applies(layer) else None
    ablated = variant.ablated_heads(layer)
    keep = _room(recorder, q, k, v) if recorder.keep else None
    reducer = Reducer(q, k, recorder.n_real) if recorder.reduce else None
    context = q.new_empty(batch, n_queries, n_heads, v.shape[-1])
    together = max(1, CELLS // (batch * n_queries * k.shape[2]))
    for first in range(0, n_heads, together):
        heads = slice(first, first + together)
        scores = masked_scores(q[:, heads], k[:, heads], factor, _of_heads(mask, heads), future)
        probs = softmax(scores, dim=-1)
        if keep is not None:
            keep["scores"][:, heads], keep["probs"][:, heads] = scores, probs
        if reducer is not None:
            reducer.add(heads, scores, probs)
        context[:, :, heads] = torch.matmul(probs, v[:, heads]).transpose(1, 2)
    context[:, :, ablated] = 0
    if keep is not None:
        keep["context"] = context.transpose(1, 2)
    if reducer is not None:
        recorder.reductions.append(reducer.done())
    return context


def masked_scores(
    q: Float[Tensor, "... Tq K"],
    k: Float[Tensor, "... Tk K"],
    factor: float,
    mask: Float[Tensor, "..."] | None = None,
    future: Bool[Tensor, "Tq Tk"] | None = None,
) -> Float[Tensor, "... Tq Tk"]:
    """q kᵀ · factor + mask, in the order of transformers' eager function."""
    scores = torch.matmul(q, k.mT) * factor
    if mask is not None:
        scores = scores + mask
    if future is not None:
        scores = scores.masked_fill(future, torch.finfo(scores.dtype).min)
    return scores


def _of_heads(mask: Tensor | None, heads: slice) -> Tensor | None:
    """The rows of a mask that has one for each head; a mask for all heads as it is."""
    return mask if mask is None or mask.shape[1] == 1 else mask[:, heads]


def _future(n_queries: int, n_keys: int, device: torch.device) -> Bool[Tensor, "Tq Tk"]:
    return torch.ones(n_queries, n_keys, dtype=torch.bool, device=device).triu(1 + n_keys - n_queries)


def _room(recorder: Recorder, q: Tensor, k: Tensor, v: Tensor) -> dict[str, Tensor]:
    matrix = (*q.shape[:3], k.shape[2])
    recorder.tensors |= {"q": q, "k": k, "v": v, "scores": q.new_empty(matrix), "probs": q.new_empty(matrix)}
    return recorder.tensors


# Both under the same name: without the mask function transformers passes no mask and padding is attended, silently.
AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, eager_mask)
