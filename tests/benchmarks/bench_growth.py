"""How time and memory grow with the text, the network and the processor's cores; prints rows: measure, result, aim.

A size is a process of its own, so that it meets no other one's memory: `… bench_growth MiniLM` is that process.
"""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import row, seconds

import os
import statistics
import subprocess
import sys
import time
from functools import partial

import torch

from explorer import Scene, encode, load, run
from explorer.capture.gate import few_arenas
from explorer.capture.records import held_bytes
from explorer.capture.run import inputs
from explorer.models.handle import ModelHandle
from tests.benchmarks.bench_memory import SIZES, forget, resident, spec

LENGTHS = (16, 32, 64, 128, 256, 512)


def size(name: str) -> None:
    """Rows of one shape: a run, a click, what a run keeps and what it takes meanwhile, for each length."""
    few_arenas()
    empty = resident()
    handle = load(spec(name))
    layers, width, heads = SIZES[name]
    loaded = (resident() - empty) / 1e6
    row(f"{name} shape, {layers} × {heads} heads, width {width}: the model in memory", f"{loaded:.0f} MB")
    times, clicks, kept, peaks = [], [], [], []
    for n in LENGTHS:
        encoded = encode(handle, "word " * (n - 2))
        before = resident()
        forget()
        repeats = 9 if n < 256 else 3
        times.append(statistics.median(seconds(partial(run, handle, encoded)) for _ in range(repeats)))
        scene = Scene(handle, encoded)
        kept.append(held_bytes(scene.capture()) / 1e6)
        clicks.append(statistics.median(seconds(partial(scene.layer, 0)) for _ in range(repeats)))
        peaks.append(max(0.0, (resident("VmHWM") - before) / 1e6))
    steps = f"n = {', '.join(map(str, LENGTHS))}"
    row(f"{name} shape, a run, {steps}", _each(times, 1e3, "ms"))
    row(f"{name} shape, one layer replayed, {steps}", _each(clicks, 1e3, "ms"))
    row(f"{name} shape, kept by a run, {steps}", _each(kept, 1, "MB"))
    row(f"{name} shape, memory added meanwhile, {steps}", _each(peaks, 1, "MB"))


def _each(values: list[float], factor: float, unit: str) -> str:
    return ", ".join(f"{factor * value:.{1 if factor * value < 9.95 else 0}f}" for value in values) + f" {unit}"


def cores() -> None:
    """A lone visitor's forward pass on one thread, on two …, as many as the machine has; in turns."""
    counts = [count for count in (1, 2, 4, 8, 16) if count <= (os.cpu_count() or 1)]
    for name in ("MiniLM", "BERT-base"):
        handle = load(spec(name))
        arguments = inputs(encode(handle, "word " * 510))
        taken: dict[int, list[float]] = {count: [] for count in counts}
        for _ in range(7):
            for count in counts:
                taken[count].append(_forward(handle, arguments, count))
        medians = [statistics.median(taken[count][1:]) for count in counts]
        measure = f"{name} shape, a forward pass at 512 on {', '.join(map(str, counts))} threads"
        row(measure, _each(medians, 1e3, "ms") + f"; {medians[0] / medians[-1]:.2f} × faster")


def _forward(handle: ModelHandle, arguments: dict[str, torch.Tensor], threads: int) -> float:
    torch.set_num_threads(threads)
    begin = time.perf_counter()
    with torch.no_grad():
        handle.model(**arguments)
    torch.set_num_threads(1)
    return time.perf_counter() - begin


if __name__ == "__main__":
    if len(sys.argv) > 1:
        size(sys.argv[1])
    else:
        for each in SIZES:
            subprocess.run([sys.executable, "-m", __spec__.name, each], check=True)
        cores()
