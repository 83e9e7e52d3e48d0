"""Small BERTs with and without intermediate layers, side by side: what they cost, what they can, how alike they are.

A miniature of "Undivided Attention: Are Intermediate Layers Necessary for BERT?" (arXiv:2012.11881), which compares by
accuracy, centered kernel alignment and linear probes. The numbers come from `training.miniature`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.probing import ProbeScore

KINDS = ("full", "without", "unscaled", "untrained")
PROBED = ("subject", "number")


@dataclass(frozen=True, eq=False)
class Small:
    """One model. kind: with intermediate layers, without, or with them and without 1/√d, or never trained.

    parameters: of all, and of the layers alone. milliseconds: processor time of one training step, the median. loss:
    held-out, in nats. verb, agreement, place: accuracies on fresh sentences. curve: (step, mean training loss of the
    steps since). cka: rows are the reference's hidden states, columns this model's; the embedding first. probes: one
    score for each hidden state.
    """

    kind: str
    seed: int
    learning_rate: float
    parameters: int
    in_layers: int
    milliseconds: float
    loss: float
    verb: float
    agreement: float
    place: float
    curve: tuple[tuple[int, float], ...]
    cka: tuple[tuple[float, ...], ...]
    probes: dict[str, tuple[ProbeScore, ...]]

    @property
    def alike(self) -> tuple[float, ...]:
        """CKA with the reference, hidden state by hidden state."""
        return tuple(self.cka[depth][depth] for depth in range(len(self.cka)))


@dataclass(frozen=True, eq=False)
class Miniature:
    """Models of one learning rate. The first is the reference of every CKA; all others began from other weights."""

    models: tuple[Small, ...]
    probed: str = "subject"

    def of(self, kind: str) -> tuple[Small, ...]:
        """All models of a kind, the reference left out of none."""
        return tuple(model for model in self.models if model.kind == kind)

    @cached_property
    def compared(self) -> dict[str, tuple[Small, ...]]:
        """By kind, what CKA compares with the reference; of its own kind the other seeds."""
        return {kind: tuple(m for m in self.of(kind) if m is not self.models[0]) for kind in KINDS}

    def mean(self, kind: str, name: str) -> float:
        """Mean of a number over the seeds."""
        return float(np.mean([getattr(model, name) for model in self.of(kind)]))

    def table(self) -> pd.DataFrame:
        """One row for each model and hidden state."""
        return pd.DataFrame(_row(model, depth) for model in self.models for depth in range(len(model.cka)))

    def reading(self) -> Message:
        """What leaving the block out costs and saves, and whether the seeds agree on it."""
        full, without = (np.array([model.loss for model in self.of(kind)]) for kind in ("full", "without"))
        facts: dict[str, object] = {"full": float(full.mean()), "without": float(without.mean())}
        for name in ("parameters", "milliseconds"):
            facts[name] = 1 - self.mean("without", name) / self.mean("full", name)
        facts |= {
            "seeds": len(without),
            "verb": self.mean("full", "verb"),
            "verb_without": self.mean("without", "verb"),
        }
        if without.max() < full.min():
            return "without_ffn.reading.better", facts
        return f"without_ffn.reading.{'worse' if without.min() > full.max() else 'overlap'}", facts


@dataclass(frozen=True, eq=False)
class Alike:
    """The same models seen through CKA and through a probe, last hidden state against last hidden state."""

    of: Miniature

    def table(self) -> pd.DataFrame:
        """As the miniature's."""
        return self.of.table()

    @cached_property
    def last(self) -> dict[str, tuple[float, float]]:
        """By kind: mean CKA with the reference and mean accuracy of the probe, both at the last hidden state."""
        compared = {kind: models for kind, models in self.of.compared.items() if models}
        return {
            kind: (_mean(m.alike[-1] for m in models), _mean(m.probes[self.of.probed][-1].accuracy for m in models))
            for kind, models in compared.items()
        }

    def reading(self) -> Message:
        """Whether CKA could tell the model that has learnt nothing, and whether the probe could."""
        facts: dict[str, object] = {}
        for kind, (alike, read) in self.last.items():
            facts |= {f"{kind}_cka": alike, f"{kind}_probe": read}
        blind = self.last["unscaled"][0] >= min(self.last["full"][0], self.last["without"][0]) - 0.05
        fails = self.last["unscaled"][1] < min(self.last["full"][1], self.last["without"][1]) - 0.1
        losses = {kind: self.of.mean(kind, "loss") for kind in ("full", "without", "unscaled")}
        others = max(losses["full"], losses["without"])
        facts |= {"unscaled_loss": losses["unscaled"], "loss": others}
        worse = losses["unscaled"] > others
        return f"without_ffn.reading.{'blind' if blind and fails and worse else 'seen'}", facts


def _row(model: Small, depth: int) -> dict[str, object]:
    probes = {f"probe, {name}": model.probes[name][depth].accuracy for name in PROBED}
    controls = {f"probe on shuffled labels, {name}": model.probes[name][depth].control for name in PROBED}
    return {
        "model": model.kind,
        "seed": model.seed,
        "learning rate": model.learning_rate,
        "after layer": depth - 1,
        "parameters": model.parameters,
        "parameters in the layers": model.in_layers,
        "training step (ms of one core)": model.milliseconds,
        "held-out loss (nats)": model.loss,
        "verb": model.verb,
        "agreement": model.agreement,
        "place": model.place,
        "CKA with the reference": model.alike[depth],
        **probes,
        **controls,
    }


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))
