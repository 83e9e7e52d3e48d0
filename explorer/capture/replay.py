"""Replay one layer from the inputs that a run kept: exact, and cheap enough for a click."""

from collections.abc import Sequence
from contextlib import suppress

import torch
from torch import Tensor, nn

from explorer.capture import progress
from explorer.capture.active import Recorder
from explorer.capture.attention import masked_scores
from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Look, LookedAt
from explorer.capture.records import Capture, LayerCapture
from explorer.capture.run import batch_first, forward_pass
from explorer.errors import LayerMissing
from explorer.models.handle import ModelHandle, part


def replay(
    handle: ModelHandle, seen: Capture, layer: int, variant: Variant | None = None, module: nn.Module | None = None
) -> LayerCapture:
    """Every tensor of one layer, counted from 0, computed from the input that it had in the run.

    variant: by default the run's own, and then the result is the run's to the last bit. Another variant answers
        "what would this layer alone do with the same input"; it is not a run of the changed network.
    module: a changed copy of the layer, in its place.

    Raises:
        LayerMissing: when there is no such layer.
        VariantInvalid: for layers or heads that the model does not have.
    """
    if not 0 <= layer < handle.dims.n_layers:
        raise LayerMissing(found=layer, layers=handle.dims.n_layers)
    changed = seen.variant if variant is None else variant
    changed.check(handle.dims)
    # The layer's own entrance hook counts one up.
    recorder = Recorder(changed, keep=True, layer=layer - 1, stack=handle.stack)
    call = seen.calls[layer]
    with progress.expected(1), forward_pass(recorder, seen.encoded.ids.numel()):
        (handle.layers[layer] if module is None else module)(*call.args, **call.kwargs)
        mixer = part(handle.base, handle.sites.first_mixed)
        if mixer is not None and call.mixed is not None:
            mixer(call.args[0], recorder.hidden[-1], *call.mixed)
    if handle.sites.tapped:
        _bias(recorder.tensors, recorder.factors[0])
    return LayerCapture(
        layer=layer,
        variant=changed,
        input=batch_first(handle, call.args[0]),
        hidden=recorder.hidden[0],
        factor=recorder.factors[0],
        bias_scaled=handle.sites.order == "relative",
        **recorder.tensors,
    )


def look_again(handle: ModelHandle, seen: Capture, look: Look, layers: Sequence[int] | None = None) -> None:
    """Show the heads of layers of a run, by default of all, up to their probabilities, from the inputs that it kept.

    What is shown is the run's own to the last bit; feed-forward blocks, and what attention makes of the values, are
    not computed again.
    """
    numbers = range(handle.dims.n_layers) if layers is None else layers
    with progress.expected(len(numbers)):
        for number in numbers:
            call = seen.calls[number]
            recorder = Recorder(seen.variant, look=look, only=True, layer=number - 1, stack=handle.stack)
            with forward_pass(recorder, seen.encoded.ids.numel()), suppress(LookedAt):
                handle.layers[number](*call.args, **call.kwargs)
            progress.passed()


def _bias(tensors: dict[str, Tensor], factor: float) -> None:
    """What a tapped module added to q·k: the rest of its scores, 0 where the query may not look."""
    scores = tensors["scores"]
    rest = scores - masked_scores(tensors["q"], tensors["k"], factor)
    rest = rest.masked_fill(scores <= torch.finfo(scores.dtype).min / 2, 0)
    if float(rest.abs().max()) > 1e-4:  # GPT adds nothing, and rounds otherwise
        tensors["bias"] = rest
