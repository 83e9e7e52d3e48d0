"""One head of the same weights twice: looking both ways, as the model is, and to the left alone."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.analysis.attention.heads import HeadMatrix, head_matrix
from explorer.analysis.info import Message
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import facts_of
from explorer.capture.scene import Scene

CAUSAL = Variant(causal=True)


@dataclass(frozen=True, eq=False)
class BothDirections:
    """own: the head in the run of the model as it is. causal: in the run under the causal mask; None where the model
    is causal itself."""

    own: HeadMatrix
    causal: HeadMatrix | None

    @property
    def right(self) -> float:
        """Mean share of a token's attention that goes to later tokens; of the tokens that have one, so not the last."""
        return float(np.triu(self.own.probs, 1)[:-1].sum(1).mean()) if len(self.own.probs) > 1 else 0.0

    def table(self) -> pd.DataFrame:
        """One row for each query and key."""
        table = self.own.table()
        if self.causal is not None:
            table["attention probability, causal mask"] = self.causal.probs.ravel()
        return table

    def reading(self) -> Message:
        """What goes to the right, and which token gains the largest part of all that moves under the mask."""
        if len(self.own.probs) < 2:
            return "who_sees_whom.attention.one", {}
        facts: dict[str, object] = {"layer": self.own.layer, "head": self.own.head, "right": self.right}
        if self.causal is None:
            return "who_sees_whom.attention.already", facts
        gain = np.maximum(self.causal.probs - self.own.probs, 0).sum(0)
        most = int(gain.argmax())
        facts |= {"token": self.own.keys.tokens[most], "position": most, "part": float(gain[most] / gain.sum())}
        facts |= {"first": float(self.own.probs[:, most].mean()), "then": float(self.causal.probs[:, most].mean())}
        return "who_sees_whom.attention.reading", facts


def both_directions(scene: Scene, layer: int, head: int) -> BothDirections:
    """The head in both runs; every layer of the causal run had its input from layers that were causal too."""
    already = scene.variant.causal or all(facts_of(scene.handle).causal)
    causal = None if already else head_matrix(scene.under(CAUSAL), layer, head)
    return BothDirections(head_matrix(scene, layer, head), causal)
