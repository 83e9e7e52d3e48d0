"""Which frozen vector a classifier should read: [CLS], the pooler, the mean, the maximum, or one word's state."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.analysis.use.pooling import pooled
from explorer.analysis.use.task_head import frozen, majority, stratified
from explorer.capture.batch import batches
from explorer.models.handle import ModelHandle

# Splits into texts to learn from and texts held out.
SEEDS = (3, 4)


@dataclass(frozen=True, eq=False)
class ClassifierInput:
    """right: of each vector, the share of held-out texts that logistic regression labels rightly, for each split.

    word: the last state of a text's first token that is no special one. majority: always the most frequent label.
    """

    right: dict[str, Float[np.ndarray, " S"]]
    majority: float
    n_texts: int
    n_held_out: int
    n_labels: int

    def table(self) -> pd.DataFrame:
        """One row a vector and split."""
        lines = [(name, at, share) for name, shares in self.right.items() for at, share in enumerate(shares.tolist())]
        return pd.DataFrame(lines, columns=["vector", "split", "right of the held-out texts"])

    def reading(self) -> Message:
        """The mean, one word and, where there is one, [CLS]."""
        facts: dict[str, object] = {name: float(shares.mean()) for name, shares in self.right.items()}
        facts |= {"majority": self.majority, "texts": self.n_texts, "held": self.n_held_out, "labels": self.n_labels}
        return "sentences.reading.input" + ("" if "cls" in self.right else ".no_cls"), facts


def classifier_input(handle: ModelHandle, data: LabelledTexts, seeds: Sequence[int] = SEEDS) -> ClassifierInput:
    """Every vector of the last layer on the same splits.

    Raises:
        EmptyText, TextTooLong, NoWeights: as `batches`.
    """
    *_, last = by_batch(handle, data, seeds)
    assert isinstance(last, ClassifierInput)
    return last


def by_batch(handle: ModelHandle, data: LabelledTexts, seeds: Sequence[int] = SEEDS) -> Iterator[int | ClassifierInput]:
    """As `classifier_input`: after every batch how many texts have been read so far, and at last the result."""
    held: dict[str, list[torch.Tensor | None]] = {}
    n_read = 0
    for batch in batches(handle, data.texts):
        last = batch.hidden[-1]
        firsts = [next((at for at, flag in enumerate(one.special) if not flag), 0) for one in batch.encoded]
        found = {name: states[:, -1] for name, states in pooled(handle, batch, batch.real).items()}
        found["word"] = last[torch.arange(len(firsts)), firsts]
        for name, vectors in found.items():
            rows = held.setdefault(name, [None] * len(data.texts))
            for at, vector in zip(batch.rows, vectors, strict=True):
                rows[at] = vector
        n_read += len(batch.rows)
        yield n_read
    right: dict[str, list[float]] = {name: [] for name in held}
    parts = [stratified(data.codes, seed) for seed in seeds]
    for name, rows in held.items():
        stacked = torch.stack([one for one in rows if one is not None]).float().cpu().numpy()
        right[name] = [frozen(data, split, stacked)[0].accuracy for split in parts]
    common = float(np.mean([majority(data.codes, split) for split in parts]))
    shares = {name: np.array(values) for name, values in right.items()}
    yield ClassifierInput(shares, common, len(data.texts), len(parts[0].test), len(data.names))
