"""How long real forward passes take on this machine, length by length."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from explorer.capture.gate import GATE
from explorer.models.handle import ModelHandle

LENGTHS = (16, 32, 64, 128, 192, 256, 384, 512)


@dataclass(frozen=True)
class Timing:
    """Median seconds of one forward pass over n tokens, and how many were measured."""

    n: int
    seconds: float
    repeats: int


def lengths(handle: ModelHandle) -> tuple[int, ...]:
    """The lengths that are measured: those the model has positions for."""
    return tuple(n for n in LENGTHS if n <= handle.dims.n_ctx)


def timings(handle: ModelHandle, repeats: int = 5) -> Iterator[Timing]:
    """Measure one length after another, shortest first; stop iterating to cancel.

    The first pass of each length is thrown away. Nobody watches these passes, so they take the fused attention.
    """
    for n in lengths(handle):
        ids = torch.randint(handle.dims.n_vocab, (1, n), generator=torch.Generator().manual_seed(n))
        seconds = [_one(handle, ids.to(handle.device)) for _ in range(repeats + 1)][1:]
        yield Timing(n, statistics.median(seconds), repeats)


def _one(handle: ModelHandle, ids: torch.Tensor) -> float:
    with GATE.place(ids.numel()), torch.no_grad():
        begin = time.perf_counter()
        handle.base(input_ids=ids)
        if handle.device.type == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - begin
