"""Scores as other number formats hold them, and a layer whose W_Q and W_K are stored in eight bits.

What a half kernel does, step by step: q and k are rounded to the format; products are added up in float32, as matrix
units and PyTorch's kernels do; the sum is rounded; what is multiplied or added afterwards is rounded again. The
exponentials and the sum of softmax are float32 in every format (FlashAttention, PyTorch).
"""

import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from explorer.capture.records import LayerCapture
from explorer.capture.replay import replay
from explorer.capture.scene import Scene
from explorer.models.handle import sharing_copy
from explorer.models.sites import Sites

# The formats of a score. With int8 the weights W_Q and W_K are stored in eight bits, and all sums are float32.
FORMATS: Mapping[str, torch.dtype] = MappingProxyType(
    {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16, "int8": torch.float32}
)
# float16 ends at 65,504; what is not below this is rounded to infinity.
OVERFLOW = 65_520.0
# A growth that no head needs to overflow; and how finely the first overflow is sought.
_MOST, _FINE = 2.0**60, 1e-6


def rounded(x: Tensor, dtype: torch.dtype) -> Tensor:
    """The nearest numbers of a format, kept as float32; too large ones are ±inf."""
    return x.to(dtype).float()


def products_in(
    q: Float[Tensor, "... Tq K"],
    k: Float[Tensor, "... Tk K"],
    factor: float,
    dtype: torch.dtype,
    scale_first: bool,
    times: float = 1.0,
) -> Float[Tensor, "... Tq Tk"]:
    """q·k after the first rounding of the sum: times the factor already if q was scaled first.

    times: by how much q·k has grown, half of it (in powers) in q and half in k.
    """
    q, k = rounded(q * times**0.5, dtype), rounded(k * times**0.5, dtype)
    if scale_first:
        q = rounded(q * factor, dtype)
    return rounded(q @ k.mT, dtype)


def scores_in(
    q: Float[Tensor, "... Tq K"],
    k: Float[Tensor, "... Tk K"],
    factor: float,
    dtype: torch.dtype,
    scale_first: bool,
    *,
    times: float = 1.0,
    bias: Tensor | None = None,
    visible: Bool[Tensor, "... Tq Tk"] | None = None,
) -> Float[Tensor, "... Tq Tk"]:
    """Scores before softmax, every step rounded; hidden ones are -inf."""
    scores = products_in(q, k, factor, dtype, scale_first, times)
    if not scale_first:
        scores = rounded(scores * factor, dtype)
    if bias is not None:
        scores = rounded(scores + rounded(bias, dtype), dtype)
    return scores if visible is None else scores.masked_fill(~visible, -math.inf)


def first_overflow(
    q: Float[Tensor, "Tq K"], k: Float[Tensor, "Tk K"], factor: float, scale_first: bool, visible: Bool[Tensor, "Tq Tk"]
) -> float:
    """By how much q·k may grow until float16 really gives an infinity, found by trying; inf where it never does."""

    def overflows(times: float) -> bool:
        return not bool(products_in(q, k, factor, torch.float16, scale_first, times)[visible].isfinite().all())

    high = 1.0
    while not overflows(high):
        high *= 2
        if high > _MOST:
            return math.inf
    low = high / 2
    while overflows(low):
        low /= 2
    while high / low > 1 + _FINE:
        middle = (low * high) ** 0.5
        low, high = (low, middle) if overflows(middle) else (middle, high)
    return high


def quantised(scene: Scene, number: int) -> LayerCapture:
    """A layer of the scene's run, replayed with W_Q and W_K in int8: all of its tensors are float32 again."""
    handle = scene.handle
    layer = sharing_copy(handle.layers[number])
    _store_as_int8(layer, handle.sites)
    return replay(handle, scene.capture(), number, module=layer)


def int8(weight: Tensor, inputs: int) -> Tensor:
    """The weight as int8 stores it: each row of numbers that make one output has a scale, its largest / 127.

    inputs: the axis that is added over.
    """
    scale = weight.abs().amax(inputs, keepdim=True) / 127
    return torch.where(scale > 0, (weight / scale).round().clamp(-127, 127), 0) * scale


def _store_as_int8(layer: nn.Module, sites: Sites) -> None:
    """W_Q and W_K of a copied layer; where one matrix makes q, k and v, all of it."""
    if sites.parameters:  # D H K
        module = layer.get_submodule(sites.attention)
        for name in {sites.query, sites.key}:
            setattr(module, name, nn.Parameter(int8(getattr(module, name), 0), requires_grad=False))
        return
    for path in {sites.query, sites.key}:
        module = layer.get_submodule(path)
        inputs = 1 if isinstance(module, nn.Linear) else 0  # GPT-2 has its matrices the other way round
        module.weight = nn.Parameter(int8(module.get_parameter("weight"), inputs), requires_grad=False)
