"""What one training is: every choice that has an influence on the result, in one hashable value."""

from dataclasses import dataclass, fields
from typing import Any

from explorer.errors import TrainingInvalid

D_MODEL = 128

# On offer in the lab. 1/√128 makes q and k of unit variance, which the derivation of 1/√d assumes; 0.02 is BERT's own
# and belongs to a width of 768.
SCALES = ("sqrt_d", "none", "over_d", "over_width", "norm_rms", "cosine", "cap", "sigmoid", "sink")
D_HEADS = (16, 32, 64, 128)
INIT_STDS = (0.02, 0.05, 0.088, 0.15)
LEARNING_RATES = (0.0005, 0.001, 0.002, 0.004)
LAYERS = (1, 2, 3, 4)
RATES = (0.05, 0.15, 0.3, 0.4, 0.8)
MAX_STEPS, MAX_SEED = 2_000, 99


@dataclass(frozen=True)
class TrainingSetting:
    """A training of a small BERT on the small language; the same setting gives the same curve.

    scale: what makes weights of q·k while training: the factor 1/√d_head ("sqrt_d"), 1 ("none"), 1/d_head ("over_d") or
        1/√d_model ("over_width"), or one of `analysis.scaling.after_sqrt_d.RULES`, its constants not learnt.
    init_std: standard deviation of the fresh weights; learning_rate: the highest, after 50 steps of warm-up.
    ffn: with the feed-forward block (intermediate layer) in every layer, or without.
    pairs: train on pairs of clauses with both heads, as BERT was, instead of on single sentences with one.
    rate: share of the tokens that are masked; 80 % of them become [MASK], 10 % another word, 10 % stay.
    causal: each token sees itself and what stands before it, alone. tied: the decoder's weights are the word table.
    """

    scale: str = "sqrt_d"
    d_head: int = 64
    init_std: float = 0.088
    learning_rate: float = 0.002
    ffn: bool = True
    layers: int = 2
    steps: int = 800
    seed: int = 0
    d_model: int = D_MODEL
    batch: int = 32
    rate: float = 0.3
    pairs: bool = False
    causal: bool = False
    tied: bool = True

    def __post_init__(self) -> None:
        whole = {"layers": (1, 12), "steps": (1, 20_000), "seed": (0, 2**31), "batch": (1, 512), "d_model": (8, 1_024)}
        for name, (low, high) in whole.items():
            _check(name, getattr(self, name), low, high)
        _check("init_std", self.init_std, 1e-4, 1.0)
        _check("learning_rate", self.learning_rate, 1e-6, 1.0)
        _check("rate", self.rate, 0.01, 0.99)
        if self.scale not in SCALES:
            raise TrainingInvalid(field="scale", found=self.scale, allowed=", ".join(SCALES))
        if self.d_head < 1 or self.d_model % self.d_head:
            raise TrainingInvalid(field="d_head", found=self.d_head, allowed=", ".join(map(str, D_HEADS)))

    @property
    def n_heads(self) -> int:
        """Heads of a layer; more width a head means fewer heads, and the same number of parameters."""
        return self.d_model // self.d_head

    @property
    def plain(self) -> bool:
        """Whether the saved model is whole without a rule from outside, so that other pages can open it."""
        return self.scale in ("sqrt_d", "none") and not self.causal

    @property
    def key(self) -> str:
        """The setting as a short name, for tables and files: equal settings have equal names."""
        values = (getattr(self, field.name) for field in fields(self))
        return "_".join(str(int(value) if isinstance(value, bool) else value).replace("_", "") for value in values)

    @classmethod
    def of_key(cls, key: str) -> "TrainingSetting":
        """The setting that has this name.

        Raises:
            TrainingInvalid, ValueError: when it is no such name.
        """
        kinds: dict[str, Any] = {field.name: type(field.default) for field in fields(cls)}
        found: dict[str, Any] = {}
        for (name, kind), word in zip(kinds.items(), key.split("_"), strict=True):
            found[name] = bool(int(word)) if kind is bool else kind(word)
        scales = {name.replace("_", ""): name for name in SCALES}
        return cls(**found | {"scale": scales.get(found["scale"], found["scale"])})


def _check(field: str, found: float | int, low: float | int, high: float | int) -> None:
    if not low <= found <= high:
        raise TrainingInvalid(field=field, found=found, allowed=f"{low} … {high}")
