"""Attention rollout: what a token's state after layer l can have taken from each input token (Abnar & Zuidema 2020).

Ã = ½ A + ½ I stands for attention beside the residual connection (their equation 1); rollout is the product
Ã_l · Ã_{l-1} · … · Ã_0. It treats values as if they were passed on unchanged, and leaves out feed-forward blocks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.analysis.attention.heads import Axis, axis
from explorer.analysis.info import Message
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel


@dataclass(frozen=True, eq=False)
class Rollout:
    """flow: for the layer shown, states down and input tokens across; rows sum to 1."""

    layer: int
    residual: bool
    tokens: Axis
    flow: Float[np.ndarray, "T T"]

    def table(self) -> pd.DataFrame:
        """One row for each state and input token."""
        n = len(self.tokens.tokens)
        return pd.DataFrame(
            {
                "state": np.repeat(np.arange(n), n),
                "state token": np.repeat(self.tokens.tokens, n),
                "input": np.tile(np.arange(n), n),
                "input token": np.tile(self.tokens.tokens, n),
                "share of the input": self.flow.ravel(),
            }
        )

    def reading(self) -> Message:
        """How much of a state, on average, goes back to its own token and to the one that is drawn on most."""
        received = self.flow.mean(0)
        most = int(received.argmax())
        return "rollout.reading", {
            "layer": self.layer,
            "own": float(self.flow.diagonal().mean()),
            "token": self.tokens.tokens[most],
            "share": float(received[most]),
            "even": 1 / len(received),
        }


def rolled(attention: Sequence[Float[np.ndarray, "T T"]], residual: bool) -> Float[np.ndarray, "T T"]:
    """The product over layers, first to last; residual: with half of the identity in each."""
    flow = np.eye(len(attention[0]))
    for matrix in attention:
        step = 0.5 * matrix + 0.5 * np.eye(len(matrix)) if residual else matrix
        flow = (step / step.sum(1, keepdims=True)) @ flow
    return flow


def rollout(scene: Scene, last: int, residual: bool) -> Rollout:
    """Rollout from the first layer up to and with layer `last`; heads are averaged.

    Raises:
        NotInThisModel: for cross attention, whose layers do not follow on one another.
    """
    if scene.keys is not scene.encoded:
        raise NotInThisModel(model=scene.handle.spec.source, reason="cross_square")
    n = scene.encoded.n_tokens
    means = [scene.layer(at).probs[0, :, :n, :n].double().mean(0).cpu().numpy() for at in range(last + 1)]
    return Rollout(last, residual, axis(scene.encoded), rolled(means, residual).astype(np.float32))
