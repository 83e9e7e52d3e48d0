"""Texts into labels: a seeded split, the majority baseline, and what a classifier got right on held-out texts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int

from explorer.analysis.info import Message
from explorer.analysis.probing import LinearMap, Split, fit
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.analysis.use.pooling import pooler_map
from explorer.models.handle import ModelHandle

HELD_OUT = 0.3
METHODS = ("frozen", "tuned")


@dataclass(frozen=True, eq=False)
class Outcome:
    """A trained classifier's answers on the texts that it has not seen. parameters: how many numbers were trained."""

    data: LabelledTexts
    parts: Split
    probabilities: Float[np.ndarray, "B C"]
    parameters: int

    @property
    def predicted(self) -> Int[np.ndarray, " B"]:
        """The most probable label of each held-out text."""
        return np.asarray(self.probabilities.argmax(1))

    @property
    def accuracy(self) -> float:
        """Share of the held-out texts that got their label."""
        return float((self.predicted == self.data.codes[self.parts.test]).mean())

    @property
    def confusion(self) -> Int[np.ndarray, "C C"]:
        """Held-out texts by true label (row) and predicted label (column)."""
        n = len(self.data.names)
        counts = np.zeros((n, n), dtype=np.int64)
        np.add.at(counts, (self.data.codes[self.parts.test], self.predicted), 1)
        return counts

    def table(self) -> pd.DataFrame:
        """One row for each held-out text."""
        names = np.array(self.data.names, dtype=object)
        true = self.data.codes[self.parts.test]
        return pd.DataFrame(
            {
                "held-out text": [self.data.texts[at] for at in self.parts.test],
                "label": names[true],
                "predicted": names[self.predicted],
                "right": true == self.predicted,
                "probability of predicted": self.probabilities.max(1),
            }
        )

    def reading(self) -> Message:
        """How many were right, and which two labels are mixed up most."""
        counts = self.confusion
        facts: dict[str, object] = {"right": int(np.trace(counts)), "of": int(counts.sum())}
        np.fill_diagonal(counts, 0)
        if not counts.any():
            return "task_head.reading.perfect", facts
        true, wrong = np.unravel_index(counts.argmax(), counts.shape)
        names, equal = self.data.names, int((counts == counts.max()).sum())
        facts["pairs"] = equal
        return f"task_head.reading.confusion{'' if equal == 1 else '.equal'}", facts | {
            "label": names[true],
            "wrong": names[wrong],
            "times": int(counts[true, wrong]),
        }


@dataclass(frozen=True, eq=False)
class Comparison:
    """Held-out accuracy of always the most frequent label, of frozen vectors and of fine-tuning; None until trained."""

    data: LabelledTexts
    parts: Split
    majority: float
    outcomes: dict[str, Outcome | None]

    def table(self) -> pd.DataFrame:
        """One row for each way."""
        rows = [{"way": "majority", "held-out accuracy": self.majority, "trained parameters": 0}]
        for name, outcome in self.outcomes.items():
            if outcome is not None:
                facts = {"held-out accuracy": outcome.accuracy, "trained parameters": outcome.parameters}
                rows.append({"way": name, **facts})
        return pd.DataFrame(rows).assign(texts=len(self.parts.train), held_out=len(self.parts.test))

    def reading(self) -> Message:
        """The accuracies side by side, as far as they are there."""
        facts: dict[str, object] = {"train": len(self.parts.train), "test": len(self.parts.test)}
        facts |= {"labels": len(self.data.names), "majority": self.majority, "seed": self.parts.seed}
        done = {name: outcome.accuracy for name, outcome in self.outcomes.items() if outcome is not None}
        if set(done) == set(METHODS):
            return "task_head.reading.both", facts | done
        if "frozen" in done:
            return "task_head.reading.frozen", facts | done
        return "task_head.reading.before", facts


@dataclass(frozen=True)
class Station:
    """One step from a text to its label: its shape, the parameters that it has, whether fine-tuning trains them."""

    name: str
    shape: tuple[int | str, ...]
    parameters: int = 0
    trained: bool = False
    layers: int = 0


@dataclass(frozen=True)
class Road:
    """All stations of `BertForSequenceClassification`, for a batch of B texts of T tokens; or of the classes whose head
    reads every token, `BertForTokenClassification` and `BertForQuestionAnswering`, which have no pooler."""

    stations: tuple[Station, ...]
    labels: int

    @property
    def trained(self) -> int:
        """Parameters that fine-tuning changes."""
        return sum(s.parameters for s in self.stations if s.trained)

    @property
    def new(self) -> int:
        """Parameters that the model did not have before."""
        return next(s.parameters for s in self.stations if s.name == "classifier")

    def table(self) -> pd.DataFrame:
        """One row for each station."""
        rows = [
            {
                "station": s.name,
                "shape": " × ".join(map(str, s.shape)),
                "parameters": s.parameters,
                "trained in fine-tuning": s.trained,
            }
            for s in self.stations
        ]
        return pd.DataFrame(rows)

    def reading(self) -> Message:
        """How small the new part is, and how much is trained."""
        total = sum(s.parameters for s in self.stations)
        facts: dict[str, object] = {"new": self.new, "total": total, "labels": self.labels}
        end = ".span" if self.stations[-1].name == "legal" else ""
        return f"task_head.reading.road{end}", facts | {"trained": self.trained, "share": self.trained / total}


def stratified(codes: Int[np.ndarray, " N"], seed: int, held_out: float = HELD_OUT) -> Split:
    """Hold out this share of the texts of every label, at least one, and leave at least one to learn from."""
    rng = np.random.default_rng(seed)
    train, test = [], []
    for code in np.unique(codes):
        rows = rng.permutation(np.flatnonzero(codes == code))
        n = min(max(1, round(held_out * len(rows))), len(rows) - 1)
        test.append(rows[:n])
        train.append(rows[n:])
    return Split(np.sort(np.concatenate(train)), np.sort(np.concatenate(test)), seed)


def majority(codes: Int[np.ndarray, " N"], parts: Split) -> float:
    """Held-out accuracy of the label that is most frequent among the texts to learn from."""
    most = np.bincount(codes[parts.train]).argmax()
    return float((codes[parts.test] == most).mean())


def frozen(data: LabelledTexts, parts: Split, vectors: Float[np.ndarray, "N D"]) -> tuple[Outcome, LinearMap]:
    """Logistic regression (scikit-learn) on vectors that are not trained; learns from `parts.train` alone."""
    features = torch.from_numpy(np.ascontiguousarray(vectors))
    fitted = fit(features[parts.train], data.codes[parts.train], len(data.names), "logistic")
    probabilities = softmax(fitted.scores(features[parts.test]))
    rows = len(data.names) if len(data.names) > 2 else 1  # of two labels one row decides
    return Outcome(data, parts, probabilities, rows * (vectors.shape[1] + 1)), fitted


def softmax(scores: Float[np.ndarray, "N C"]) -> Float[np.ndarray, "N C"]:
    """Probabilities of the classes."""
    shifted = np.exp(scores - scores.max(1, keepdims=True))
    return np.asarray(shifted / shifted.sum(1, keepdims=True))


def road(handle: ModelHandle, labels: int, layers: int, head: str = "text") -> Road:
    """The stations with their shapes; layers: how many from the top are trained. head: "text", "token", or "span"."""
    d, n_layers = handle.dims.d_model, handle.dims.n_layers
    each = [_count(layer) for layer in handle.layers]
    pooler = pooler_map(handle)
    in_pooler = d * d + d if pooler is None else _count(pooler)
    embedding = _count(handle.base) - sum(each) - (0 if pooler is None else in_pooler)
    below = n_layers - layers
    states = ("B", "T", d)
    stations = [
        Station("ids", ("B", "T")),
        Station("embedding", states, embedding),
        Station("below", states, sum(each[:below]), layers=below),
        Station("top", states, sum(each[below:]), True, layers=layers),
        Station("cls", ("B", d)),
        Station("pooler", ("B", d), in_pooler, True),
    ]
    read: tuple[int | str, ...] = ("B", d)
    if head != "text":
        stations, read = stations[:4], states
    stations += [
        Station("dropout", read),
        Station("classifier", (*read[:-1], labels), d * labels + labels, True),
        Station("places" if head == "span" else "softmax", (*read[:-1], labels)),
    ]
    if head == "span":
        stations.append(Station("legal", ("B", 2)))
    return Road(tuple(s for s in stations if s.layers or s.name not in ("below", "top")), labels)


def _count(module: torch.nn.Module) -> int:
    return sum(p.numel() for p in module.parameters())
