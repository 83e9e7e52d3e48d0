"""Attention block and feed-forward block: their parameters, and how much each adds to the residual stream."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.capture.records import LayerCapture
from explorer.models.handle import Dims


@dataclass(frozen=True, eq=False)
class BlockSizes:
    """attention, ffn: mean length over the tokens of what the block adds, layer by layer; parameters of one layer."""

    attention: Float[np.ndarray, " L"]
    ffn: Float[np.ndarray, " L"]
    attention_parameters: int
    ffn_parameters: int

    def table(self) -> pd.DataFrame:
        """One row a layer."""
        return pd.DataFrame(
            {
                "layer": np.arange(len(self.ffn)),
                "length added by attention": self.attention,
                "length added by feed-forward": self.ffn,
            }
        )

    def reading(self) -> Message:
        """Shares of the parameters and of what is added."""
        total = self.attention_parameters + self.ffn_parameters
        facts: dict[str, object] = {"ffn": self.ffn_parameters, "total": total, "share": self.ffn_parameters / total}
        added = float(self.ffn.mean() / (self.ffn.mean() + self.attention.mean()))
        return "questions.reading.ffn", {**facts, "added": added}


def block_sizes(layers: Sequence[LayerCapture], dims: Dims, n_tokens: int) -> BlockSizes:
    """Blocks with their LayerNorm, as BERT counts them: 4(d² + d) + 2d, and 2df + f + d + 2d."""
    d, f = dims.d_model, dims.d_ff

    def lengths(name: str) -> Float[np.ndarray, " L"]:
        return np.array([float(getattr(layer, name)[0, :n_tokens].norm(dim=-1).mean()) for layer in layers])

    return BlockSizes(lengths("attn_out"), lengths("ffn_out"), 4 * (d * d + d) + 2 * d, 2 * d * f + f + 3 * d)
