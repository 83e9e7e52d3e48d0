"""Runs of a copy of the model in which non-linear parts are replaced by the identity; the shared model is not touched.

The copy shares every weight. Its attention has a name of its own, because softmax is no module to be replaced.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from explorer.capture import progress
from explorer.capture.active import Recorder
from explorer.capture.attention import masked_scores
from explorer.capture.changes.variant import Variant
from explorer.capture.run import forward_pass
from explorer.errors import NotInThisModel
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle, layers_of, sharing_copy

NAME = "explorer-without-softmax"
PARTS = ("gelu", "softmax", "layernorm", "tanh")
# Architectures whose softmax can be exchanged, and in which nothing but these parts is not linear: others write their
# softmax out, or multiply two functions of the input (gates).
EXCHANGED = ("bert", "roberta", "xlm-roberta", "camembert", "distilbert", "electra", "albert", "gpt2")

# Modules of a layer that make up its feed-forward block, one after the other.
_BLOCK = ("intermediate", "output.dense")
_BLOCKS = {"distilbert": ("ffn",), "albert": ("ffn", "activation", "ffn_output"), "gpt2": ("mlp",)}

_held: ContextVar[Iterator[Tensor] | None] = ContextVar("explorer_held_weights", default=None)


@dataclass(frozen=True, eq=False)
class Outputs:
    """Last states and, where the model has a pooler, the pooled vector. They may have overflowed."""

    hidden: Float[Tensor, "B T D"]
    pooled: Float[Tensor, "B D"] | None


def outputs(
    handle: ModelHandle,
    encoded: Encoded,
    words: Float[Tensor, "B T D"],
    without: Sequence[str] = (),
    held: Sequence[Tensor] | None = None,
) -> Outputs:
    """Run on these word vectors (positions and segments are the text's) without some of `PARTS`.

    held: attention probabilities of every layer, used in place of those that the run would compute itself.

    Raises:
        NoWeights: for a model of kind `meta`.
        NotInThisModel: for an architecture that is not in `EXCHANGED`.
    """
    _require(handle)
    model = _clone(handle, frozenset(without), held is not None)
    segments = encoded.segments.expand(len(words), -1)
    mask = encoded.mask.expand(len(words), -1)
    with progress.expected(handle.dims.n_layers), forward_pass(Recorder(Variant())), _holding(held):
        found = model(inputs_embeds=words, attention_mask=mask, token_type_ids=segments)
    return Outputs(found.last_hidden_state, getattr(found, "pooler_output", None))


def word_vectors(handle: ModelHandle, encoded: Encoded) -> Float[Tensor, "B T D"]:
    """The rows of the word table, before anything is added."""
    return handle.words.detach()[encoded.ids]


def feed_forward(
    handle: ModelHandle, number: int, x: Float[Tensor, "N D"], without: Sequence[str] = ()
) -> Float[Tensor, "N D"]:
    """The feed-forward block of one layer on inputs of one's own, without residual and LayerNorm.

    Raises:
        NoWeights, NotInThisModel: as `outputs`.
    """
    _require(handle)
    model = _clone(handle, frozenset(without), False)
    layer = layers_of(model, handle.sites, handle.dims)[number]
    with forward_pass(Recorder(Variant())):
        for path in _BLOCKS.get(handle.config.model_type, _BLOCK):
            x = layer.get_submodule(path)(x)
    return x


def activation(handle: ModelHandle, x: Float[Tensor, " N"]) -> Float[Tensor, " N"]:
    """The function that bends every entry in the feed-forward blocks of a model that `feed_forward` takes."""
    layer = handle.layers[0]
    bend: Any = next(module for module in layer.modules() if _part(module) == "gelu")
    with torch.no_grad():
        return torch.as_tensor(bend(x.to(handle.device))).cpu()


def _require(handle: ModelHandle) -> None:
    handle.require_weights()
    if handle.config.model_type not in EXCHANGED:
        raise NotInThisModel(model=handle.config.model_type, reason="not_exchanged")


def _clone(handle: ModelHandle, without: frozenset[str], held: bool) -> Any:
    if unknown := without - set(PARTS):
        raise ValueError(f"no such parts: {sorted(unknown)}")
    model: Any = sharing_copy(handle.base)
    for module in list(model.modules()):
        for name, child in list(module.named_children()):
            if _part(child) in without:
                setattr(module, name, nn.Identity())
    if held or "softmax" in without:
        model.set_attn_implementation(NAME)
    return model


def _part(module: nn.Module) -> str | None:
    """Which of the non-linear parts a module is."""
    kind = type(module)
    if "Norm" in kind.__name__:
        return "layernorm"
    if kind is nn.Tanh:
        return "tanh"
    return "gelu" if kind.__module__ in ("transformers.activations", "torch.nn.modules.activation") else None


@contextmanager
def _holding(weights: Sequence[Tensor] | None) -> Iterator[None]:
    token = _held.set(None if weights is None else iter(weights))
    try:
        yield
    finally:
        _held.reset(token)


def attention(
    module: nn.Module,
    query: Float[Tensor, "B H Tq K"],
    key: Float[Tensor, "B H Tk K"],
    value: Float[Tensor, "B H Tk K"],
    attention_mask: Float[Tensor, "..."] | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention whose weights are the scores themselves, masked ones 0; or the held weights, layer by layer."""
    held = _held.get()
    if held is not None:
        weights = next(held)
    else:
        weights = masked_scores(query, key, query.shape[-1] ** -0.5 if scaling is None else scaling)
        if attention_mask is not None:
            weights = weights.masked_fill(attention_mask < torch.finfo(weights.dtype).min / 2, 0)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


AttentionInterface.register(NAME, attention)
AttentionMaskInterface.register(NAME, eager_mask)
