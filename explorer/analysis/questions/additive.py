"""f(x + y) against f(x) + f(y), for the feed-forward block of a real layer and two real states."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.changes.linear import activation, feed_forward
from explorer.capture.scene import Scene


@dataclass(frozen=True, eq=False)
class Additive:
    """together: f(x + y) - f(0). apart: f(x) + f(y) - 2f(0), what it would be if f were linear up to its biases. Both
    in units of the root mean square of `together`; straight_*: the same with the activation replaced by the identity.

    bent: what the activation makes of 1, of -1 and of 1 + (-1).
    """

    tokens: tuple[str, str]
    layer: int
    together: Float[np.ndarray, " D"]
    apart: Float[np.ndarray, " D"]
    straight_together: Float[np.ndarray, " D"]
    straight_apart: Float[np.ndarray, " D"]
    bent: tuple[float, float, float]

    def table(self) -> pd.DataFrame:
        """One row a component."""
        return pd.DataFrame(
            {
                "dimension": np.arange(len(self.together)),
                "f(x + y) - f(0)": self.together,
                "f(x) + f(y) - 2f(0)": self.apart,
                "f(x + y) - f(0), identity": self.straight_together,
                "f(x) + f(y) - 2f(0), identity": self.straight_apart,
            }
        )

    def reading(self) -> Message:
        """How far the two are apart, with the activation and without, and the smallest example."""
        facts: dict[str, object] = {"x": self.tokens[0], "y": self.tokens[1], "layer": self.layer}
        facts |= {"off": _off(self.together, self.apart), "straight": _off(self.straight_together, self.straight_apart)}
        plus, minus, none = self.bent
        return "questions.reading.additive", {**facts, "plus": plus, "minus": minus, "both": plus + minus, "none": none}


def additive(scene: Scene, layer: int, x: int, y: int) -> Additive:
    """The states at two positions, as the block of the layer reads them.

    Raises:
        NoWeights, NotInThisModel, LayerMissing: as `feed_forward` and `Scene.layer`.
    """
    seen = scene.layer(layer)
    read = seen.attn_norm if seen.attn_norm is not None else seen.ffn_in
    assert read is not None
    first, second = read[0, x], read[0, y]
    four = torch.stack([first, second, first + second, torch.zeros_like(first)])
    sides = [_sides(feed_forward(scene.handle, layer, four, without)) for without in ((), ("gelu",))]
    one, minus, none = activation(scene.handle, torch.tensor([1.0, -1.0, 0.0])).tolist()
    tokens = scene.encoded.tokens[x], scene.encoded.tokens[y]
    return Additive(tokens, layer, *sides[0], *sides[1], (one, minus, none))


def _sides(found: Float[Tensor, "4 D"]) -> tuple[Float[np.ndarray, " D"], Float[np.ndarray, " D"]]:
    fx, fy, fxy, f0 = found.double().cpu().numpy()
    together, apart = fxy - f0, fx + fy - 2 * f0
    unit = float(np.sqrt(np.mean(together**2))) or 1.0
    return together / unit, apart / unit


def _off(together: np.ndarray, apart: np.ndarray) -> float:
    return float(np.linalg.norm(together - apart) / (np.linalg.norm(together) or 1.0))
