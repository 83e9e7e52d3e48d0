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
from explorer.errors import ModelUnsupported, NotInThisModel
from explorer.models.configs import size

# Architectures whose layer is: q, k, v, attention over all positions, output projection, feed-forward.
PLAIN = ("bert", "roberta", "distilbert", "electra", "albert", "openai-gpt", "gpt2")
# And those that add something to it: grouped keys, a gated feed-forward block, a decoder, relative positions.
COUNTED = (*PLAIN, "llama", "modernbert", "t5", "xlnet")
# Parts that are matrix products.
PRODUCTS = ("qkv", "scores", "context", "attn_out", "ffn", "widen", "head")
# Exponential, subtraction of the maximum, sum, division, and the search for the maximum.
SOFTMAX_FLOPS = 5
FLOAT32 = 4


@dataclass(frozen=True)
class Shape:
    """The sizes that the cost depends on; names as in the design.

    d_queries, d_keys: width of all heads' queries together, and of their keys (smaller where heads share keys).
    n_attentions, n_ffns: blocks of all layers; a decoder layer that looks at an encoder has two attention blocks.
    gated: whether the feed-forward block has a second matrix on the way up. relative: whether the queries are also
        multiplied with 2 n relative positions (XLNet). transform: whether a dense layer stands before the decoder of
        the masked-LM head. positions: the longest text that the model has positions for, None where nothing ends.
    """

    d_model: int
    d_ff: int
    n_layers: int
    n_heads: int
    n_vocab: int
    d_embedding: int
    pooler: bool
    widen: bool
    transform: bool
    d_queries: int
    d_keys: int
    n_attentions: int
    n_ffns: int
    gated: bool = False
    relative: bool = False
    positions: int | None = None

    @property
    def matrices(self) -> int:
        """Weight matrices of a feed-forward block."""
        return 3 if self.gated else 2

    @property
    def linear(self) -> int:
        """FLOPs of the products with weights, of all layers, for one token."""
        attention = 2 * self.d_model * (2 * self.d_queries + 2 * self.d_keys)
        positions = 4 * self.d_model * self.d_queries if self.relative else 0
        feed = 2 * self.matrices * self.d_model * self.d_ff
        return self.n_attentions * (attention + positions) + self.n_ffns * feed

    @property
    def square(self) -> int:
        """FLOPs of the products that grow with n², of all layers, divided by n²."""
        return self.n_attentions * (8 if self.relative else 4) * self.d_queries

    @property
    def crossover(self) -> float:
        """Length n at which the n² products cost as much as those with weights: 2 d + f in BERT, which is
        6 d for f = 4 d."""
        return self.linear / self.square


def require_plain(config: Any) -> None:
    """For what counts only layers of BERT's and GPT-2's parts.

    Raises:
        NotInThisModel: when the layers have other parts (see `PLAIN`).
    """
    if config.model_type not in PLAIN:
        raise NotInThisModel(model=config.model_type, reason="other_cost")


def shape(config: Any) -> Shape:
    """Sizes of a configuration.

    Raises:
        ModelUnsupported: when its layers have parts that are not counted here (see `COUNTED`).
    """
    kind = config.model_type
    if kind not in COUNTED:
        raise ModelUnsupported(found=kind, allowed=", ".join(COUNTED))
    d, layers, heads = config.hidden_size, config.num_hidden_layers, config.num_attention_heads
    e = getattr(config, "embedding_size", d)
    width = next((w for name in ("head_dim", "d_kv") if isinstance(w := getattr(config, name, None), int)), d // heads)
    decoder = config.num_decoder_layers if kind == "t5" else 0
    return Shape(
        d_model=d,
        d_ff=size(config, "intermediate_size") or 4 * d,
        n_layers=layers + decoder,
        n_heads=heads,
        n_vocab=config.vocab_size,
        d_embedding=e,
        pooler=kind in ("bert", "roberta", "albert"),
        widen=kind == "albert" or (kind == "electra" and e != d),
        transform=kind not in ("openai-gpt", "gpt2", "llama", "t5", "xlnet"),
        d_queries=heads * width,
        d_keys=(getattr(config, "num_key_value_heads", None) or heads) * width,
        n_attentions=layers + 2 * decoder,
        n_ffns=layers + decoder,
        gated=kind in ("llama", "modernbert") or bool(getattr(config, "is_gated_act", False)),
        relative=kind == "xlnet",
        positions=size(config, "max_position_embeddings"),
    )


def flops(s: Shape, n: int, batch: int = 1, mlm: bool = False) -> dict[str, int]:
    """Operations of one forward pass over `batch` texts of n tokens, by part; an encoder and a decoder read n each.
    mlm: with a language-model head on every token in place of the pooler."""
    d, q, blocks = s.d_model, s.d_queries, s.n_attentions * batch
    positions = 2 * n * n * q * 2 if s.relative else 0
    return {
        "qkv": 2 * n * d * (q + 2 * s.d_keys + (2 * q if s.relative else 0)) * blocks,
        "scores": (2 * n * n * q + positions) * blocks,
        "softmax": SOFTMAX_FLOPS * s.n_heads * n * n * blocks,
        "context": 2 * n * n * q * blocks,
        "attn_out": 2 * n * d * q * blocks,
        "ffn": 2 * s.matrices * n * d * s.d_ff * s.n_ffns * batch,
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
    attention = 2 * s.d_queries + 2 * s.d_keys + 2 * s.d_model
    feed = (s.matrices - 1) * s.d_ff + 2 * s.d_model
    return FLOAT32 * batch * n * (s.n_attentions * attention + s.n_ffns * feed)


def attention_matrices(s: Shape, n: int, batch: int = 1) -> int:
    """Bytes in float32 of the probabilities of all heads and attention blocks."""
    return FLOAT32 * batch * s.n_attentions * s.n_heads * n * n


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
        """The cost at the chosen length, attention's n² part of it, and whether the model can read so long a text."""
        total = products(self.now)
        limit = self.shape.positions
        return "cost.reading" + (".beyond" if limit and self.here > limit else ""), {
            "tokens": self.here, "name": self.name, "flops": total, "share": self.quadratic,
            "crossover": int(float(f"{self.shape.crossover:.2g}")), "positions": limit,
        }  # fmt: skip


def quadratic_share(s: Shape, n: int) -> float:
    """n² products over all matrix products of the layers: n / (n + 2 d + f) in BERT, n / (n + 6 d) for f = 4 d."""
    return n / (n + s.crossover)


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
