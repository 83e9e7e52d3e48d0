"""Medians and interleaved ratios: the machines are shared and noisy, so only what ran side by side is compared."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import statistics
import time
from collections.abc import Callable

Work = Callable[[], object]


def seconds(work: Work, clock: Callable[[], float] = time.perf_counter) -> float:
    """Time of one call."""
    start = clock()
    work()
    return clock() - start


def median_ms(work: Work, repeats: int = 15) -> float:
    """Median wall time in milliseconds, after one call to warm up."""
    work()
    return 1000 * statistics.median(seconds(work) for _ in range(repeats))


def ratio(work: Work, reference: Work, repeats: int = 15) -> float:
    """Median of the ratios of interleaved pairs, in processor time of this thread's process."""
    work(), reference()
    clock = time.process_time
    return statistics.median(seconds(work, clock) / seconds(reference, clock) for _ in range(repeats))


def row(measure: str, result: str, aim: str = "") -> None:
    """One line of the table, at once."""
    print(f"| {measure} | {result} | {aim} |", flush=True)
