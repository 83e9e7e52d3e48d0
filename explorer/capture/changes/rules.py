"""What models do to the score besides a factor, as values; each formula is written here and nowhere else."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import layer_norm, normalize, rms_norm, softmax

from explorer.errors import VariantInvalid

NORMS = ("none", "layer", "rms", "rms_all", "unit")
WEIGHTS = ("softmax", "sigmoid")


@dataclass(frozen=True)
class ScoreRule:
    """How scores and weights are made of q and k, beside the factor; the default is softmax(q·k · factor).

    norm: q and k of each head, after rotary positions: "layer" (LayerNorm: Henry et al. 2020, ViT-22B), "rms" (Qwen 3,
        Gemma 3), "rms_all" (OLMo 2: of all heads together, so that their lengths stay different) or "unit" (length 1:
        with the factor 1/τ cosine attention, Liu et al. 2022).
    gain_q, gain_k: learnt gains of the norm, one number or one for each component (of "rms_all" of all heads).
    eps: added to the variance.
    both_sides: √factor goes to q and to k before they are multiplied: the same number, smaller on the way.
    cap: c·tanh(s/c) after the factor (Gemma 2).
    times_log_n: (a, b): s·(a·log n + b), n keys that the query sees (Su 2021; SSMax, Nakanishi 2025).
    plus_log_n: s + a·log n for every key: under softmax it changes nothing.
    sink: exp(b) is added below the fraction, one b for all heads or one each (Miller 2023: 0; gpt-oss: learnt).
    weights: "softmax", or "sigmoid" of each score by itself (Ramapuram et al. 2024).
    """

    norm: str = "none"
    gain_q: tuple[float, ...] = (1.0,)
    gain_k: tuple[float, ...] = (1.0,)
    eps: float = 1e-6
    both_sides: bool = False
    cap: float | None = None
    times_log_n: tuple[float, float] | None = None
    plus_log_n: float = 0.0
    sink: tuple[float, ...] | None = None
    weights: str = "softmax"

    def __post_init__(self) -> None:
        if self.norm not in NORMS:
            raise VariantInvalid(field="rule.norm", found=self.norm, allowed=", ".join(NORMS))
        if self.weights not in WEIGHTS:
            raise VariantInvalid(field="rule.weights", found=self.weights, allowed=", ".join(WEIGHTS))
        if self.cap is not None and not 0 < self.cap < math.inf:
            raise VariantInvalid(field="rule.cap", found=self.cap, allowed="> 0")
        if not 0 <= self.eps < math.inf:
            raise VariantInvalid(field="rule.eps", found=self.eps, allowed="≥ 0")
        if self.sink is not None and self.weights == "sigmoid":
            raise VariantInvalid(field="rule.sink", found="sigmoid", allowed="softmax")
        numbers = (*self.gain_q, *self.gain_k, *(self.sink or ()), *(self.times_log_n or ()), self.plus_log_n)
        if not all(math.isfinite(number) for number in numbers):
            raise VariantInvalid(field="rule", found="nan, inf", allowed="-1e9 … 1e9")

    def check(self, n_heads: int, d_head: int) -> None:
        """Refuse gains and sinks of another size than the model's heads.

        Raises:
            VariantInvalid: naming the field.
        """
        sizes = {"gain_q": (self.gain_q, d_head), "gain_k": (self.gain_k, d_head), "sink": (self.sink or (0,), n_heads)}
        if self.norm == "rms_all":
            sizes |= {"gain_q": (self.gain_q, n_heads * d_head), "gain_k": (self.gain_k, n_heads * d_head)}
        for field, (values, size) in sizes.items():
            if len(values) not in (1, size):
                raise VariantInvalid(field=f"rule.{field}", found=len(values), allowed=f"1, {size}")

    @property
    def shares(self) -> bool:
        """Whether the weights of a row are the softmax of its scores, and so add up to 1."""
        return self.sink is None and self.weights == "softmax"

    @property
    def counts_keys(self) -> bool:
        """Whether the number of keys is in the formula."""
        return self.times_log_n is not None or self.plus_log_n != 0

    def products(
        self,
        q: Float[Tensor, "B H Tq K"],
        k: Float[Tensor, "B H Tk K"],
        factor: float,
        heads: slice = slice(None),
    ) -> tuple[Float[Tensor, "B h Tq Tk"], float] | None:
        """q kᵀ of what this rule makes of these heads, and the factor that is left; None where it is q kᵀ itself."""
        if self.norm == "none" and not self.both_sides:
            return None
        q, k = self._normed(q, self.gain_q, heads), self._normed(k, self.gain_k, heads)
        if self.both_sides:
            root = factor**0.5
            return torch.matmul(q * root, (k * root).mT), 1.0
        return torch.matmul(q, k.mT), factor

    def _normed(self, x: Float[Tensor, "B H T K"], gain: Sequence[float], heads: slice) -> Float[Tensor, "B h T K"]:
        if self.norm == "rms_all":
            size = (x.square().mean((1, 3), keepdim=True) + self.eps).rsqrt()
            x = x[:, heads] * size
            own = x.new_tensor(gain)
            return x * (own if own.numel() == 1 else own.view(1, -1, 1, x.shape[-1])[:, heads])
        x = x[:, heads]
        if self.norm == "none":
            return x
        width = (x.shape[-1],)
        if self.norm == "unit":
            x = normalize(x, dim=-1)
        else:
            x = layer_norm(x, width, eps=self.eps) if self.norm == "layer" else rms_norm(x, width, eps=self.eps)
        return x if set(gain) == {1.0} else x * x.new_tensor(gain)

    def grown(self, factor: float, n_keys: Float[Tensor, "..."]) -> Float[Tensor, "..."] | float:
        """The factor for rows that see n keys."""
        if self.times_log_n is None:
            return factor
        a, b = self.times_log_n
        return factor * (a * n_keys.log() + b)

    def weights_of(self, scores: Float[Tensor, "B h Tq Tk"], heads: slice) -> Float[Tensor, "B h Tq Tk"]:
        """The weights of these heads, among all of the layer, from their masked scores."""
        if self.weights == "sigmoid":
            return scores.sigmoid()
        if self.sink is None:
            return softmax(scores, dim=-1)
        sink = scores.new_tensor(self.sink)
        if len(self.sink) > 1:
            sink = sink[heads]
        column = sink.view(1, -1, 1, 1).expand(*scores.shape[:-1], 1)
        return softmax(torch.cat([scores, column], -1), dim=-1)[..., :-1]


def visible_keys(
    q: Float[Tensor, "B H Tq K"], n_keys: int, mask: Tensor | None, future: Tensor | None
) -> Float[Tensor, "..."]:
    """How many keys each query sees, at least 1; B or 1, 1, Tq or 1, 1."""
    seen = torch.ones(1, 1, q.shape[2], n_keys, dtype=torch.bool, device=q.device)
    if mask is not None:
        seen = seen & (mask[:, :1] > torch.finfo(mask.dtype).min / 2)
    if future is not None:
        seen = seen & ~future
    return seen.sum(-1, keepdim=True).clamp_min(1).to(q.dtype)
