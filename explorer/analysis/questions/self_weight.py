"""How much a token attends to itself: with the query and key matrices and without them, on the same inputs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.capture.attention import masked_scores
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import of_width
from explorer.capture.records import LayerCapture
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel

WITHOUT_QK = Variant(identity=("q", "k"))


@dataclass(frozen=True, eq=False)
class SelfWeight:
    """Mean weight of a token on itself, layer by layer.

    trained: with the model's matrices. narrow: q = k = x, cut into the model's heads. wide: q = k = x as one head.
    even: 1 / number of tokens that a token may look at, in the mean.
    """

    trained: Float[np.ndarray, " L"]
    narrow: Float[np.ndarray, " L"]
    wide: Float[np.ndarray, " L"]
    even: float
    n_heads: int
    d_head: int

    def table(self) -> pd.DataFrame:
        """One row a layer."""
        return pd.DataFrame(
            {
                "layer": np.arange(len(self.trained)),
                "weight on itself, trained heads": self.trained,
                "weight on itself, heads without W_Q and W_K": self.narrow,
                "weight on itself, one head without W_Q and W_K": self.wide,
                "even": self.even,
            }
        )

    def reading(self) -> Message:
        """The three means over the layers, beside an even distribution."""
        facts: dict[str, object] = {name: float(getattr(self, name).mean()) for name in ("trained", "narrow", "wide")}
        facts |= {"even": self.even, "heads": self.n_heads, "d_head": self.d_head, "d": self.n_heads * self.d_head}
        return "questions.reading.qkv", facts


def self_weight(scene: Scene) -> SelfWeight:
    """Every layer as the model computes it, and from the same inputs with q and k replaced by the identity.

    Raises:
        NotInThisModel: for cross attention, where no token can look at itself.
    """
    if scene.handle.stack == "cross":
        raise NotInThisModel(model=scene.handle.config.model_type, reason="cross_square")
    n, dims = scene.encoded.n_tokens, scene.handle.dims
    trained, narrow, wide, even = [], [], [], float("nan")
    for layer, bare in zip(scene.layers(), scene.layers(WITHOUT_QK, scene.variant), strict=True):
        trained.append(_diagonal(layer.probs, n))
        narrow.append(_diagonal(bare.probs, n))
        wide.append(_diagonal(wide_head(bare, n), n))
        if bare.layer == 0:
            even = float((1 / bare.visible[0, 0, :n, :n].sum(-1)).mean())
    return SelfWeight(np.array(trained), np.array(narrow), np.array(wide), even, dims.n_heads, dims.d_head)


def wide_head(bare: LayerCapture, n_tokens: int) -> Float[torch.Tensor, "B 1 T T"]:
    """softmax(x xᵀ / √D) under the layer's mask: attention with no matrices and no heads. bare: with q = k = x.

    Without the division in a model that has none.
    """
    x = bare.q[:, :, :n_tokens].transpose(1, 2).flatten(2)[:, None]
    scores = masked_scores(x, x, of_width(bare.factor, bare.q.shape[-1], x.shape[-1], scaled=bare.factor != 1))
    hidden = ~bare.visible[:, :1, :n_tokens, :n_tokens]
    return scores.masked_fill(hidden, torch.finfo(scores.dtype).min).softmax(-1)


def _diagonal(probs: Float[torch.Tensor, "B H T T"], n_tokens: int) -> float:
    return float(probs[:, :, :n_tokens, :n_tokens].diagonal(dim1=-2, dim2=-1).mean())
