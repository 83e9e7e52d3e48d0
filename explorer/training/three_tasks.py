"""Answers in a passage, two sentences, names: what simple rules and frozen states say of held-out texts, then training.

`make tasks` stores the results of the default settings, so that a page has something to show before it is asked.
Layers, passes and rates were set while looking at seed 0, at all of its held-out sides; other seeds are untouched.
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.probing import LinearMap, Split
from explorer.analysis.use import trained_task as judged
from explorer.analysis.use.pooling import sentence_vectors
from explorer.analysis.use.spans import NONE, span_of, window
from explorer.analysis.use.task_texts import LABELS, LEARNT, Example, examples
from explorer.analysis.use.trained_task import TAGS, Counts
from explorer.capture.load import load
from explorer.errors import NotInThisModel
from explorer.home import ASSETS
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle
from explorer.models.registry import OFFERS
from explorer.models.spec import ModelSpec
from explorer.training.fine_tune import Epoch, Recipe, Step, Tuned, fine_tune, states_at
from explorer.training.goals import IGNORED, Classes, Goal, Spans, TokenClasses

RECIPES = {
    "span": Recipe(layers=6, epochs=3, rate=3e-4),
    "pair": Recipe(layers=6, epochs=3, rate=1.5e-4),
    "name": Recipe(layers=2, epochs=4, rate=3e-4),
}
STORED = ASSETS / "models" / "tasks.json"
SHIPPED = (OFFERS["mini-bert"], OFFERS["minilm"])
# The head alone, on frozen states: quick, so it may take its time.
HEAD_PASSES = 20


@dataclass(frozen=True, eq=False)
class Simple:
    """What a way without fine-tuning has found of the held-out texts; fitted: its map from states, where it has one."""

    way: str
    counts: Counts
    fitted: LinearMap | None = None


@dataclass(frozen=True, eq=False)
class Trained:
    """The end: what fine-tuning has found, and the training's own last word."""

    counts: Counts
    tuned: Tuned


Event = Simple | Step | Epoch | Trained


@dataclass(frozen=True, eq=False)
class Material:
    """The texts of a task as one model reads them. true: a span, a label, or tags for each."""

    task: str
    examples: tuple[Example, ...]
    encoded: tuple[Encoded, ...]
    parts: Split

    @property
    def true(self) -> list[tuple[int, int]] | list[str] | list[tuple[str | None, ...]]:
        """What is right of every text."""
        pairs = list(zip(self.encoded, self.examples, strict=True))
        if self.task == "span":
            return [span_of(encoded, example.answer) for encoded, example in pairs]
        if self.task == "pair":
            return [example.label for example in self.examples]
        return [judged.tags(encoded, example.names) for encoded, example in pairs]

    @property
    def goal(self) -> Goal:
        """What is trained."""
        if self.task == "span":
            return Spans(tuple(self.true), tuple(map(window, self.encoded)))  # type: ignore[arg-type]
        if self.task == "pair":
            return Classes(np.array([LABELS.index(str(label)) for label in self.true]), len(LABELS))
        numbers = {tag: at for at, tag in enumerate(TAGS)}
        codes = [np.array([numbers.get(str(tag), IGNORED) for tag in tags]) for tags in self.true]
        return TokenClasses(tuple(codes), len(TAGS))

    def held(self, of: Sequence[object]) -> list[object]:
        """What belongs to the held-out texts."""
        return [of[at] for at in self.parts.test]


def require_pairs(handle: ModelHandle, task: str) -> None:
    """Refuse a task of two texts for a model that reads one.

    Raises:
        NotInThisModel.
    """
    if task != "name" and encode(handle, "one", "two").sentence_b is None:
        raise NotInThisModel(model=handle.config.model_type, reason="one_text")


def material(handle: ModelHandle, task: str, seed: int) -> Material:
    """The texts, drawn with this seed."""
    found = examples(task, seed)
    encoded = tuple(encode(handle, example.first, example.second) for example in found)
    learnt = np.array([example.side == LEARNT for example in found])
    return Material(task, found, encoded, Split(np.flatnonzero(learnt), np.flatnonzero(~learnt), seed))


def n_steps(task: str, recipe: Recipe, seed: int) -> int:
    """Steps of the optimiser in the whole fine-tuning."""
    learnt = sum(example.side == LEARNT for example in examples(task, seed))
    return recipe.epochs * -(-learnt // recipe.batch)


def three_tasks(handle: ModelHandle, task: str, recipe: Recipe) -> Iterator[Event]:
    """The simple ways first, then fine-tuning; the curve is of the held-out templates.

    Raises:
        ExplorerError: where the model reads no pairs, or cannot be tuned.
    """
    require_pairs(handle, task)
    of = material(handle, task, recipe.seed)
    yield from _rules(of)
    texts = [example.texts for example in of.examples]
    n_layers = handle.dims.n_layers
    depths = {0, n_layers - min(recipe.layers, n_layers), n_layers}
    states = states_at(handle, texts, sorted(depths))
    yield from frozen(handle, of, states)
    watched = np.array([at for at in of.parts.test if of.examples[at].side == "templates"])
    given = states[n_layers - min(recipe.layers, n_layers)]
    for event in fine_tune(handle, texts, of.goal, of.parts, recipe, watched, given):
        yield Trained(_counted(of, event), event) if isinstance(event, Tuned) else event


def _counted(of: Material, tuned: Tuned) -> Counts:
    held = [of.examples[at] for at in of.parts.test]
    encoded = [of.encoded[at] for at in of.parts.test]
    return judged.tuned_counts(of.task, tuned.outputs, encoded, of.held(of.true), held)


def _rules(of: Material) -> Iterator[Simple]:
    """The ways that need no model."""
    held = [of.examples[at] for at in of.parts.test]
    encoded = [of.encoded[at] for at in of.parts.test]
    if of.task == "span":
        true: list[tuple[int, int]] = of.held(of.true)  # type: ignore[assignment]
        yield Simple("none", judged.span_counts([NONE] * len(held), true))
        yield Simple("overlap", judged.span_counts([judged.overlap_span(one) for one in encoded], true))
    elif of.task == "pair":
        yield Simple("majority", judged.label_counts([LABELS[0]] * len(held), held))
        features = np.array([judged.overlap_features(example) for example in of.examples])
        fitted = judged.fit_features(features, of.examples)
        yield Simple("overlap", judged.label_counts(judged.by_features(fitted, features, of.examples), held))
    else:
        learnt = [example.side == LEARNT for example in of.examples]
        found = judged.by_word(of.encoded, of.true, learnt)  # type: ignore[arg-type]
        yield Simple("words", judged.name_counts(found, of.held(of.true)))  # type: ignore[arg-type]


def frozen(handle: ModelHandle, of: Material, states: dict[int, list[Tensor]]) -> Iterator[Simple]:
    """The ways that read states which are not trained; states: after no layer and after all, of every text."""
    held, last = [of.examples[at] for at in of.parts.test], states[handle.dims.n_layers]
    if of.task == "span":
        recipe = replace(RECIPES["span"], layers=0, epochs=HEAD_PASSES)
        texts = [example.texts for example in of.examples]
        *_, end = fine_tune(handle, texts, of.goal, of.parts, recipe, of.parts.test[:1], last)
        assert isinstance(end, Tuned)
        yield Simple("head", _counted(of, end))
    elif of.task == "pair":
        first = sentence_vectors(handle, [e.first for e in of.examples]).vectors["mean"][-1]
        second = sentence_vectors(handle, [e.second or "" for e in of.examples]).vectors["mean"][-1]
        for way, vectors in (("second", second), ("vectors", judged.both_vectors(first, second))):
            fitted = judged.fit_features(vectors, of.examples)
            labels = judged.by_features(fitted, vectors, of.examples)
            yield Simple(way, judged.label_counts(labels, held), fitted)
    else:
        learnt, true = [example.side == LEARNT for example in of.examples], cast(list[tuple[str | None, ...]], of.true)
        for way, depth in (("embedding", 0), ("states", handle.dims.n_layers)):
            fitted = judged.fit_states(states[depth], true, learnt)
            found = judged.by_probe(fitted, states[depth], true, learnt)
            yield Simple(way, judged.name_counts(found, of.held(of.true)), fitted)  # type: ignore[arg-type]


def scored(task: str, seed: int, events: Iterable[object]) -> tuple[judged.TaskScores, list[tuple[int, float]]]:
    """What has come so far, and the share right after every pass."""
    found, events = examples(task, seed), list(events)
    held = tuple(one for one in found if one.side != LEARNT)
    done = [e for e in events if isinstance(e, Simple | Trained)]
    counts = {e.way if isinstance(e, Simple) else "tuned": e.counts for e in done}
    info = judged.TaskScores(task, seed, len(found) - len(held), held, counts)
    return info, [(e.number, e.held_out) for e in events if isinstance(e, Epoch)]


@cache
def _kept() -> dict[str, dict[str, dict[str, object]]]:
    found: dict[str, dict[str, dict[str, object]]] = json.loads(STORED.read_text(encoding="utf-8"))
    return found


def stored(spec: ModelSpec, task: str, recipe: Recipe) -> tuple[judged.TaskScores, list[tuple[int, float]], str] | None:
    """The stored result of these settings: scores, curve, the day on which it was made. None where there is none."""
    one = _kept().get(_name(spec), {}).get(task)
    if one is None or recipe != RECIPES[task] or one["texts"] != digest(task):
        return None
    counts = {way: np.array(rows) for way, rows in one["counts"].items()}  # type: ignore[attr-defined]
    info = replace(scored(task, recipe.seed, [])[0], counts=counts)
    return info, [(int(n), float(share)) for n, share in one["curve"]], str(one["made"])  # type: ignore[attr-defined]


def digest(task: str) -> str:
    """Of all texts of a task as they are drawn by default: what was stored for others is not shown."""
    return hashlib.sha256(repr(examples(task)).encode()).hexdigest()


def _name(spec: ModelSpec) -> str:
    return f"{spec.kind}/{spec.source}"


def main(specs: Sequence[ModelSpec] = SHIPPED, path: Path = STORED) -> None:
    """Train every task with its default settings on these models and store what came of it."""
    torch.set_num_threads(1)
    found: dict[str, dict[str, object]] = {}
    for spec in specs:
        for task, recipe in RECIPES.items():
            events = list(three_tasks(load(spec), task, recipe))
            info, curve = scored(task, recipe.seed, events)
            counts = {way: rows.tolist() for way, rows in info.counts.items()}
            made = time.strftime("%Y-%m-%d", time.gmtime())
            one = {"made": made, "texts": digest(task), "counts": counts, "curve": curve}
            found.setdefault(_name(spec), {})[task] = one
            sys.stderr.write(f"{_name(spec)}: {info.table().to_string()}\n")
    path.write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
