"""Where [CLS] looks in the last layer, and how its state, the pooled vector and the mean of all states differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.capture.facts import classification, facts_of
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel


@dataclass(frozen=True, eq=False)
class ClsToken:
    """place: of [CLS]. weights: its own on every token in the last layer, mean over heads. alone: whether it may see
    itself only, as the first token of a decoder. pooled: cosine of the state with the pooled vector, None without a
    pooler; mean: with the mean of all states; others: the same of the other tokens' states, in the mean."""

    tokens: tuple[str, ...]
    weights: Float[np.ndarray, " T"]
    pooled: float | None
    mean: float
    alone: bool = False
    place: int = 0
    others: float = float("nan")

    def table(self) -> pd.DataFrame:
        """One row a token."""
        return pd.DataFrame({"token": self.tokens, f"weight of {self.tokens[self.place]} on it": self.weights})

    def reading(self) -> Message:
        """How [CLS] spreads, and which vectors it is not."""
        facts: dict[str, object] = {"own": float(self.weights[self.place]), "rest": float(1 - self.weights[self.place])}
        facts |= {"first": self.tokens[self.place], "mean": self.mean, "others": self.others}
        if self.alone:
            return "questions.reading.cls_left", {**facts, "last": self.tokens[-1]}
        if self.pooled is None:
            return "questions.reading.cls_bare", facts
        return "questions.reading.cls", {**facts, "pooled": self.pooled}


def cls_token(scene: Scene) -> ClsToken:
    """From a run and its last layer. Of a decoder the first token is looked at, which sees itself alone.

    Raises:
        NotInThisModel: when no token stands for the text.
    """
    handle, seen, last = scene.handle, scene.capture(), scene.layer(scene.handle.dims.n_layers - 1)
    n, place = seen.encoded.n_tokens, classification(handle, seen.encoded)
    if place is None and not any(facts_of(handle).causal):
        raise NotInThisModel(model=handle.config.model_type, reason="no_cls")
    at = place or 0
    state, mean = seen.last[0, at].double(), seen.last[0, :n].double().mean(0)
    pooled = None if seen.pooled is None else float(torch.cosine_similarity(state, seen.pooled[0].double(), dim=0))
    weights = last.probs[0, :, at, :n].mean(0).cpu().numpy()
    apart = float(torch.cosine_similarity(state, mean, dim=0))
    rest = torch.cat([seen.last[0, :at], seen.last[0, at + 1 : n]]).double()
    others = float(torch.cosine_similarity(rest, mean[None], dim=-1).mean()) if n > 1 else float("nan")
    alone = int(last.visible[0, 0, at, :n].sum()) < min(2, n)
    return ClsToken(seen.encoded.tokens, weights, pooled, apart, alone, at, others)
