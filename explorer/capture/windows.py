"""Many windows of one document through the model: batch by batch, and of each window only one vector is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.capture.active import Recorder
from explorer.capture.run import forward_pass, inputs
from explorer.capture.variant import Variant
from explorer.models.document import Document
from explorer.models.encode import encode
from explorer.models.handle import ModelHandle

# First and last piece of a window, the last one not included.
Span = tuple[int, int]

# Tokens of one batch. On a CPU larger batches are no faster, and a visitor who stops waits for the end of one.
TOKENS = 1024


def window_vectors(handle: ModelHandle, document: Document, spans: Sequence[Span]) -> Iterator[Float[Tensor, "W D"]]:
    """The mean of the last layer's states of each window, special tokens included, in batches.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    widest = max(b - a for a, b in spans) + document.n_special
    together = max(1, TOKENS // widest)
    for first in range(0, len(spans), together):
        ids, mask = _batch(handle, document, spans[first : first + together])
        states = _states(handle, ids, mask)
        yield (states * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True)


def window_states(handle: ModelHandle, document: Document, span: Span) -> Float[Tensor, "T D"]:
    """The last layer's states of the pieces of one window, without those of the special tokens."""
    ids, mask = _batch(handle, document, [span])
    begin = len(document.before)
    return _states(handle, ids, mask)[0, begin : begin + span[1] - span[0]]


def _batch(handle: ModelHandle, document: Document, spans: Sequence[Span]) -> tuple[Tensor, Tensor]:
    rows = [[*document.before, *document.ids[a:b].tolist(), *document.after] for a, b in spans]
    width = max(map(len, rows))
    ids = torch.tensor([row + [0] * (width - len(row)) for row in rows], device=handle.device)
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=handle.device)
    return ids, mask


def _states(handle: ModelHandle, ids: Tensor, mask: Tensor) -> Float[Tensor, "W T D"]:
    """Through our own attention function, as every run: one window alone gives the plain run's states to the bit."""
    handle.require_weights()
    first = handle.of_stack(handle.stacks[0])  # of an encoder with a decoder, the encoder reads
    template = replace(encode(first, "a"), ids=ids, mask=mask, segments=torch.zeros_like(ids))
    recorder = Recorder(Variant(), reduce=False, stack=first.stack)
    with forward_pass(recorder):
        handle.model(**inputs(template))
    return recorder.last
