"""Trainings that were done beforehand, several seeds a setting: the band behind a live curve, and the sweep of rates.

`python -m explorer.training.bands` (or `make bands`) adds what is missing to `assets/models/bands.json`.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from explorer.home import ASSETS
from explorer.training.setting import LEARNING_RATES, TrainingSetting

FILE = ASSETS / "models" / "bands.json"
EVERY = 10  # a loss in the file is the mean of ten steps, as in the live curve
MIN_SEEDS = 3
DEFAULTS = asdict(TrainingSetting())


@dataclass(frozen=True, eq=False)
class Band:
    """Several seeds of one setting: step numbers, and the lowest, the mean and the highest loss there, in nats."""

    steps: np.ndarray
    low: np.ndarray
    mean: np.ndarray
    high: np.ndarray
    n_seeds: int

    @property
    def final(self) -> tuple[float, float, float]:
        """Lowest, mean and highest loss of the last ten steps."""
        return float(self.low[-1]), float(self.mean[-1]), float(self.high[-1])


def wanted() -> Iterator[TrainingSetting]:
    """The default pair with five seeds; with three, one choice of it changed at a time, scaled and unscaled."""
    default = TrainingSetting()
    for seed in range(5):
        yield from _pair(replace(default, seed=seed))
    changed = [replace(default, init_std=0.02, learning_rate=0.001)]
    changed += [replace(default, learning_rate=rate) for rate in reversed(LEARNING_RATES)]
    changed += [replace(default, init_std=0.02)]
    changed += [replace(default, ffn=False), *(replace(default, d_head=d_head) for d_head in (128, 32, 16))]
    for setting in changed:
        for seed in range(3):
            yield from _pair(replace(setting, seed=seed))


def band(setting: TrainingSetting) -> Band | None:
    """What other seeds of this setting did; None where fewer than three were trained beforehand."""
    asked, seed = asdict(setting), {"seed": setting.seed}
    curves = [run["loss"] for run in _runs() if DEFAULTS | run["setting"] | seed == asked]
    if len(curves) < MIN_SEEDS:
        return None
    stacked = np.array(curves, dtype=np.float32)
    steps = np.arange(1, stacked.shape[1] + 1) * EVERY
    return Band(steps, stacked.min(0), stacked.mean(0), stacked.max(0), len(curves))


@cache
def _runs(file: Path = FILE) -> tuple[dict[str, Any], ...]:
    return tuple(json.loads(file.read_text("utf-8"))["runs"].values()) if file.is_file() else ()


def _pair(setting: TrainingSetting) -> tuple[TrainingSetting, TrainingSetting]:
    return setting, replace(setting, scale="none")


def main(file: Path = FILE) -> None:
    """Train what is missing, one after the other, and save after each."""
    import torch

    from explorer.training.loop import train

    torch.set_num_threads(1)
    made = json.loads(file.read_text("utf-8")) if file.is_file() else {"runs": {}}
    made["about"] = f"loss in nats, means of {EVERY} steps; made by explorer/training/bands.py"
    for setting in dict.fromkeys(wanted()):
        if setting.key in made["runs"]:
            continue
        records = list(train(setting))
        losses = np.array([record.loss for record in records]).reshape(-1, EVERY).mean(1)
        shares = {r.step: [r.accuracies.verb, r.accuracies.agreement, r.accuracies.place]
                  for r in records if r.accuracies}  # fmt: skip
        fields = {name: value for name, value in asdict(setting).items() if name != "seed"}
        made["runs"][setting.key] = {
            "setting": fields,
            "seed": setting.seed,
            "loss": [round(float(loss), 3) for loss in losses],
            "accuracies": {step: [round(share, 3) for share in values] for step, values in shares.items()},
        }
        file.write_text(_dumped(made), encoding="utf-8")
        sys.stderr.write(f"{setting.key}: {losses[-1]:.3f}\n")


def _dumped(made: dict[str, Any]) -> str:
    """One line a run, so that a change of the file can be read."""
    runs = ",\n".join(f"  {json.dumps(key)}: {json.dumps(run)}" for key, run in made["runs"].items())
    return f'{{"about": {json.dumps(made["about"])},\n"runs": {{\n{runs}\n}}}}\n'


if __name__ == "__main__":
    main()
