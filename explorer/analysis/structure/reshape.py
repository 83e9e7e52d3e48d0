"""Heads are a way to cut one product: view, transpose and one batched product against a loop over heads.

Vaswani et al. 2017, section 3.2.2, as transformers' BertSelfAttention computes it.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import softmax

from explorer.analysis.info import Message
from explorer.capture.attention import future_of
from explorer.capture.facts import facts_of, spelled
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel
from explorer.models.handle import ModelHandle, part

# Maps are drawn for the first tokens only: 384 heads of 512 × 512 would be 400 MB.
MAX_TOKENS = 32


@dataclass(frozen=True, eq=False)
class Reshape:
    """One layer's attention cut into `heads`. q: the projection, tokens x width; maps: probabilities, heads x T x T;
    difference: largest one between the two ways; to_model: to the model's own probabilities, if cut as it is.
    factor: on q·k, the model's rule at this width; causal: whether later tokens are hidden, as in the model."""

    layer: int
    heads: int
    own_heads: int
    tokens: tuple[str, ...]
    q: np.ndarray
    maps: np.ndarray
    parameters: int
    difference: float
    to_model: float | None
    mean_max: float
    factor: float
    causal: bool

    @property
    def width(self) -> int:
        """Width of the model."""
        return int(self.q.shape[1])

    @property
    def d_head(self) -> int:
        """Width of one head."""
        return self.width // self.heads

    def steps(self) -> tuple[tuple[str, str, str], ...]:
        """(message key, PyTorch, shape) of each step."""
        n, d, h, k = len(self.tokens), self.width, self.heads, self.d_head
        flat, cut, first, square = f"{n} × {d}", f"{n} × {h} × {k}", f"{h} × {n} × {k}", f"{h} × {n} × {n}"
        return (
            ("project", "q = x @ W_q.T + b_q", flat),
            ("view", "q.view(n, h, d_head)", cut),
            ("transpose", ".transpose(0, 1)", first),
            ("scores", f"q @ k.transpose(1, 2){self._scale}{' + mask' if self.causal else ''}", square),
            ("softmax", ".softmax(-1)", square),
            ("sum", "probs @ v", first),
            ("concat", ".transpose(0, 1).reshape(n, d)", flat),
            ("mix", "context @ W_o.T + b_o", flat),
        )

    @property
    def _scale(self) -> str:
        if self.factor == 1:
            return ""
        root = spelled(self.factor, self.d_head) == "1/√d"
        return " / sqrt(d_head)" if root else f" * {self.factor:.4g}"

    def table(self) -> pd.DataFrame:
        """One row for each step."""
        return pd.DataFrame(self.steps(), columns=["step", "PyTorch", "shape"])

    def reading(self) -> Message:
        """What the cut changes and what it leaves."""
        key = "reshape.reading" if self.heads == self.own_heads else "reshape.reading.changed"
        return key, {
            "heads": self.heads, "d_head": self.d_head, "parameters": self.parameters, "mean": self.mean_max,
            "own": self.own_heads, "difference": self.difference,
        }  # fmt: skip


def divisors(width: int) -> tuple[int, ...]:
    """Numbers of heads that a width can be cut into."""
    return tuple(h for h in range(1, width + 1) if width % h == 0)


def batched(
    q: Float[Tensor, "T D"],
    k: Float[Tensor, "T D"],
    v: Float[Tensor, "T D"],
    heads: int,
    hidden: Bool[Tensor, "T T"] | None = None,
    factor: float | None = None,
) -> tuple[Float[Tensor, "T D"], Float[Tensor, "H T T"]]:
    """All heads at once: a view, a transposition, one batched product.

    hidden: keys that a query may not see. factor: on q·k, by default 1/√d_head.
    """
    n, d = q.shape
    factor = (d // heads) ** -0.5 if factor is None else factor
    q, k, v = (x.view(n, heads, d // heads).transpose(0, 1) for x in (q, k, v))
    probs = softmax(_masked(q @ k.transpose(1, 2) * factor, hidden), dim=-1)
    return (probs @ v).transpose(0, 1).reshape(n, d), probs


def _masked(scores: Tensor, hidden: Tensor | None) -> Tensor:
    return scores if hidden is None else scores.masked_fill(hidden, torch.finfo(scores.dtype).min)


def looped(
    q: Float[Tensor, "T D"],
    k: Float[Tensor, "T D"],
    v: Float[Tensor, "T D"],
    heads: int,
    hidden: Bool[Tensor, "T T"] | None = None,
    factor: float | None = None,
) -> Float[Tensor, "T D"]:
    """The same, head by head, on slices of the columns."""
    width = q.shape[1] // heads
    factor = width**-0.5 if factor is None else factor
    contexts = []
    for start in range(0, q.shape[1], width):
        mine = slice(start, start + width)
        probs = softmax(_masked(q[:, mine] @ k[:, mine].T * factor, hidden), dim=-1)
        contexts.append(probs @ v[:, mine])
    return torch.cat(contexts, dim=1)


def _projected(handle: ModelHandle, layer: nn.Module, x: Float[Tensor, "T D"]) -> tuple[Tensor, ...]:
    """q, k and v of a layer's input, each T x D."""
    sites = handle.sites
    norm = part(layer, sites.attn_pre)
    read = x if norm is None else norm(x)
    if sites.fused:
        return tuple(layer.get_submodule(sites.query)(read[None])[0].chunk(3, -1))
    return tuple(layer.get_submodule(path)(read) for path in (sites.query, sites.key, sites.value))


def reshape(scene: Scene, layer: int, heads: int) -> Reshape:
    """Cut a layer's projections of the visitor's text into `heads`, and compare where the cut is the model's.

    Raises:
        NotInThisModel: where positions enter in every head, so that heads cannot be cut otherwise.
    """
    handle, seen = scene.handle, scene.capture()
    if handle.sites.order != "table":
        raise NotInThisModel(model=handle.config.model_type, reason="recut")
    n = seen.encoded.n_tokens
    module, sites = handle.layers[layer], handle.sites
    paths = dict.fromkeys((sites.query, sites.key, sites.value, sites.attn_out))
    projections = [module.get_submodule(path) for path in paths]
    own_rule, width = facts_of(handle), handle.dims.d_model // heads
    factor, causal = own_rule.at_width(layer, handle.dims.d_head, width), own_rule.causal[layer]
    hidden = future_of(n, n, handle.device) if causal else None
    with torch.no_grad():
        q, k, v = _projected(handle, module, seen.hidden[layer][0, :n])
        context, probs = batched(q, k, v, heads, hidden, factor)
        difference = float((context - looped(q, k, v, heads, hidden, factor)).abs().max())
    as_is = scene.layer(layer).probs if heads == handle.dims.n_heads else None
    return Reshape(
        layer=layer,
        heads=heads,
        own_heads=handle.dims.n_heads,
        tokens=seen.encoded.tokens,
        q=q[:MAX_TOKENS].cpu().numpy(),
        maps=probs[:, :MAX_TOKENS, :MAX_TOKENS].cpu().numpy(),
        parameters=sum(p.numel() for projection in projections for p in projection.parameters()),
        difference=difference,
        to_model=None if as_is is None else float((probs - as_is[0, :, :n, :n]).abs().max()),
        mean_max=float(probs.max(-1).values.mean()),
        factor=factor,
        causal=causal,
    )
