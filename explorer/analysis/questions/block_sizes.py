"""Attention block and feed-forward block: their parameters, and how much each adds to the residual stream."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.capture.scene import Scene


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


def block_sizes(scene: Scene) -> BlockSizes:
    """Blocks with their LayerNorm, as BERT counts them: 4(d² + d) + 2d, and 2df + f + d + 2d."""
    d, f = scene.handle.dims.d_model, scene.handle.dims.d_ff
    n, lengths = scene.encoded.n_tokens, []
    for layer in scene.layers():
        lengths.append([float(added[0, :n].norm(dim=-1).mean()) for added in (layer.attn_out, layer.ffn_out)])
    attention, ffn = np.array(lengths).T
    return BlockSizes(attention, ffn, 4 * (d * d + d) + 2 * d, 2 * d * f + f + 3 * d)
