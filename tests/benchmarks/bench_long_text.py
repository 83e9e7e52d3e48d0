"""A document of 20,000 words: time, windows per second, peak memory."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import row, seconds

import resource
from time import process_time

from explorer import load
from explorer.analysis.use.windows import spans
from explorer.capture.windows import window_vectors
from explorer.models.document import document
from explorer.ui.panels.use.long_text import lessons

WORDS = 20_000


def peak() -> float:
    """The largest memory that this process has had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    minilm = load()
    words = lessons().split()
    text = " ".join((words * (WORDS // len(words) + 1))[:WORDS])
    for _ in window_vectors(minilm, document(minilm, "word " * 400), [(0, 382)]):
        pass
    before = peak()
    time = seconds(lambda: document(minilm, text))
    found = document(minilm, text)
    row(f"{WORDS:,} words into {len(found.ids):,} word pieces", f"{time:.2f} s")
    for width, step in ((384, 128), (512, 510)):
        cuts = spans(len(found.ids), width - found.n_special, step)
        kept = []
        busy = process_time()
        time = seconds(lambda cuts=cuts, kept=kept: kept.extend(window_vectors(minilm, found, cuts)))
        busy = process_time() - busy
        size = sum(vector.nbytes for vector in kept) / 2**20
        speed = (
            f"{time:.1f} s ({busy:.1f} s of one core), {len(cuts) / time:.1f} windows/s, {size:.2f} MiB of vectors kept"
        )
        row(f"{WORDS:,} words, MiniLM, {len(cuts)} windows of {width}, step {step}", speed, "with progress and stop")
    row(f"memory added by {WORDS:,} words at the peak", f"{peak() - before:.0f} MiB", "bounded")
