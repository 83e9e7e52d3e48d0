"""The two ways from texts to labels, one after the other: frozen vectors with logistic regression, then fine-tuning.

`make tasks` stores the result of the default settings on the shipped texts, so that the page has something to show
before it is asked.
"""

import hashlib
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from explorer.analysis.probing import LinearMap, Split
from explorer.analysis.use.labelled_texts import LabelledTexts, labelled_texts
from explorer.analysis.use.pooling import sentence_vectors
from explorer.analysis.use.task_head import Outcome, frozen, softmax, stratified
from explorer.capture.load import load
from explorer.home import ASSETS
from explorer.models.handle import ModelHandle
from explorer.models.registry import MADE, MULTILINGUAL, OFFERS, offers
from explorer.models.spec import ModelSpec
from explorer.training.fine_tune import Epoch, Recipe, Step, Tuned, fine_tune
from explorer.training.goals import Classes

# The same 14 intents in two languages, each text written in its own.
EXAMPLES = {None: ASSETS / "examples" / "intents.csv", "zh": ASSETS / "examples" / "intents.zh.csv"}
POOLING, RECIPE = "mean", Recipe()
STORED = ASSETS / "models" / "intents.json"
# What is stored: models, and the language of their texts. One that was not made here keeps what was stored of it.
SHIPPED: dict[ModelSpec, str | None] = {OFFERS["mini-bert"]: None, OFFERS["minilm"]: None, MADE[MULTILINGUAL]: "zh"}


@dataclass(frozen=True, eq=False)
class Frozen:
    """The first way, done: its answers, and the map from a vector to the labels."""

    outcome: Outcome
    fitted: LinearMap
    pooling: str

    def predicted(self, handle: ModelHandle, text: str) -> Float[np.ndarray, " C"]:
        """Probabilities of the labels for a new text.

        Raises:
            EmptyText, TextTooLong.
        """
        import torch

        vector = sentence_vectors(handle, [text]).vectors[self.pooling][-1]
        return np.asarray(softmax(self.fitted.scores(torch.from_numpy(vector)))[0])


Event = Frozen | Step | Epoch | Tuned


def two_ways(handle: ModelHandle, data: LabelledTexts, parts: Split, pooling: str, recipe: Recipe) -> Iterator[Event]:
    """Both on the same split.

    Raises:
        ExplorerError: where a text cannot be read by the model, or the model cannot be tuned.
    """
    found = sentence_vectors(handle, data.texts)
    name = pooling if pooling in found.vectors else "mean"
    outcome, fitted = frozen(data, parts, found.vectors[name][-1])
    yield Frozen(outcome, fitted, name)
    yield from fine_tune(handle, data.texts, Classes(data.codes, len(data.names)), parts, recipe)


def example(language: str | None = None) -> LabelledTexts:
    """The shipped texts, in Chinese for "zh", else in English."""
    return labelled_texts(EXAMPLES.get(language, EXAMPLES[None]).read_bytes())


@dataclass(frozen=True, eq=False)
class Kept:
    """A stored result. curve: the share right after every pass; made: the day."""

    outcomes: dict[str, Outcome]
    curve: list[tuple[int, float]]
    made: str


def stored(spec: ModelSpec, data: LabelledTexts, pooling: str, recipe: Recipe) -> Kept | None:
    """The stored result of these settings on these texts, None where there is none."""
    one = _kept().get(f"{spec.kind}/{spec.source}")
    if one is None or (pooling, recipe) != (POOLING, RECIPE) or one["texts"] != digest(data):
        return None
    parts = stratified(data.codes, recipe.seed)
    outcomes = {
        way: Outcome(data, parts, np.array(found["probabilities"]), found["parameters"])
        for way, found in one["outcomes"].items()
    }
    return Kept(outcomes, [(int(n), float(share)) for n, share in one["curve"]], one["made"])


@cache
def _kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return found


def digest(data: LabelledTexts) -> str:
    """Of all texts and labels: what was stored for others is not shown."""
    return hashlib.sha256(repr((data.texts, data.labels)).encode()).hexdigest()


def main(path: Path = STORED) -> None:
    """Go both ways with the default settings on the models that are here and store what came of it."""
    found, there = json.loads(path.read_text(encoding="utf-8")), set(offers().values())
    for spec in filter(there.__contains__, SHIPPED):
        data = example(SHIPPED[spec])
        parts = stratified(data.codes, RECIPE.seed)
        outcomes, curve = {}, []
        for event in two_ways(load(spec), data, parts, POOLING, RECIPE):
            if isinstance(event, Epoch):
                curve.append((event.number, event.held_out))
            elif isinstance(event, Frozen):
                outcomes["frozen"] = event.outcome
            elif isinstance(event, Tuned):
                outcomes["tuned"] = Outcome(data, parts, event.probabilities, event.parameters)
        kept = {
            way: {"probabilities": np.round(one.probabilities, 5).tolist(), "parameters": one.parameters}
            for way, one in outcomes.items()
        }
        made = time.strftime("%Y-%m-%d", time.gmtime())
        name = f"{spec.kind}/{spec.source}"
        found[name] = {"made": made, "texts": digest(data), "outcomes": kept, "curve": curve}
        sys.stderr.write(f"{name}: " + ", ".join(f"{way} {one.accuracy:.3f}" for way, one in outcomes.items()) + "\n")
    path.write_text(json.dumps(found) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
