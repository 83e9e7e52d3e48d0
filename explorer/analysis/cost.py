"""What one forward pass costs: floating-point operations by part, and memory, as functions of the length.

One multiply-add is 2 FLOPs. Matrix products are counted exactly (torch.utils.flop_counter gives the same number with
eager attention); softmax and the rest of the elementwise work are estimates and are kept apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.errors import ModelUnsupported
from explorer.models.configs import size

# Architectures whose layer is: q, k, v, attention over all positions, output projection, feed-forward.
PLAIN = ("bert", "roberta", "distilbert", "electra", "albert", "openai-gpt", "gpt2")
# Parts that are matrix products; n marks those that grow with the square of the length.
QUADRATIC = ("scores", "context")
PRODUCTS = ("qkv", "scores", "context", "attn_out", "ffn", "widen", "head")
# Exponential, subtraction of the maximum, sum, division, and the search for the maximum.
SOFTMAX_FLOPS = 5
FLOAT32 = 4


@dataclass(frozen=True)
class Shape:
    """The sizes that the cost depends on; names as in the design."""

    d_model: int
    d_ff: int
    n_layers: int
    n_heads: int
    n_vocab: int
    d_embedding: int
    pooler: bool
    widen: bool
    transform: bool  # whether a dense layer stands before the masked-LM decoder

    @property
    def crossover(self) -> float:
        """Length n at which the n² products cost as much as those with weights: 2 d + f, which is 6 d for f = 4 d."""
        return 2.0 * self.d_model + self.d_ff


def shape(config: Any) -> Shape:
    """Sizes of a configuration.

    Raises:
        ModelUnsupported: when its layers have other parts than BERT's (see `PLAIN`).
    """
    if config.model_type not in PLAIN:
        raise ModelUnsupported(found=config.model_type, allowed=", ".join(PLAIN))
    d = config.hidden_size
    e = getattr(config, "embedding_size", d)
    widen = config.model_type == "albert" or (config.model_type == "electra" and e != d)
    pooler = config.model_type in ("bert", "roberta", "albert")
    d_ff = size(config, "intermediate_size") or 4 * d
    layers, heads = config.num_hidden_layers, config.num_attention_heads
    transform = config.model_type not in ("openai-gpt", "gpt2")
    return Shape(d, d_ff, layers, heads, config.vocab_size, e, pooler, widen, transform)


def flops(s: Shape, n: int, batch: int = 1, mlm: bool = False) -> dict[str, int]:
    """Operations of one forward pass over `batch` texts of n tokens, by part. mlm: with a masked-LM head on every token
    in place of the pooler."""
    d, layers = s.d_model, s.n_layers * batch
    return {
        "qkv": 6 * n * d * d * layers,
        "scores": 2 * n * n * d * layers,
        "softmax": SOFTMAX_FLOPS * s.n_heads * n * n * layers,
        "context": 2 * n * n * d * layers,
        "attn_out": 2 * n * d * d * layers,
        "ffn": 4 * n * d * s.d_ff * layers,
        "widen": 2 * n * s.d_embedding * d * batch if s.widen else 0,
        "embeddings": 2 * n * s.d_embedding * batch,
        "head": batch * _head(s, n, mlm),
    }


def _head(s: Shape, n: int, mlm: bool) -> int:
    if mlm:
        return 2 * n * s.d_embedding * (s.n_vocab + (s.d_model if s.transform else 0))
    return 2 * s.d_model * s.d_model if s.pooler else 0


def products(parts: dict[str, int]) -> int:
    """The matrix products alone: what FLOP counters report."""
    return sum(parts[name] for name in PRODUCTS)


def activations(s: Shape, n: int, batch: int = 1) -> int:
    """Bytes in float32 of the vectors that a backward pass or this app's replay needs from all layers: q, k, v,
    context, attention output, its norm, feed-forward activation and output, the layer's output."""
    return FLOAT32 * batch * s.n_layers * n * (8 * s.d_model + s.d_ff)


def attention_matrices(s: Shape, n: int, batch: int = 1) -> int:
    """Bytes in float32 of the probabilities of all heads and layers."""
    return FLOAT32 * batch * s.n_layers * s.n_heads * n * n


@dataclass(frozen=True, eq=False)
class Cost:
    """Cost against the length. flops: part → operations for each length; here: the length that is looked at."""

    shape: Shape
    name: str
    lengths: np.ndarray
    flops: dict[str, np.ndarray]
    here: int
    batch: int
    mlm: bool

    @property
    def now(self) -> dict[str, int]:
        """Operations by part at the chosen length."""
        return flops(self.shape, self.here, self.batch, self.mlm)

    @property
    def quadratic(self) -> float:
        """Share of the n² products in the layers' matrix products, at the chosen length."""
        return quadratic_share(self.shape, self.here)

    @property
    def vector_bytes(self) -> int:
        """Bytes of the kept vectors at the chosen length."""
        return activations(self.shape, self.here, self.batch)

    @property
    def matrix_bytes(self) -> int:
        """Bytes of the attention probabilities at the chosen length."""
        return attention_matrices(self.shape, self.here, self.batch)

    def table(self) -> pd.DataFrame:
        """One row for each length."""
        columns = {f"{part} (FLOPs)": values for part, values in self.flops.items()}
        return pd.DataFrame(
            {
                "length (tokens)": self.lengths,
                **columns,
                "n² products of the layers (%)": [100 * quadratic_share(self.shape, int(n)) for n in self.lengths],
                "vectors kept (bytes)": [activations(self.shape, int(n), self.batch) for n in self.lengths],
                "attention matrices (bytes)": [
                    attention_matrices(self.shape, int(n), self.batch) for n in self.lengths
                ],
            }
        )

    def reading(self) -> Message:
        """The cost at the chosen length, and how much of it is attention's n² part."""
        total = products(self.now)
        return "cost.reading", {
            "tokens": self.here, "name": self.name, "gflops": total / 1e9, "share": self.quadratic,
            "crossover": round(self.shape.crossover),
        }  # fmt: skip


def quadratic_share(s: Shape, n: int) -> float:
    """n² products over all matrix products of a layer: n / (n + 2 d + f), which is n / (n + 6 d) for f = 4 d."""
    return n / (n + 2 * s.d_model + s.d_ff)


def cost(config: Any, name: str, here: int = 128, batch: int = 1, mlm: bool = False, longest: int = 16_384) -> Cost:
    """The cost of a configuration from 16 tokens up to `longest`.

    Raises:
        ModelUnsupported: as `shape`.
    """
    s = shape(config)
    longest = max(longest, int(2 * s.crossover))
    lengths = np.unique(np.geomspace(16, longest, 48).astype(int))
    rows: Sequence[dict[str, int]] = [flops(s, int(n), batch, mlm) for n in lengths]
    return Cost(s, name, lengths, {p: np.array([r[p] for r in rows]) for p in rows[0]}, here, batch, mlm)
