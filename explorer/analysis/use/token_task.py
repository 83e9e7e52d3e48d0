"""A token-level task: can a label be read off each token's state, layer by layer? On texts that were held out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.analysis.info import Message
from explorer.analysis.probing import LinearMap, ProbeScore, Split, coded, fit, judge, split
from explorer.analysis.use.token_labels import Labels
from explorer.capture.batch import batches
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle

HELD_OUT = 0.25

# The encodings of texts, and for each its states at every depth, T x D.
Read = tuple[tuple[Encoded, ...], tuple[tuple[Tensor, ...], ...]]


@dataclass(frozen=True, eq=False)
class Tokens:
    """The judged tokens of many texts: their states at every depth, their labels, the text that each is from."""

    states: tuple[Float[Tensor, "N D"], ...]
    labels: tuple[str, ...]
    texts: Int[np.ndarray, " N"]


@dataclass(frozen=True, eq=False)
class TokenScores:
    """A probe's score at every depth, all on the same split of the texts."""

    task: str
    depth: int
    scores: tuple[ProbeScore, ...]
    n_texts: tuple[int, int]

    @property
    def accuracy(self) -> Float[np.ndarray, " L1"]:
        """Share of the held-out tokens with the right label."""
        return np.array([score.accuracy for score in self.scores])

    @property
    def control(self) -> Float[np.ndarray, " L1"]:
        """The same with shuffled labels."""
        return np.array([score.control for score in self.scores])

    @property
    def majority(self) -> float:
        """Share of the most frequent label."""
        return self.scores[0].majority

    def table(self) -> pd.DataFrame:
        """One row for each depth; 0 is the embedding."""
        score = self.scores[0]
        return pd.DataFrame(
            {
                "layers passed": np.arange(len(self.scores)),
                "held-out accuracy": self.accuracy,
                "shuffled labels": self.control,
                "majority": self.majority,
                "tokens learnt from": score.n_train,
                "tokens held out": score.n_test,
                "seed": score.seed,
            }
        )

    def reading(self) -> Message:
        """The score at the chosen depth beside its two baselines, and where it is best."""
        score = self.scores[self.depth]
        best = int(self.accuracy.argmax())
        facts: dict[str, object] = {"depth": self.depth, "accuracy": score.accuracy, "majority": score.majority}
        facts |= {"control": score.control, "n": score.n_test, "texts": self.n_texts[1], "train": self.n_texts[0]}
        facts |= {"best": best, "most": float(self.accuracy[best]), "seed": score.seed}
        return "token_task.reading", facts


@dataclass(frozen=True, eq=False)
class Marked:
    """A text that the probe has not learnt from, with the probe's answer at every token; None where it is not asked."""

    encoded: Encoded
    labels: Labels
    predicted: Labels

    @property
    def right(self) -> tuple[bool | None, ...]:
        """Whether each answer is right."""
        pairs = zip(self.labels, self.predicted, strict=True)
        return tuple(None if label is None else label == answer for label, answer in pairs)

    def table(self) -> pd.DataFrame:
        """One row for each token."""
        columns = {"position": range(len(self.labels)), "token": self.encoded.tokens, "label": self.labels}
        return pd.DataFrame({**columns, "predicted": self.predicted, "right": self.right})

    def reading(self) -> Message:
        """How many tokens of this text got their label."""
        asked = [right for right in self.right if right is not None]
        return "token_task.reading.text", {"right": sum(asked), "of": len(asked)}


def read(handle: ModelHandle, texts: Sequence[str | tuple[str, str]]) -> Read:
    """The encodings of all texts, and the states of each at every depth, without padding.

    Raises:
        EmptyText, TextTooLong, NoWeights: as `batches`.
    """
    encoded: dict[int, Encoded] = {}
    states: dict[int, tuple[Tensor, ...]] = {}
    for batch in batches(handle, texts):
        for row, (text, own) in enumerate(zip(batch.rows, batch.encoded, strict=True)):
            encoded[text] = own
            states[text] = tuple(hidden[row, : own.n_tokens].clone() for hidden in batch.hidden)
    order = range(len(texts))
    return tuple(encoded[text] for text in order), tuple(states[text] for text in order)


def tokens(seen: Read, labelled: Sequence[Labels]) -> Tokens:
    """All tokens that have a label; labelled: one entry a token, for every text."""
    asked = [[at for at, label in enumerate(labels) if label is not None] for labels in labelled]
    pairs = [[state[rows] for state in states] for states, rows in zip(seen[1], asked, strict=True)]
    names = tuple(label for labels in labelled for label in labels if label is not None)
    texts = np.repeat(np.arange(len(asked)), [len(rows) for rows in asked])
    return Tokens(tuple(torch.cat(depth) for depth in zip(*pairs, strict=True)), names, texts)


def parts_of(found: Tokens, seed: int) -> Split:
    """Hold out a quarter of the texts; the tokens of one text are never divided.

    Raises:
        ProbeImpossible: with fewer than two texts.
    """
    return split(len(found.labels), seed, HELD_OUT, found.texts.tolist())


def token_scores(found: Tokens, task: str, seed: int, depth: int, method: str = "ridge") -> TokenScores:
    """The probe at every depth.

    Raises:
        ProbeImpossible: with one label only.
    """
    classes, codes = coded(found.labels)
    parts = parts_of(found, seed)
    scores = tuple(judge(states, codes, len(classes), parts, method) for states in found.states)
    sides = tuple(len(np.unique(found.texts[side])) for side in (parts.train, parts.test))
    return TokenScores(task, depth, scores, (sides[0], sides[1]))


def fitted(found: Tokens, seed: int, depth: int, method: str = "ridge") -> tuple[LinearMap, tuple[str, ...]]:
    """The probe of one depth, learnt from the part to learn from, and the names of its classes."""
    classes, codes = coded(found.labels)
    train = parts_of(found, seed).train
    return fit(found.states[depth][train], codes[train], len(classes), method), classes


def marked(
    encoded: Encoded, state: Float[Tensor, "T D"], labels: Labels, probe: LinearMap, classes: tuple[str, ...]
) -> Marked:
    """The probe's answers at the tokens of a text."""
    answers = probe.predicted(state)
    named = tuple(None if label is None else classes[code] for label, code in zip(labels, answers, strict=True))
    return Marked(encoded, labels, named)
