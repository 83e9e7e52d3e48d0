"""Many windows of one document through the model: batch by batch, and of each window only one vector is kept."""

from collections.abc import Iterator, Sequence

from jaxtyping import Float
from torch import Tensor

from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.run import forward_pass, inputs
from explorer.models.document import Document, framed
from explorer.models.encode import Encoded
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
    handle.require_weights()
    widest = max(b - a for a, b in spans) + document.n_special
    together = max(1, TOKENS // widest)
    for first in range(0, len(spans), together):
        batch = framed(handle, document, spans[first : first + together])
        states = _states(handle, batch)
        yield (states * batch.mask[:, :, None]).sum(1) / batch.mask.sum(1, keepdim=True)


def window_states(handle: ModelHandle, document: Document, span: Span) -> Float[Tensor, "T D"]:
    """The last layer's states of the pieces of one window, without those of the special tokens.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    begin = len(document.before)
    return _states(handle, framed(handle, document, [span]))[0, begin : begin + span[1] - span[0]]


def _states(handle: ModelHandle, batch: Encoded) -> Float[Tensor, "W T D"]:
    """Through our own attention function, as every run: one window alone gives the plain run's states to the bit."""
    # Of an encoder with a decoder, the encoder reads.
    with forward_pass(Recorder(Variant(), stack=handle.stacks[0]), batch.ids.numel()) as recorder:
        handle.model(**inputs(batch))
    return recorder.last
