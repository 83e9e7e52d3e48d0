"""Texts of one padded length through the model at once, under any Variant."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.capture.active import Recorder
from explorer.capture.run import batch_first, forward_pass, inputs
from explorer.capture.variant import Variant
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle


def together(handle: ModelHandle, pairs: Sequence[tuple[str, str]]) -> tuple[Encoded, ...]:
    """The texts, each padded to the longest.

    Raises:
        EmptyText, TextTooLong: as `encode`.
    """
    longest = max(encode(handle, *pair).n_tokens for pair in pairs)
    return tuple(encode(handle, *pair, pad_to=longest) for pair in pairs)


def hidden_states(
    handle: ModelHandle, texts: Sequence[Encoded], variant: Variant = Variant()
) -> tuple[Float[Tensor, "B T D"], ...]:
    """`hidden_states` of transformers, padding included, for texts of one padded length: see `Capture.states`.

    Raises:
        VariantInvalid: for layers or heads that the model does not have.
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    variant.check(handle.dims)
    ids, segments, mask = (torch.cat(rows) for rows in zip(*((t.ids, t.segments, t.mask) for t in texts), strict=True))
    recorder = Recorder(variant, reduce=False, n_real=mask.sum(1), stack=handle.stack)
    with forward_pass(recorder):
        handle.model(**inputs(replace(texts[0], ids=ids, segments=segments, mask=mask)))
    return batch_first(handle, recorder.calls[0].args[0]), *recorder.hidden[:-1], recorder.last
