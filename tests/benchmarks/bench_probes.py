"""Rank collapse, CKA, probes, and blocks removed from the embedded model."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, row

import json

import torch

from explorer import Scene, Variant, load, run
from explorer.analysis.probing import probe
from explorer.analysis.structure.rank_collapse import rank_paths
from explorer.analysis.structure.removal import likeness, scores, states
from explorer.analysis.similarity import cka_matrix
from explorer.home import ASSETS
from explorer.training.loop import Training
from explorer.training.miniature import SETTING, small


def collapse() -> None:
    minilm = load()
    for tokens in (16, 128):
        seen = run(minilm, "word " * (tokens - 2))
        row(
            f"rank collapse, eight networks, n = {tokens}",
            f"{median_ms(lambda s=seen: rank_paths(Scene.of(minilm, s)), 3):.0f} ms",
            "< 3000 ms",
        )


def measures() -> None:
    made = torch.Generator().manual_seed(0)
    layers = [torch.randn(2_000, 384, generator=made) for _ in range(7)]
    row(
        "CKA of 7 x 7 layers, 2,000 words, d = 384",
        f"{median_ms(lambda: cka_matrix(layers, layers), 3):.0f} ms",
        "< 3000 ms",
    )
    labels = torch.randint(0, 16, (2_000,), generator=made).numpy()
    for method, aim in (("ridge", "< 500 ms"), ("logistic", "< 5000 ms")):
        cost = median_ms(lambda method=method: probe(layers[0], labels, method), 3)
        row(f"{method} probe and its control, 2,000 words, 16 classes", f"{cost:.0f} ms", aim)


def removals() -> None:
    minilm = load()
    pairs = [tuple(pair) for pair in json.loads((ASSETS / "examples/passages.json").read_text("utf-8"))]
    variant = Variant(without_ffn="all", ffn_mode="skip")
    row(
        "32 passages through MiniLM without blocks",
        f"{median_ms(lambda: states(minilm, pairs, variant), 3):.0f} ms",
        "< 1500 ms",
    )
    own, changed = states(minilm, pairs), states(minilm, pairs, variant)
    row("their CKA and cosines, 7 states", f"{median_ms(lambda: likeness(own, changed, ()), 3):.0f} ms", "< 500 ms")
    row("their probes, 7 states", f"{median_ms(lambda: scores(own, 'side'), 3):.0f} ms", "< 1500 ms")
    model = Training(SETTING).model
    row(
        "measuring a small model after its training",
        f"{median_ms(lambda: small('full', model, SETTING, None), 2):.0f} ms",
        "< 5000 ms",
    )


if __name__ == "__main__":
    collapse()
    measures()
    removals()
