"""The scale taken away for real: the changed network is run end to end and compared with the untouched one."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import cosine_similarity

from explorer.analysis.info import Message
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import classification, facts_of
from explorer.capture.heads import word_logits
from explorer.capture.records import Capture
from explorer.capture.scene import Scene
from explorer.models.handle import ModelHandle

# A cosine that counts as kept.
KEPT = 0.9

# One number for each layer's output, the embedding first.
Path = np.ndarray


@dataclass(frozen=True, eq=False)
class NetworkChange:
    """Cosine of every hidden state with the untouched run's; index 0 is the embedding, which no scale reaches.

    states: (layers + 1) x tokens. pooled: of the mean over tokens. pair: cosine between the mean vectors of the two
    texts in the untouched and in the changed run, None without a second text. factor: in the changed layers.
    strangers: cosine of two unrelated texts' mean vectors in this model; nan where nobody asked.
    """

    tokens: tuple[str, ...]
    states: np.ndarray
    pooled: Path
    pair: tuple[float, float] | None
    factor: float
    layers: tuple[int, ...]
    predictions: tuple[tuple[str, str, str], ...]
    strangers: float = float("nan")
    place: int = 0

    @property
    def cls(self) -> Path:
        """Cosine of the state at `place`, [CLS] in BERT."""
        return np.asarray(self.states[:, self.place])

    def table(self) -> pd.DataFrame:
        """One row for each layer's output and token."""
        depths, n = self.states.shape
        return pd.DataFrame(
            {
                "after layer": np.repeat(np.arange(depths) - 1, n),
                "token": np.tile(np.arange(n), depths),
                "piece": np.tile(self.tokens, depths),
                "cosine of the hidden state, end-to-end with and without the change": self.states.ravel(),
                "cosine of the mean vector, end-to-end": np.repeat(self.pooled, n),
                "factor in the changed layers": self.factor,
            }
        )

    def reading(self) -> Message:
        """How much of the sentence vector and of the first token is left, and which token moved most."""
        last = self.states[-1]
        moved = int(last.argmin())
        facts: dict[str, object] = {
            "pooled": float(self.pooled[-1]),
            "cls": float(self.cls[-1]),
            "first": self.tokens[self.place],
        }
        facts |= {"token": self.tokens[moved], "least": float(last[moved]), "factor": self.factor}
        facts |= {"n": len(self.layers), "strangers": self.strangers}
        same = bool(self.states.min() > 1 - 1e-6)
        return f"network.reading.{'same' if same else 'changed'}", facts


def network_change(
    scene: Scene,
    factor: float,
    layers: tuple[int, ...],
    vocabulary: Sequence[str] | None = None,
    strangers: float = float("nan"),
) -> NetworkChange:
    """The run of the network with this factor in these layers, compared with the untouched run.

    vocabulary: word pieces by id, for a model that predicts words.
    """
    untouched, own = scene.capture(), facts_of(scene.handle).factors
    is_own = all(math.isclose(factor, own[layer], rel_tol=1e-9) for layer in layers)
    changed = untouched if is_own else scene.capture(Variant(scale=factor, layers=layers))
    # Without a token that stands for the text, the last one: in a decoder it alone has seen everything.
    place = classification(scene.handle, untouched.encoded)
    n = untouched.encoded.n_tokens
    before = torch.stack([state[0, :n] for state in untouched.hidden])
    after = torch.stack([state[0, :n] for state in changed.hidden])
    return NetworkChange(
        tokens=untouched.encoded.tokens,
        states=_cosine(before, after),
        pooled=_cosine(before.mean(1), after.mean(1)),
        pair=_pair(untouched, before[-1], after[-1]),
        factor=factor,
        layers=layers,
        predictions=_predictions(scene.handle, untouched, changed, vocabulary),
        strangers=strangers,
        place=untouched.encoded.n_tokens - 1 if place is None else place,
    )


def _cosine(a: Float[Tensor, "... D"], b: Float[Tensor, "... D"]) -> np.ndarray:
    return np.asarray(cosine_similarity(a.double(), b.double(), dim=-1).cpu().numpy())


def _pair(untouched: Capture, before: Tensor, after: Tensor) -> tuple[float, float] | None:
    b = untouched.encoded.sentence_b
    if b is None:
        return None
    return float(_cosine(before[:b].mean(0), before[b:].mean(0))), float(_cosine(after[:b].mean(0), after[b:].mean(0)))


def _predictions(
    handle: ModelHandle, untouched: Capture, changed: Capture, vocabulary: Sequence[str] | None
) -> tuple[tuple[str, str, str], ...]:
    """(position and token, first choice before, after) for every word at which the head changed its mind.

    Special tokens are left out: the head never learnt to say anything there.
    """
    n = untouched.encoded.n_tokens
    if vocabulary is None or untouched.guesses is None:
        return ()
    best = [word_logits(handle, seen, (0, slice(n))).argmax(-1).tolist() for seen in (untouched, changed)]
    rows = zip(range(n), untouched.encoded.tokens, *best, strict=True)
    special = untouched.encoded.special
    return tuple(
        (f"{at} {token}", vocabulary[a], vocabulary[b]) for at, token, a, b in rows if a != b and not special[at]
    )


@dataclass(frozen=True, eq=False)
class FactorCurve:
    """Cosine of a token's last state and of the mean vector with the untouched run's, over the factor."""

    factors: np.ndarray
    cls: np.ndarray
    pooled: np.ndarray
    own_factor: float | None
    layers: tuple[int, ...]
    first: str
    strangers: float = float("nan")

    def table(self) -> pd.DataFrame:
        """One row a factor, each a run of a changed network."""
        return pd.DataFrame(
            {
                "factor": self.factors,
                f"cosine of {self.first}, end-to-end": self.cls,
                "cosine of the mean vector, end-to-end": self.pooled,
            }
        )

    def reading(self) -> Message:
        """Which of the factors tried, around the best of them, keep the sentence vector at 0.9 or above."""
        facts: dict[str, object] = {"own": self.own_factor, "at_one": float(self.pooled[-1]), "n": len(self.factors)}
        facts["strangers"] = self.strangers
        kept = self.pooled >= KEPT
        if self.own_factor is None:
            return "network.reading.curve.layers", {**facts, "kept": int(kept.sum())}
        if kept.all():
            return "network.reading.curve.all", facts
        low = high = int(self.pooled.argmax())
        while low > 0 and kept[low - 1]:
            low -= 1
        while high + 1 < len(kept) and kept[high + 1]:
            high += 1
        facts |= {"low": float(self.factors[low]), "high": float(self.factors[high]), "kept": high - low + 1}
        return f"network.reading.curve{'' if low < high else '.one' if kept[low] else '.none'}", facts


def factors(d_head: int, own: float | None = None, steps: int = 9) -> list[float]:
    """Factors from 1/d to 1, evenly in the logarithm; with an odd number of steps 1/√d is the middle one.

    own: the model's factor, which is among them; it may be any.
    """
    found = {float(f) for f in np.logspace(-np.log10(d_head), 0, steps)}
    if own is not None and not any(np.isclose(own, factor, rtol=1e-4) for factor in found):
        found.add(own)
    return sorted(found)


def factor_curve(changes: list[NetworkChange], own_factor: float | None) -> FactorCurve:
    """Join the comparisons of one text under several factors. own_factor: None where layers have different ones."""
    return FactorCurve(
        factors=np.array([change.factor for change in changes]),
        cls=np.array([change.cls[-1] for change in changes]),
        pooled=np.array([change.pooled[-1] for change in changes]),
        own_factor=own_factor,
        layers=changes[0].layers,
        first=changes[0].tokens[changes[0].place],
        strangers=changes[0].strangers,
    )
