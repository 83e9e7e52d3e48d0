"""What is changed in a run. The default changes nothing."""

import math
from dataclasses import dataclass
from typing import Literal

from explorer.capture.changes.rules import ScoreRule
from explorer.errors import VariantInvalid
from explorer.models.handle import Dims

# What a visitor can send is wider than what is allowed, so the fields are plain types and are checked by value.
SCALES = ("model", "sqrt_d", "none", "d", "sqrt_width")
PROJECTIONS = ("q", "k", "v")
FFN_MODES = ("zero", "skip")

# Beyond this, q·k times the factor leaves float32's range for trained models.
MAX_FACTOR = 1e9


@dataclass(frozen=True)
class Variant:
    """A changed run, hashable.

    scale: the factor on q·k: the model's own ("model"), 1/√d_head ("sqrt_d"), 1 ("none"), 1/d_head ("d"), 1/√ of the
        width of all heads together, which in most models is d_model ("sqrt_width"), or a number ≥ 0.
    rule: what is done to the score besides: see `ScoreRule`; None is what the model does.
    temperature: scores are divided by it, after the scale and before the mask; > 0.
    causal: each token sees only itself and what stands before it.
    identity: projections replaced by the identity, of "q", "k", "v".
    layers: where scale, rule, temperature, causal and identity apply; None means in all layers.
    ablated: (layer, head) pairs whose context vectors are set to zero.
    without_ffn: layers without feed-forward block, or "all".
    ffn_mode: "zero": the branch is zero and LayerNorm stays, LN(0 + a); "skip": the block is bypassed and the layer
        returns what attention returned.
    closed: tokens of the text that no token may look at, in any layer: a mask before the run. A replay has the mask of
        the run that it replays.
    """

    scale: str | float | int = "model"
    temperature: float | int = 1.0
    causal: bool = False
    identity: tuple[str, ...] = ()
    layers: tuple[int, ...] | None = None
    ablated: tuple[tuple[int, int], ...] = ()
    without_ffn: tuple[int, ...] | Literal["all"] = ()
    ffn_mode: str = "zero"
    closed: tuple[int, ...] = ()
    rule: ScoreRule | None = None

    def __post_init__(self) -> None:
        if isinstance(self.scale, str):
            if self.scale not in SCALES:
                raise VariantInvalid(field="scale", found=self.scale, allowed=", ".join(SCALES))
        elif not 0 <= self.scale <= MAX_FACTOR:  # also refuses nan
            raise VariantInvalid(field="scale", found=self.scale, allowed=f"0 … {MAX_FACTOR:.0e}")
        if not (0 < self.temperature < math.inf and 1 / self.temperature <= MAX_FACTOR):
            raise VariantInvalid(field="temperature", found=self.temperature, allowed="> 0")
        if self.ffn_mode not in FFN_MODES:
            raise VariantInvalid(field="ffn_mode", found=self.ffn_mode, allowed=", ".join(FFN_MODES))
        if not set(self.identity) <= set(PROJECTIONS):
            raise VariantInvalid(field="identity", found=", ".join(self.identity), allowed=", ".join(PROJECTIONS))
        # One order for equal changes, so that equal variants share a cache entry.
        object.__setattr__(self, "identity", tuple(sorted(set(self.identity))))
        object.__setattr__(self, "closed", tuple(sorted(set(self.closed))))
        object.__setattr__(self, "ablated", tuple(sorted(set(self.ablated))))
        if self.layers is not None:
            object.__setattr__(self, "layers", tuple(sorted(set(self.layers))))
        if self.without_ffn != "all":
            object.__setattr__(self, "without_ffn", tuple(sorted(set(self.without_ffn))))

    def applies(self, layer: int) -> bool:
        """Whether scale, rule, temperature, causal and identity are in force in this layer."""
        return self.layers is None or layer in self.layers

    def rule_in(self, layer: int) -> ScoreRule | None:
        """The rule of the score in this layer; None where the model's own is in force."""
        return self.rule if self.applies(layer) else None

    def drops_ffn(self, layer: int) -> bool:
        """Whether this layer runs without its feed-forward block."""
        return self.without_ffn == "all" or layer in self.without_ffn

    def ablated_heads(self, layer: int) -> list[int]:
        """Heads of this layer that are set to zero."""
        return [head for at, head in self.ablated if at == layer]

    def factor(self, layer: int, own: float, d_head: int, n_heads: int) -> float:
        """What q·k is multiplied by in this layer; own: the model's scale."""
        if not self.applies(layer):
            return own
        named = {"model": own, "sqrt_d": d_head**-0.5, "none": 1.0, "d": 1 / d_head}
        named["sqrt_width"] = (n_heads * d_head) ** -0.5
        scale = named[self.scale] if isinstance(self.scale, str) else self.scale
        return scale / self.temperature

    def check(self, dims: Dims) -> None:
        """Refuse layers and heads that the model does not have, and the identity for projections to another width.

        Raises:
            VariantInvalid: naming the field, what was asked for and what there is.
        """
        if self.rule is not None:
            self.rule.check(dims.n_heads, dims.d_head)
        mentioned = {"layers": self.layers or (), "without_ffn": () if self.without_ffn == "all" else self.without_ffn}
        for field, layers in mentioned.items():
            for layer in layers:
                if not 0 <= layer < dims.n_layers:
                    raise VariantInvalid(field=field, found=layer, allowed=f"0 … {dims.n_layers - 1}")
        narrow = dims.n_heads * dims.d_head != dims.d_model
        for letter in self.identity:
            if narrow or (letter != "q" and dims.n_kv_heads not in (0, dims.n_heads)):
                raise VariantInvalid(field="identity", found=letter, allowed="-" if narrow else "q")
        for layer, head in self.ablated:
            if not (0 <= layer < dims.n_layers and 0 <= head < dims.n_heads):
                allowed = f"(0, 0) … ({dims.n_layers - 1}, {dims.n_heads - 1})"
                raise VariantInvalid(field="ablated", found=(layer, head), allowed=allowed)


# The model as it is.
AS_IS = Variant()
