"""Which d stands under the root? One real head divided by each, with the line of PyTorch that does it."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.jacobian import dead_rows, entropy, max_prob
from explorer.analysis.measures import PEAKED
from explorer.capture.changes.rules import ScoreRule
from explorer.capture.changes.variant import Variant
from explorer.capture.rescored import rescored
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel

WAYS = {
    "sqrt_head": Variant(scale="sqrt_d"),
    "sqrt_width": Variant(scale="sqrt_width"),
    "over_d": Variant(scale="d"),
    "none": Variant(scale="none"),
    "fourth_root": Variant(scale="sqrt_d", rule=ScoreRule(both_sides=True)),
}
LINES = {
    "sqrt_head": "scores = q @ k.mT / math.sqrt(d_head)",
    "sqrt_width": "scores = q @ k.mT / math.sqrt(d_model)",
    "over_d": "scores = q @ k.mT / d_head",
    "none": "scores = q @ k.mT",
    "fourth_root": "scores = (q / d_head**0.25) @ (k / d_head**0.25).mT",
}
MEASURES = {
    "entropy": "entropy / log(keys)",
    "peaked": "share of rows with a probability over 0.9",
    "dead": "share of dead rows (spectral norm < 0.001)",
}

# Three programs that differ in where d is read and whether it has a root; what each computes.
SNIPPETS = {
    "a": (
        "sqrt_width",
        "q, k = w_q(x), w_k(x)\nscale = q.shape[-1] ** -0.5\nq, k = split(q), split(k)  # B H T d_head\n"
        "weights = (q @ k.mT * scale).softmax(-1)",
    ),
    "b": (
        "over_d",
        "q, k = split(w_q(x)), split(w_k(x))  # B H T d_head\nscale = 1 / q.shape[-1]\n"
        "weights = (q @ k.mT * scale).softmax(-1)",
    ),
    "c": (
        "sqrt_head",
        "q, k = split(w_q(x)), split(w_k(x))  # B H T d_head\nscale = q.shape[-1] ** -0.5\n"
        "weights = (q @ k.mT * scale).softmax(-1)",
    ),
}


@dataclass(frozen=True, eq=False)
class WhichD:
    """measures: way → name → mean over the head's rows; probs: way → queries x keys. width: d_head times heads.

    difference: largest distance of the weights under the model's own factor, computed here, to those of its layer.
    """

    layer: int
    head: int
    tokens: tuple[str, ...]
    d_head: int
    width: int
    measures: dict[str, dict[str, float]]
    probs: dict[str, np.ndarray]
    difference: float

    def table(self) -> pd.DataFrame:
        """One row for each way."""
        rows = [
            {"way": way, "code": LINES[way], "factor on q·k": self.factor(way)}
            | {unit: self.measures[way][name] for name, unit in MEASURES.items()}
            for way in WAYS
        ]
        return pd.DataFrame(rows)

    def factor(self, way: str) -> float:
        """What q·k is multiplied by, all in all."""
        return WAYS[way].factor(self.layer, 1.0, self.d_head, self.width // self.d_head)

    def reading(self) -> Message:
        """The entropy under each factor, and what no root or no division does."""
        facts: dict[str, object] = {"layer": self.layer, "head": self.head, "d": self.d_head, "width": self.width}
        facts |= {way: self.measures[way]["entropy"] for way in WAYS}
        if len(self.tokens) == 1:
            return "which_d.reading.one", {}
        return "which_d.reading", facts


@dataclass(frozen=True, eq=False)
class Riddle:
    """The numbers of one of the snippets, and which of them the visitor takes it for; "" for none yet."""

    of: WhichD
    hidden: str
    answer: str

    def table(self) -> pd.DataFrame:
        """One row for each snippet."""
        rows = [
            {"snippet": name, "way": way, "shown": name == self.hidden, "answered": name == self.answer}
            | {unit: self.of.measures[way][measure] for measure, unit in MEASURES.items()}
            for name, (way, _) in SNIPPETS.items()
        ]
        return pd.DataFrame(rows)

    def reading(self) -> Message:
        """The numbers, or whether the answer is right, and if not what the answered one would give."""
        shown = self.of.measures[SNIPPETS[self.hidden][0]]
        if self.answer not in SNIPPETS:
            return "which_d.riddle.open", dict(shown)
        facts: dict[str, object] = {"answer": self.answer.upper(), "right": self.hidden.upper(), **shown}
        if self.answer == self.hidden:
            return f"which_d.riddle.right.{SNIPPETS[self.hidden][0]}", facts
        mine = self.of.measures[SNIPPETS[self.answer][0]]
        if all(math.isclose(mine[name], shown[name], abs_tol=1e-4) for name in MEASURES):
            return "which_d.riddle.same", facts
        return "which_d.riddle.wrong", facts | {f"{name}_answer": value for name, value in mine.items()}


def which_d(scene: Scene, number: int, head: int) -> WhichD:
    """One head of a layer, its q·k divided in each way (post-hoc). Padding is left out.

    Raises:
        NotInThisModel: for cross attention.
    """
    if scene.keys is not scene.encoded:
        raise NotInThisModel(model=scene.handle.config.model_type, reason="cross_square")
    layer, n = scene.layer(number), scene.encoded.n_tokens
    found = {way: rescored(layer, variant, head, n)[1] for way, variant in WAYS.items()}
    own = rescored(layer, Variant(), head, n)[1]
    return WhichD(
        layer=number,
        head=head,
        tokens=scene.encoded.tokens,
        d_head=layer.q.shape[-1],
        width=layer.q.shape[-1] * layer.q.shape[1],
        measures={
            way: {
                "entropy": float(entropy(p).mean()) / math.log(n) if n > 1 else 1.0,
                "peaked": float((max_prob(p) > PEAKED).float().mean()),
                "dead": float(dead_rows(p).float().mean()),
            }
            for way, p in found.items()
        },
        probs={way: p.float().cpu().numpy() for way, p in found.items()},
        difference=float((own - layer.probs[0, head, :n, :n]).abs().max()),
    )


def riddle(info: WhichD, case: int, answer: str) -> Riddle:
    """The case-th riddle: which snippet is hidden comes from its number."""
    return Riddle(info, tuple(SNIPPETS)[case % len(SNIPPETS)], answer)
