"""Texts of one padded length through the model at once, under any Variant."""

from collections.abc import Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import pad

from explorer.capture import progress
from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.offered import require
from explorer.capture.run import batch_first, forward_pass, inputs
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle


def together(handle: ModelHandle, pairs: Sequence[tuple[str, str]]) -> tuple[Encoded, ...]:
    """The texts, each padded to the longest; with a decoder also those that its encoder reads.

    Raises:
        EmptyText, TextTooLong: as `encode`.
    """
    longest = max(_length(encode(handle, *pair)) for pair in pairs)
    return tuple(_padded(encode(handle, *pair, pad_to=longest), longest) for pair in pairs)


def _length(encoded: Encoded) -> int:
    return max(encoded.n_tokens, encoded.source.n_tokens if encoded.source is not None else 0)


def _padded(encoded: Encoded, longest: int) -> Encoded:
    """`encode` pads what an encoder reads; a decoder's text is padded here."""
    ids, segments, mask = (
        pad(row, (0, longest - row.shape[1])) for row in (encoded.ids, encoded.segments, encoded.mask)
    )
    return replace(encoded, ids=ids, segments=segments, mask=mask)


def hidden_states(
    handle: ModelHandle, texts: Sequence[Encoded], variant: Variant = Variant()
) -> tuple[Float[Tensor, "B T D"], ...]:
    """`hidden_states` of transformers, padding included, for texts of one padded length: see `Capture.states`.

    Raises:
        VariantInvalid: for layers or heads that the model does not have.
        NotInThisModel: for a change that does nothing in this model.
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    variant.check(handle.dims)
    require(handle, variant)
    batch = _batch(texts)
    recorder = Recorder(variant, stack=handle.stack)
    with progress.expected(handle.dims.n_layers), forward_pass(recorder, batch.ids.numel()):
        handle.model(**inputs(batch))
    return batch_first(handle, recorder.calls[0].args[0]), *recorder.hidden[:-1], recorder.last


def _batch(texts: Sequence[Encoded]) -> Encoded:
    ids, segments, mask = (torch.cat(rows) for rows in zip(*((t.ids, t.segments, t.mask) for t in texts), strict=True))
    sources = [text.source for text in texts if text.source is not None]
    return replace(texts[0], ids=ids, segments=segments, mask=mask, source=_batch(sources) if sources else None)
