"""The two ways from texts to labels, one after the other: frozen vectors with logistic regression, then fine-tuning."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from explorer.analysis.probing import LinearMap, Split
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.analysis.use.pooling import sentence_vectors
from explorer.analysis.use.task_head import Outcome, frozen, softmax
from explorer.models.handle import ModelHandle
from explorer.training.fine_tune import Epoch, Recipe, Step, Tuned, fine_tune
from explorer.training.goals import Classes


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
