"""Run a model on a text and keep what overviews need; the rest is derived by `replay`."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

import torch
from torch import Tensor

from explorer.capture.active import Recorder, recording
from explorer.capture.records import Capture, Heads
from explorer.capture.reduce import block
from explorer.capture.variant import Variant
from explorer.errors import NoWeights
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle

# As many forward passes at once as there are cores: more would only wait for each other and hold memory meanwhile.
_gate = BoundedSemaphore(os.cpu_count() or 1)


@contextmanager
def place() -> Iterator[None]:
    """A place among the forward passes for other heavy work, such as one step of a training."""
    with _gate:
        yield


@contextmanager
def forward_pass(recorder: Recorder) -> Iterator[Recorder]:
    """A place among the forward passes, without gradients, with this recorder active in this thread."""
    with _gate, torch.no_grad(), recording(recorder):
        yield recorder


@contextmanager
def gradient_pass(recorder: Recorder) -> Iterator[Recorder]:
    """As `forward_pass`, with gradients: for a copy whose parameters ask for them, never for the shared model."""
    with _gate, torch.enable_grad(), recording(recorder):
        yield recorder


def run(handle: ModelHandle, text: str | Encoded, pair: str | None = None, variant: Variant = Variant()) -> Capture:
    """One forward pass under a variant, by default the model as it is.

    Raises:
        EmptyText, TextTooLong: as `encode`.
        VariantInvalid: for layers or heads that the model does not have.
        NoWeights: for a model of kind `meta`.
    """
    if handle.device.type == "meta":
        raise NoWeights(source=handle.spec.source)
    variant.check(handle.dims)
    encoded = encode(handle, text, pair) if isinstance(text, str) else text
    recorder = Recorder(variant, n_real=encoded.mask.sum(1))
    with forward_pass(recorder):
        output = handle.model(**inputs(encoded))
    return _capture(handle, encoded, recorder, output)


def inputs(encoded: Encoded) -> dict[str, Tensor]:
    """The arguments of the forward pass. Without padding there is no mask, as transformers itself would find."""
    return {"input_ids": encoded.ids, "attention_mask": encoded.mask, "token_type_ids": encoded.segments}


def _capture(handle: ModelHandle, encoded: Encoded, seen: Recorder, output: dict[str, Tensor]) -> Capture:
    tensors, shape = seen.tensors, (*encoded.ids.shape, handle.dims.d_model)
    stacked = {name: torch.stack([layer[name] for layer in seen.reductions]) for name in seen.reductions[0]}
    logits = output.get("prediction_logits", output.get("logits"))
    return Capture(
        spec=handle.spec,
        encoded=encoded,
        variant=seen.variant,
        word=tensors["word"],
        position=tensors["position"].expand(shape),
        segment=tensors["segment"].expand(shape),
        embedding_sum=tensors["embedding_sum"],
        hidden=(seen.calls[0].args[0], *seen.hidden),
        calls=tuple(seen.calls),
        heads=Heads(step=block(encoded.ids.shape[1]), **stacked),
        pooled=tensors.get("pooled"),
        mlm_logits=logits if handle.spec.head in ("mlm", "pretraining") else None,
        nsp_logits=output.get("seq_relationship_logits", logits if handle.spec.head == "nsp" else None),
        class_logits=logits if handle.spec.head == "classification" else None,
    )
