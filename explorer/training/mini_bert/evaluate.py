"""Measure the model: `python -m explorer.training.mini_bert.evaluate` prints every figure of its card, in minutes."""

import argparse
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.models.embedded import embedded_folder
from explorer.models.load import build
from explorer.models.spec import ModelSpec
from explorer.models.tokenizer import read_tokenizer
from explorer.training.mini_bert import agreement
from explorer.training.mini_bert.corpus import text_of
from explorer.training.mini_bert.examples import examples
from explorer.training.mini_bert.measures import (
    SEED,
    Change,
    Pairs,
    Pieces,
    agreements,
    change_of,
    cloze,
    pairs,
    pieces,
)
from explorer.training.mini_bert.run import fresh
from explorer.training.mini_bert.sources import SOURCES

SPEC = ModelSpec("embedded", "mini-bert", head="pretraining")
MOST = 150  # examples of a source
COMPARED = 120  # sentences for what changed against MiniLM


@dataclass(frozen=True)
class Report:
    """Everything that the card quotes.

    cloze: part → share of accepted words first, among five. pieces, pairs: source → figures.
    """

    cloze: dict[str, tuple[float, float]]
    agreement: float
    pieces: dict[str, Pieces]
    pairs: dict[str, Pairs]
    change: Change | None


def measure(model: Any, most: int, parts: tuple[str, ...], changed: Change | None = None) -> Report:
    """Measure a `BertForPreTraining`, and say what it puts into each gap; most: examples of a source."""
    tokenizer = read_tokenizer(embedded_folder())
    found = {part: cloze(model, tokenizer, part) for part in parts}
    for part, (_, _, guesses) in found.items():
        for gap, words in guesses:
            say("\t".join((part, "yes" if words[0] in gap.accepted else "-", gap.text, " ".join(words))))
    texts = {name: text_of(name) for name in SOURCES}
    return Report(
        {part: (first, five) for part, (first, five, _) in found.items()},
        agreements(model, tokenizer),
        {name: pieces(model, text, most) for name, text in texts.items()},
        {name: pairs(model, text, most) for name, text in texts.items()},
        changed,
    )


def shipped(most: int, parts: tuple[str, ...]) -> Report:
    """Measure the model that comes with the app."""
    return measure(build(SPEC, "sdpa").model, most, parts, changed())


def changed() -> Change:
    """The stored model against MiniLM, on held-out sentences of every source."""
    models = [build(ModelSpec("embedded", source), "eager").model for source in ("mini-bert", "all-MiniLM-L6-v2")]
    rng = np.random.default_rng(SEED)
    each = COMPARED // len(SOURCES)
    found = [e for name in SOURCES for e in islice(examples(text_of(name).held_out, rng, single=1.0), each)]
    return change_of(models[0], models[1], found)


def table(report: Report) -> str:
    """The figures as the card shows them."""
    rows = [
        "| source | held-out pieces | right | among five | nats | pairs | next sentence |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, p in report.pieces.items():
        source, n = SOURCES[name], report.pairs[name]
        told = f"{n.n} | {n.right:.0%}" if n.n else "0 | "
        seen = "" if source.share else " (**never trained on**)"
        rows.append(f"| {source.what}{seen} | {p.n:,} | {p.first:.0%} | {p.five:.0%} | {p.nats:.2f} | {told} |")
    for trained in (True, False):
        chosen = [name for name in report.pieces if (SOURCES[name].share > 0) == trained]
        if chosen:
            total = sum(report.pieces[name].n for name in chosen)
            right, hit, nats = (
                sum(report.pieces[name].n * getattr(report.pieces[name], field) for name in chosen) / total
                for field in ("first", "five", "nats")
            )
            both = [report.pairs[name] for name in chosen if report.pairs[name].n]
            count = sum(one.n for one in both)
            follow = sum(one.n * one.right for one in both) / count
            what = "all sources of the training" if trained else "all sources kept out"
            rows.append(f"| {what} | {total:,} | {right:.0%} | {hit:.0%} | {nats:.2f} | {count:,} | {follow:.0%} |")
    lines = ["", "| what | sentences | accepted word first | among five |", "|---|---|---|---|"]
    for part, (first, five) in report.cloze.items():
        what = "looked at during the work" if part == "dev" else "kept for the end"
        lines.append(f"| everyday sentences with a gap, {what} | 100 | {first:.0%} | {five:.0%} |")
    n_items = len(agreement.items())
    lines.append(f"| verb agrees over a noun of the other number | {n_items} | {report.agreement:.0%} | |")
    return "\n".join([*rows, *lines])


def difference(change: Change) -> str:
    """What changed against MiniLM, as the card says it."""
    layers = ", ".join(f"{one:.2f}" for one in change.attention)
    return (
        f"Attention, layers 1 to {len(change.attention)}, mean share of a row's weight that went elsewhere: {layers}. "
        f"Sentence vectors (means over the pieces): cosine of a sentence's old and new vector {change.same:.2f}; "
        f"Spearman's correlation of old and new cosines between sentences {change.order:.2f}."
    )


def main() -> None:
    """Print all figures of the shipped model, or of a checkpoint of the training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, help="of the training, instead of the shipped model")
    parser.add_argument("--most", type=int, default=MOST, help="examples of each source")
    parser.add_argument("--parts", default="dev,end", help="of the everyday sentences")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    parts = tuple(chosen.parts.split(","))
    if chosen.checkpoint:
        model = fresh()
        model.load_state_dict(torch.load(chosen.checkpoint, weights_only=True)["model"])
        report = measure(model.eval(), chosen.most, parts)
    else:
        report = shipped(chosen.most, parts)
    say(table(report))
    if report.change:
        say(difference(report.change))


def say(line: str) -> None:
    """A line of the output."""
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
