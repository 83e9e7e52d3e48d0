"""The scaling lab: the map in three regimes, one head on the server, gradients, the whole network, one slider move."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, row

from explorer import Variant, encode, load, replay, run
from explorer.analysis.gradients import gradient_norms
from explorer.analysis.one_head import head_both_ways
from explorer.analysis.saturation_map import saturation_map
from explorer.analysis.synthetic import synthetic_sweep
from explorer.analysis.whole_network import factors, network_change
from explorer.models.random import random_like

TOKENS = 128


def maps() -> None:
    minilm = load()
    for name, handle in (("this model", minilm), ("random weights", load(random_like(minilm, 0.02, 0)))):
        seen = run(handle, "word " * (TOKENS - 2))
        cost = median_ms(lambda handle=handle, seen=seen: saturation_map(handle, seen), 5)
        row(f"saturation map post-hoc, {name}, n = {TOKENS}", f"{cost:.0f} ms", "< 500 ms")
    cost = median_ms(lambda: synthetic_sweep(64, TOKENS, 1024), 5)
    row(f"saturation sweep, drawn vectors, 11 widths, {TOKENS} keys, 1024 rows", f"{cost:.0f} ms", "< 500 ms")


def panels() -> None:
    minilm = load()
    seen = run(minilm, "word " * (TOKENS - 2))
    layer = replay(minilm, seen, 2)
    cost = median_ms(lambda: head_both_ways(seen, layer, 3, 1.0))
    row(f"one head both ways, server's part, n = {TOKENS}", f"{cost:.0f} ms", "< 150 ms")
    encoded = encode(minilm, "word " * (TOKENS - 2))
    cost = median_ms(lambda: gradient_norms(minilm, encoded), 3)
    row(f"gradients, two backward passes, MiniLM, n = {TOKENS}", f"{cost:.0f} ms", "< 2000 ms")

    def curve() -> None:
        for factor in factors(32):
            network_change(seen, run(minilm, encoded, variant=Variant(scale=factor)), factor, ())

    row(f"curve over 9 factors, 9 runs of the network, n = {TOKENS}", f"{median_ms(curve, 3):.0f} ms", "with progress")


if __name__ == "__main__":
    maps()
    panels()
