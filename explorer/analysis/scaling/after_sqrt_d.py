"""What models do to the score today, each on one head of a model that was trained with its own rule (post-hoc)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.analysis.info import Message
from explorer.capture.changes.gain import last_states
from explorer.capture.changes.rules import ScoreRule
from explorer.capture.changes.variant import AS_IS, Variant
from explorer.capture.facts import facts_of
from explorer.capture.records import LayerCapture
from explorer.capture.reduce import share_entropy
from explorer.capture.rescored import rescored
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel

# Su's n₀: the length at which nothing changes. Gemma's cap is 50; here it is low enough to be seen on a trained BERT.
# S: what SSMax's paper fixes where it does not learn it (Nakanishi 2025).
N_0, CAP, TAU, S = 512, 5.0, 0.1, 0.43
OWN, SHIFT = "own", "shift"
RULES: Mapping[str, Variant] = {
    OWN: AS_IS,
    "none": Variant(scale="none"),
    "over_d": Variant(scale="d"),
    "fourth_root": Variant(scale="sqrt_d", rule=ScoreRule(both_sides=True)),
    "norm_rms": Variant(scale="sqrt_d", rule=ScoreRule(norm="rms")),
    "norm_one": Variant(scale="none", rule=ScoreRule(norm="rms")),
    "norm_all": Variant(scale="sqrt_d", rule=ScoreRule(norm="rms_all")),
    "norm_layer": Variant(scale="sqrt_d", rule=ScoreRule(norm="layer")),
    "cosine": Variant(scale=1 / TAU, rule=ScoreRule(norm="unit")),
    "cap": Variant(scale="sqrt_d", rule=ScoreRule(cap=CAP)),
    "log_n": Variant(scale="sqrt_d", rule=ScoreRule(times_log_n=(1 / math.log(N_0), 0.0))),
    "ssmax": Variant(scale="sqrt_d", rule=ScoreRule(times_log_n=(S, 0.0))),
    SHIFT: Variant(scale="sqrt_d", rule=ScoreRule(plus_log_n=1.0)),
    "sink": Variant(scale="sqrt_d", rule=ScoreRule(sink=(0.0,))),
    "sigmoid": Variant(scale="sqrt_d", rule=ScoreRule(weights="sigmoid", plus_log_n=-1.0)),
}
# How many times larger q·k becomes, for the curve over the spread of the score.
TIMES = tuple(2.0**power for power in range(-4, 5))
LENGTHS = (16, 32, 64, 128, 256, 512)
MEASURES = {
    "entropy": "entropy / log(keys)",
    "max_prob": "mean largest weight",
    "first": "mean weight on the first token",
    "total": "mean sum of a row",
    "trace": "mean trace of the Jacobian",
}
# Two sets of weights that are closer than this are the same but for rounding.
SAME = 1e-5


@dataclass(frozen=True, eq=False)
class AfterRoot:
    """One head under every rule, the chosen one beside the model's own.

    scores: of the own and the chosen rule, NaN where the query may not look. weights: rule → queries x keys.
    passed: rule → trace of the Jacobian of each row, Σp(1 - p). spread: standard deviation of the own scores.
    largest: rule → mean largest weight when q·k is multiplied by each of `TIMES`. measures: rule → name → mean of rows.
    """

    layer: int
    head: int
    tokens: tuple[str, ...]
    chosen: str
    scores: tuple[np.ndarray, np.ndarray]
    weights: dict[str, np.ndarray]
    passed: dict[str, np.ndarray]
    spread: float
    largest: dict[str, tuple[float, ...]]
    measures: dict[str, dict[str, float]]
    difference: float

    def table(self) -> pd.DataFrame:
        """One row for each rule."""
        own = self.weights[OWN]
        return pd.DataFrame(
            [
                {"rule": rule, "chosen": rule == self.chosen}
                | {unit: self.measures[rule][name] for name, unit in MEASURES.items()}
                | {"largest difference of a weight to the own rule": float(np.abs(weights - own).max())}
                | {
                    f"mean largest weight, q·k x {times:g}": value
                    for times, value in zip(TIMES, self.largest[rule], strict=True)
                }
                for rule, weights in self.weights.items()
            ]
        )

    def reading(self) -> Message:
        """What the chosen rule does to this head's weights, or that it does nothing."""
        facts: dict[str, object] = {"layer": self.layer, "head": self.head}
        for name in MEASURES:
            facts[name], facts[f"{name}_own"] = self.measures[self.chosen][name], self.measures[OWN][name]
        moved = float(np.abs(self.weights[self.chosen] - self.weights[OWN]).max())
        if moved <= SAME:
            return "after_sqrt_d.reading.same", facts | {"moved": moved}
        if facts["total"] < 1 - 1e-3 or facts["total"] > 1 + 1e-3:  # type: ignore[operator]
            return "after_sqrt_d.reading.open", facts
        return f"after_sqrt_d.reading.{'flatter' if facts['entropy'] > facts['entropy_own'] else 'sharper'}", facts  # type: ignore[operator]


@dataclass(frozen=True, eq=False)
class OverLength:
    """values: rule → measure → one number for each of `lengths`, means over the rows of one head."""

    layer: int
    head: int
    chosen: str
    lengths: tuple[int, ...]
    values: dict[str, dict[str, tuple[float, ...]]]

    def table(self) -> pd.DataFrame:
        """One row for each rule and length."""
        return pd.DataFrame(
            [
                {"rule": rule, "tokens": n} | {unit: found[name][at] for name, unit in MEASURES.items()}
                for rule, found in self.values.items()
                for at, n in enumerate(self.lengths)
            ]
        )

    def reading(self) -> Message:
        """The largest weight at both ends, under the chosen rule and the own one."""
        own, changed = self.values[OWN]["max_prob"], self.values[self.chosen]["max_prob"]
        facts: dict[str, object] = {"low": self.lengths[0], "high": self.lengths[-1]}
        facts |= {"own_low": own[0], "own_high": own[-1], "low_value": changed[0], "high_value": changed[-1]}
        facts |= {"first": self.values[self.chosen]["first"][-1], "own_first": self.values[OWN]["first"][-1]}
        same = max(abs(a - b) for a, b in zip(own, changed, strict=True)) <= SAME
        return f"after_sqrt_d.length.{'same' if same else 'reading'}", facts


@dataclass(frozen=True, eq=False)
class WhyOne:
    """Why no scale is no bug after QK-norm: sizes of this head's q·k before and after RMSNorm of q and k.

    raw, scaled, normed: (standard deviation, largest absolute value) of q·k, of q·k/√d and of the normalised q·k.
    gain: learnt gain on both sides with which the factor 1 is 1/√d. difference: of the weights of those two.
    """

    layer: int
    head: int
    d_head: int
    raw: tuple[float, float]
    scaled: tuple[float, float]
    normed: tuple[float, float]
    gain: float
    difference: float

    def table(self) -> pd.DataFrame:
        """One row for each of the three."""
        rows = {"q·k": self.raw, "q·k / √d": self.scaled, "RMSNorm(q)·RMSNorm(k)": self.normed}
        return pd.DataFrame(
            [{"score": k, "standard deviation": v[0], "largest absolute value": v[1]} for k, v in rows.items()]
        )

    def reading(self) -> Message:
        """The three spreads, the bound, and the gain that does what 1/√d does."""
        facts: dict[str, object] = {"layer": self.layer, "head": self.head, "d": self.d_head, "gain": self.gain}
        facts |= {"raw": self.raw[1], "normed": self.normed[1], "difference": self.difference}
        return "after_sqrt_d.why_one", facts


@dataclass(frozen=True, eq=False)
class ScaleInGain:
    """A network with QK-norm beside its copy that multiplies q·k by 1 and has the scale in the gains of q and k.

    factor: of the network. gain: √factor, by which both gains of the copy are multiplied. largest: |q·k| of all its
    layers, after the norms. difference: of any number of the last states of both.
    """

    n_layers: int
    d_head: int
    factor: float
    gain: float
    largest: float
    difference: float

    def table(self) -> pd.DataFrame:
        """One row for each of the two."""
        rows = {"as it is": (self.factor, 1.0), "scale in the gains": (1.0, self.gain)}
        return pd.DataFrame(
            [
                {"network": name, "layers": self.n_layers, "factor on q·k": factor, "gain of q and k times": gain,
                 "d_head": self.d_head, "largest |q·k|": self.largest * gain**2,
                 "largest difference of the last states": self.difference}
                for name, (factor, gain) in rows.items()
            ]
        )  # fmt: skip

    def reading(self) -> Message:
        """Two factors, one network."""
        facts: dict[str, object] = {"n": self.n_layers, "factor": self.factor, "gain": self.gain, "d": self.d_head}
        return "after_sqrt_d.in_gemma", facts | {"largest": self.largest, "difference": self.difference}


def scale_in_gain(scene: Scene) -> ScaleInGain:
    """The two networks on one text.

    Raises:
        NotInThisModel: for a model without QK-norm.
    """
    own, moved = (last_states(scene.handle, scene.encoded, moved) for moved in (False, True))
    factor = facts_of(scene.handle).factors[0]
    return ScaleInGain(
        n_layers=scene.handle.dims.n_layers,
        d_head=scene.handle.dims.d_head,
        factor=factor,
        gain=factor**0.5,
        largest=max(float((layer.q @ layer.k.mT).abs().max()) for layer in scene.layers()),
        difference=float((own - moved).abs().max()),
    )


def after_sqrt_d(scene: Scene, number: int, head: int, chosen: str) -> AfterRoot:
    """One head of a layer under every rule. Padding is left out.

    Raises:
        NotInThisModel: for cross attention.
    """
    layer, n = _layer(scene, number), scene.encoded.n_tokens
    found = {rule: rescored(layer, variant, head, n) for rule, variant in RULES.items()}
    seen = layer.visible[0, head, :n, :n]
    own, changed = (found[rule][0].masked_fill(~seen, math.nan).float() for rule in (OWN, chosen))
    known = own[seen]
    return AfterRoot(
        layer=number,
        head=head,
        tokens=scene.encoded.tokens,
        chosen=chosen,
        scores=(own.cpu().numpy(), changed.cpu().numpy()),
        weights={rule: p.float().cpu().numpy() for rule, (_, p) in found.items()},
        passed={rule: (p * (1 - p)).sum(-1).float().cpu().numpy() for rule, (_, p) in found.items()},
        spread=float(known.std(correction=0)),
        largest={
            rule: tuple(float(rescored(layer, variant, head, n, x)[1].amax(-1).mean()) for x in TIMES)
            for rule, variant in RULES.items()
        },
        measures={rule: _means(p) for rule, (_, p) in found.items()},
        difference=float((found[OWN][1] - layer.probs[0, head, :n, :n]).abs().max()),
    )


def over_length(scene: Scene, number: int, head: int, chosen: str) -> OverLength:
    """The same head among the first 16, 32 … tokens of one long text: one run, of which more and more is looked at.

    Raises:
        NotInThisModel: for cross attention.
    """
    layer, n = _layer(scene, number), scene.encoded.n_tokens
    lengths = (*(length for length in LENGTHS if length < n), n)
    values: dict[str, dict[str, tuple[float, ...]]] = {}
    for rule, variant in RULES.items():
        means = [_means(rescored(layer, variant, head, length)[1]) for length in lengths]
        values[rule] = {name: tuple(mean[name] for mean in means) for name in MEASURES}
    return OverLength(number, head, chosen, lengths, values)


def why_one(scene: Scene, number: int, head: int) -> WhyOne:
    """The sizes of one head's scores with and without QK-norm.

    Raises:
        NotInThisModel: for cross attention.
    """
    layer, n = _layer(scene, number), scene.encoded.n_tokens
    d = layer.q.shape[-1]
    q, k = layer.q[0, head, :n], layer.k[0, head, :n]
    normed = ScoreRule(norm="rms").products(q[None, None], k[None, None], 1.0)
    assert normed is not None
    gain = d**-0.25
    gained = ScoreRule(norm="rms", gain_q=(gain,), gain_k=(gain,))
    both = [
        rescored(layer, Variant(scale="none", rule=gained), head, n)[1],
        rescored(layer, RULES["norm_rms"], head, n)[1],
    ]
    raw, scaled, after = (
        (float(s.std(correction=0)), float(s.abs().max())) for s in (q @ k.mT, q @ k.mT / d**0.5, normed[0])
    )
    return WhyOne(number, head, d, raw, scaled, after, gain, float((both[0] - both[1]).abs().max()))


def repeated(text: str, n_tokens: int, wanted: int) -> str:
    """A text said again and again until it has about so many tokens; n_tokens: of the text, with special ones."""
    return " ".join([text] * max(1, (wanted - 2) // max(n_tokens, 1)))


def _layer(scene: Scene, number: int) -> LayerCapture:
    if scene.keys is not scene.encoded:
        raise NotInThisModel(model=scene.handle.config.model_type, reason="cross_square")
    return scene.layer(number)


def _means(weights: torch.Tensor) -> dict[str, float]:
    n = weights.shape[-1]
    return {
        "entropy": float(share_entropy(weights).mean()) / math.log(n) if n > 1 else 1.0,
        "max_prob": float(weights.amax(-1).mean()),
        "first": float(weights[:, 0].mean()),
        "total": float(weights.sum(-1).mean()),
        "trace": float((weights * (1 - weights)).sum(-1).mean()),
    }
