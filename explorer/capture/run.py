"""Run a model on a text and keep what overviews need; the rest is derived by `replay`."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.capture import progress
from explorer.capture.active import Recorder, recording
from explorer.capture.changes.variant import Variant
from explorer.capture.gate import GATE
from explorer.capture.looks import Look, LookedAt
from explorer.capture.records import Capture
from explorer.errors import VariantInvalid
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle
from explorer.models.heads import writes_on


@contextmanager
def forward_pass(recorder: Recorder, n_tokens: int | None = None) -> Iterator[Recorder]:
    """A place among the forward passes, without gradients, with this recorder active in this thread.

    n_tokens: see `Gate.place`.
    """
    with GATE.place(n_tokens), torch.no_grad(), recording(recorder):
        yield recorder


@contextmanager
def gradient_pass(recorder: Recorder, n_tokens: int | None = None) -> Iterator[Recorder]:
    """As `forward_pass`, with gradients: for a copy whose parameters ask for them, never for the shared model."""
    with GATE.place(n_tokens), torch.enable_grad(), recording(recorder):
        yield recorder


def run(
    handle: ModelHandle,
    text: str | Encoded,
    pair: str | None = None,
    variant: Variant = Variant(),
    look: Look | None = None,
) -> Capture:
    """One forward pass under a variant, by default the model as it is. look: is shown all heads meanwhile.

    Raises:
        EmptyText, TextTooLong: as `encode`.
        VariantInvalid: for layers, heads or tokens that there are not, and where every token is closed.
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    variant.check(handle.dims)
    encoded = encode(handle, text, pair) if isinstance(text, str) else text
    recorder = Recorder(variant, look=look, stack=handle.stack, put_off=True)
    with progress.expected(handle.dims.n_layers), forward_pass(recorder, encoded.ids.numel()):
        output = handle.model(**inputs(_closed(encoded, variant.closed)))
    return _capture(handle, encoded, recorder, output)


def embedded(handle: ModelHandle, encoded: Encoded) -> Float[Tensor, "B T D"]:
    """What enters the first layer; the model is left as soon as that layer's attention begins.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    recorder = Recorder(Variant(), only=True, stack=handle.stack)
    with forward_pass(recorder, encoded.ids.numel()), suppress(LookedAt):
        handle.model(**inputs(encoded))
    return batch_first(handle, recorder.calls[0].args[0])


def _closed(encoded: Encoded, places: tuple[int, ...]) -> Encoded:
    """The text with some of its tokens masked as padding is."""
    if not places:
        return encoded
    n = encoded.n_tokens
    wrong = next((place for place in places if not 0 <= place < n), None)
    if wrong is not None or len(places) == n or "attention_mask" not in encoded.arguments:
        raise VariantInvalid(field="closed", found=places[0] if wrong is None else wrong, allowed=f"0 … {n - 1}")
    mask = encoded.mask.clone()
    mask[:, list(places)] = 0
    return replace(encoded, mask=mask)


def inputs(encoded: Encoded) -> dict[str, Tensor]:
    """The arguments of the forward pass. Without padding there is no mask, as transformers itself would find.

    An encoder-decoder always runs both: for its encoder alone the decoder reads one start token, or the same text.
    """
    given = {"input_ids": encoded.ids, "attention_mask": encoded.mask, "token_type_ids": encoded.segments}
    found = {name: given[name] for name in encoded.arguments}
    if encoded.source is not None:
        return {**inputs(encoded.source), "decoder_input_ids": encoded.ids, "decoder_attention_mask": encoded.mask}
    if encoded.start is not None:
        found["decoder_input_ids"] = torch.full_like(encoded.ids[:, :1], encoded.start)
    return found


def batch_first(handle: ModelHandle, hidden: Tensor) -> Tensor:
    """B T D of a state as the layers pass it on; XLNet's are T B D."""
    return hidden.transpose(0, 1) if handle.sites.time_first else hidden


def _capture(handle: ModelHandle, encoded: Encoded, seen: Recorder, output: dict[str, Tensor]) -> Capture:
    tensors, batch = seen.tensors, encoded.ids.shape
    first = batch_first(handle, seen.calls[0].args[0])
    looked_up: dict[str, Any] = {name: _expanded(tensors.get(name), batch) for name in ("word", "position", "segment")}
    total = tensors.get("embedding_sum")
    if total is None and looked_up["position"] is not None:
        total = first  # no LayerNorm between the sum and the first layer
    return Capture(
        spec=handle.spec,
        encoded=encoded,
        variant=seen.variant,
        embedding_sum=total,
        embedding=tensors.get("embedding"),
        hidden=(first, *seen.hidden),
        final=tensors.get("final"),
        calls=tuple(seen.calls),
        pooled=tensors.get("pooled"),
        **looked_up,
        **_outputs(handle, output, tensors.get("guess_input")),
    )


def _expanded(found: Tensor | None, batch: torch.Size) -> Tensor | None:
    """A look-up of one row for all texts, as one for each."""
    return None if found is None else found.expand(*batch, found.shape[-1])


def _outputs(handle: ModelHandle, output: dict[str, Tensor], read: Tensor | None) -> dict[str, Any]:
    """What the head on top says, under the names of `Capture`."""
    head, logits = handle.spec.head, output.get("prediction_logits", output.get("logits"))
    found: dict[str, Any] = {
        "nsp_logits": output.get("seq_relationship_logits", logits if head == "nsp" else None),
        "class_logits": logits if head == "classification" else None,
        "token_logits": logits if head == "tokens" else None,
    }
    if head == "qa" and "start_logits" in output:
        found["token_logits"] = torch.stack([output["start_logits"], output["end_logits"]], -1)
    if logits is not None and logits.dim() == 2 and head == "pretraining":  # ELECTRA: one number a token
        found["token_logits"] = logits.unsqueeze(-1)
    elif logits is not None and head in ("mlm", "pretraining", "lm", "seq2seq"):
        found["guesses"] = "next" if head in ("lm", "seq2seq") or writes_on(handle.model) else "masked"
        found |= {"guess_input": read, "word_scores": logits if read is None else None}
    if len(handle.stacks) > 1 and handle.stack == "encoder":  # the head stands on the decoder
        found = found | {"guesses": "masked"} if handle.restores else dict.fromkeys(found)
    return found
