"""What can be chosen in the lab, and the comparisons that it offers ready-made."""

from dataclasses import fields, replace
from typing import Any

from explorer.training.bands import MIN_SEEDS, exams
from explorer.training.setting import D_HEADS, INIT_STDS, LAYERS, LEARNING_RATES, RATES, SCALES, TrainingSetting

Pair = tuple[TrainingSetting, TrainingSetting]
SIDES = ("a", "b")
DEFAULTS = {"a": TrainingSetting(), "b": TrainingSetting(scale="none")}

# Name of a setting's field → what can be chosen.
CHOICES: dict[str, tuple[Any, ...]] = {
    "scale": SCALES,
    "d_head": D_HEADS,
    "init_std": INIT_STDS,
    "learning_rate": LEARNING_RATES,
    "causal": (False, True),
    "rate": RATES,
    "tied": (True, False),
    "ffn": (True, False),
    "layers": LAYERS,
    "steps": (50, 100, 200, 400, 800, 1_000, 1_200, 1_600, 2_000),
    "seed": tuple(range(10)),
}
# Name of a comparison → what differs from `DEFAULTS`; the first ones are the cards of the page.
PRESETS: dict[str, dict[str, Any]] = {
    "default": {},
    "assignment": {"a_steps": 1_000, "b_steps": 1_000},
    "norm": {"b_scale": "norm_rms"},
    "causal": {"b_scale": "sqrt_d", "b_causal": True},
    "masking": {"a_rate": 0.15, "b_scale": "sqrt_d", "b_rate": 0.4},
    "tied": {"b_scale": "sqrt_d", "b_tied": False},
    "over_width": {"b_scale": "over_width"},
    "over_d": {"b_scale": "over_d"},
    "cosine": {"b_scale": "cosine"},
    "cap": {"b_scale": "cap"},
    "sigmoid": {"b_scale": "sigmoid"},
    "sink": {"b_scale": "sink"},
    "masking_5": {"a_rate": 0.15, "b_scale": "sqrt_d", "b_rate": 0.05},
    "masking_80": {"a_rate": 0.15, "b_scale": "sqrt_d", "b_rate": 0.8},
    "std": {"a_init_std": 0.02, "b_init_std": 0.02, "a_learning_rate": 0.001, "b_learning_rate": 0.001},
    "rate": {"a_learning_rate": 0.004, "b_learning_rate": 0.004},
    "long": {"b_learning_rate": 0.001, "b_steps": 2_000},
    "ffn": {"b_scale": "sqrt_d", "b_ffn": False},
    "seed": {"b_scale": "sqrt_d", "b_seed": 1},
}
CARDS = ("default", "assignment", "norm", "causal", "masking")

# Of two layers, on one core of a laptop; both models are trained at once where there are two cores.
SECONDS_A_STEP = 0.03


def choices(preset: str) -> dict[str, Any]:
    """Every choice of a comparison by its name in the address, so that a link leaves nothing of the last pair."""
    base = {f"{side}_{name}": getattr(DEFAULTS[side], name) for side in SIDES for name in CHOICES}
    return base | PRESETS[preset]


def pair_of(preset: str) -> Pair:
    """The two settings of a comparison."""
    a, b = (
        replace(DEFAULTS[side], **{n.removeprefix(f"{side}_"): v for n, v in PRESETS[preset].items() if n[0] == side})
        for side in SIDES
    )
    return a, b


def seconds(pair: Pair) -> int:
    """How long both take about, on a laptop."""
    steps = sum(setting.steps * setting.layers / 2 for setting in dict.fromkeys(pair))
    return 5 * max(1, round(steps * SECONDS_A_STEP / 5))


def ends(pair: Pair) -> dict[str, float] | None:
    """Mean loss of the stored seeds in the examination, the same for A and B; None where one was not trained enough."""
    asked = [list(exams(setting).values()) for setting in pair]
    if any(len(values) < MIN_SEEDS for values in asked):
        return None
    a, b = (sum(values) / len(values) for values in asked)
    return {"a": a, "b": b}


assert set(CHOICES) <= {field.name for field in fields(TrainingSetting)}
