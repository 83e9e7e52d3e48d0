"""What runs have shown: frozen records whose fields carry their shapes, shared by all visitors and never written to."""

from dataclasses import dataclass, fields
from typing import Any, Literal

import torch
from jaxtyping import Bool, Float, UInt8
from torch import Tensor

from explorer.capture.changes.variant import Variant
from explorer.models.encode import Encoded
from explorer.models.spec import ModelSpec


@dataclass(frozen=True, eq=False)
class LayerCall:
    """The arguments with which a layer was called, from which it can be replayed exactly.

    mixed: what a module between this layer and the next one was called with beside the layer's input and output.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    mixed: tuple[Any, ...] | None = None


@dataclass(frozen=True, eq=False)
class Heads:
    """Reductions of all attention probabilities, layers x heads: see `Scene.heads`.

    thumbnails: the largest probability of each block of `step` x `step` cells as round(255 · √p); read back by
        (u / 255)². The square root keeps small weights visible in eight bits.
    entropy: of each row, in nats. max_prob: largest entry of a row. trace_jacobian: 1 - Σp² of a row.
    to_first, to_last, to_self, to_previous, to_next: weight on that token; 0 where there is none. `last` is the last
        token that is not padding.
    Rows of padding queries are filled like any other: leave them out of means.
    """

    thumbnails: UInt8[Tensor, "L B H tq tk"]
    step: int
    entropy: Float[Tensor, "L B H T"]
    max_prob: Float[Tensor, "L B H T"]
    trace_jacobian: Float[Tensor, "L B H T"]
    to_first: Float[Tensor, "L B H T"]
    to_last: Float[Tensor, "L B H T"]
    to_self: Float[Tensor, "L B H T"]
    to_previous: Float[Tensor, "L B H T"]
    to_next: Float[Tensor, "L B H T"]


@dataclass(frozen=True, eq=False)
class Capture:
    """What one run has shown of one stack of layers.

    word, position, segment: the three look-ups; embedding_sum: their sum, before LayerNorm; embedding: after it. None
        where the architecture has no such part; E is the width of the tables, mostly D.
    hidden: the input of every layer and the last output; final: that output after the norm that pre-LN models have at
        the end, None in others.
    calls: per layer, what it was called with.
    guesses: which word the head on top says, the one at a place or the one after it; guess_input: what its table of
        words reads there. The scores are formed when they are asked for (`heads.word_logits`): of a long text they are
        larger than everything else and cost half of the run. word_scores: them, where that table cannot be put off.
    token_logits: one vector a token (token classes; start and end of an
        answer; ELECTRA's "was this token replaced").
    Head outputs are None where the model has no such head.
    """

    spec: ModelSpec
    encoded: Encoded
    variant: Variant
    word: Float[Tensor, "B T E"] | None
    position: Float[Tensor, "B T E"] | None
    segment: Float[Tensor, "B T E"] | None
    embedding_sum: Float[Tensor, "B T E"] | None
    hidden: tuple[Tensor, ...]
    calls: tuple[LayerCall, ...]
    pooled: Float[Tensor, "B D"] | None
    nsp_logits: Float[Tensor, "B 2"] | None
    class_logits: Float[Tensor, "B C"] | None
    embedding: Float[Tensor, "B T E"] | None = None
    final: Float[Tensor, "B T D"] | None = None
    token_logits: Float[Tensor, "B T Ct"] | None = None
    guesses: Literal["masked", "next"] | None = None
    guess_input: Float[Tensor, "B T E"] | None = None
    word_scores: Float[Tensor, "B T V"] | None = None

    @property
    def keys(self) -> Encoded:
        """The tokens that attention looks at: the text's own, or in cross attention those of the encoder."""
        source = self.encoded.source
        return source if self.spec.stack == "cross" and source is not None else self.encoded

    @property
    def last(self) -> Tensor:
        """What the heads on top read, B T D: the last layer's output, normalised where the model does that."""
        return self.hidden[-1] if self.final is None else self.final

    @property
    def states(self) -> tuple[Tensor, ...]:
        """What enters each layer, then what the model gives out: `hidden_states` of transformers.

        The last one is `last`, which in pre-LN models is not the last layer's output.
        """
        return (*self.hidden[:-1], self.last)


@dataclass(frozen=True, eq=False)
class LayerCapture:
    """One layer, replayed: every tensor between its input and its output.

    scores: q kᵀ, scaled and masked, before softmax; masked cells hold about -3.4e38 and must never reach a colour
        scale (see `visible`).
    attn_norm: post-LN, LayerNorm(input + attn_out); None in a pre-LN layer, which has instead attn_in =
        LayerNorm(input), attn_sum = input + attn_out and ffn_in = LayerNorm(attn_sum).
    bias: what the model adds to the scaled q kᵀ for the distance of two tokens; None where it adds nothing.
        bias_scaled: whether the factor multiplies it too.
    """

    layer: int
    variant: Variant
    input: Float[Tensor, "B T D"]
    q: Float[Tensor, "B H T K"]
    k: Float[Tensor, "B H Tk K"]
    v: Float[Tensor, "B H Tk Kv"]
    scores: Float[Tensor, "B H T Tk"]
    probs: Float[Tensor, "B H T Tk"]
    context: Float[Tensor, "B H T Kv"]
    attn_out: Float[Tensor, "B T D"]
    ffn_act: Float[Tensor, "B T F"]
    ffn_out: Float[Tensor, "B T D"]
    hidden: Float[Tensor, "B T D"]
    factor: float
    attn_norm: Float[Tensor, "B T D"] | None = None
    attn_in: Float[Tensor, "B T D"] | None = None
    attn_sum: Float[Tensor, "B T D"] | None = None
    ffn_in: Float[Tensor, "B T D"] | None = None
    bias: Float[Tensor, "B H T Tk"] | None = None
    bias_scaled: bool = False

    @property
    def visible(self) -> Bool[Tensor, "B H T Tk"]:
        """True where the query may look at the key."""
        return self.scores > torch.finfo(self.scores.dtype).min / 2

    def bias_at(self, factor: float) -> Tensor | float:
        """What would be added to q kᵀ times this factor, for all heads; 0 where the model adds nothing."""
        if self.bias is None:
            return 0.0
        return self.bias * (factor / self.factor) if self.bias_scaled and self.factor else self.bias


def held_bytes(record: Any) -> int:
    """Bytes that the tensors of a record keep alive; a tensor that stands in two fields counts once."""
    storages = [tensor.untyped_storage() for tensor in _tensors(record)]
    return sum({storage.data_ptr(): storage.nbytes() for storage in storages}.values())


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, tuple | list):
        return [t for item in value for t in _tensors(item)]
    if isinstance(value, dict):
        return _tensors(list(value.values()))
    if isinstance(value, Capture | Heads | LayerCall | Encoded | LayerCapture):
        return _tensors([getattr(value, f.name) for f in fields(value)])
    return []
