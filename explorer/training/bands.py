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
from explorer.training.dials import NAMES
from explorer.training.setting import LEARNING_RATES, RATES, SCALES, TrainingSetting

FILE = ASSETS / "models" / "bands.json"
EVERY = 10  # a loss in the file is the mean of ten steps, as in the live curve
READ_EVERY = 40  # steps from one stored reading of the instruments to the next
MIN_SEEDS = 3
DEFAULTS = asdict(TrainingSetting())


@dataclass(frozen=True, eq=False)
class Band:
    """Several seeds of one setting: step numbers, and the lowest, the mean and the highest value there."""

    steps: np.ndarray
    low: np.ndarray
    mean: np.ndarray
    high: np.ndarray
    n_seeds: int

    @property
    def final(self) -> tuple[float, float, float]:
        """Lowest, mean and highest value at the end."""
        return float(self.low[-1]), float(self.mean[-1]), float(self.high[-1])


def wanted() -> Iterator[TrainingSetting]:
    """What the presets compare with five seeds; with three, one choice changed at a time, scaled and unscaled."""
    default = TrainingSetting()
    compared = [*_pair(default), *_pair(replace(default, steps=1_000))]
    compared += [replace(default, rate=rate) for rate in RATES]
    compared += [replace(default, causal=True), *(replace(default, scale=scale) for scale in SCALES)]
    for setting in [*compared, replace(default, tied=False)]:
        yield from (replace(setting, seed=seed) for seed in range(5))
    changed = [replace(default, init_std=0.02, learning_rate=0.001)]
    changed += [replace(default, learning_rate=rate) for rate in reversed(LEARNING_RATES)]
    changed += [replace(default, init_std=0.02)]
    changed += [replace(default, ffn=False), *(replace(default, d_head=d_head) for d_head in (128, 32, 16))]
    for setting in changed:
        for seed in range(3):
            yield from _pair(replace(setting, seed=seed))


def band(setting: TrainingSetting) -> Band | None:
    """Loss of other seeds of this setting, in nats; None where fewer than three were trained beforehand."""
    return _band([run["loss"] for run in _of(setting)], EVERY)


def dial_band(setting: TrainingSetting, name: str, layer: int) -> Band | None:
    """The same of what one of the instruments (`dials.NAMES`) read in a layer counted from 0."""
    return _band([run["dials"][name][layer] for run in _of(setting) if "dials" in run], READ_EVERY)


def exams(setting: TrainingSetting) -> dict[int, float]:
    """Seed → loss at the end on the sentences that every model is asked, in nats."""
    ends = {run["seed"]: list(run["accuracies"].values())[-1] for run in _of(setting)}
    return {seed: found[3] for seed, found in sorted(ends.items()) if len(found) > 3}


def _of(setting: TrainingSetting) -> list[dict[str, Any]]:
    """The stored trainings that differ from this setting by nothing but the seed."""
    asked, seed = asdict(setting), {"seed": setting.seed}
    return [run for run in _runs() if DEFAULTS | run["setting"] | seed == asked]


def _band(curves: list[list[float]], every: int) -> Band | None:
    if len(curves) < MIN_SEEDS:
        return None
    stacked = np.array(curves, dtype=np.float32)
    steps = np.arange(1, stacked.shape[1] + 1) * every
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
        shares = {r.step: [r.accuracies.verb, r.accuracies.agreement, r.accuracies.place, r.exam]
                  for r in records if r.accuracies and r.exam}  # fmt: skip
        read = [r.dials for r in records if r.dials and r.step % READ_EVERY == 0]
        dials = {name: np.array([getattr(one, name) for one in read]).T.tolist() for name in NAMES}
        fields = {name: value for name, value in asdict(setting).items() if name != "seed"}
        made["runs"][setting.key] = {
            "setting": fields,
            "seed": setting.seed,
            "loss": [round(float(loss), 3) for loss in losses],
            "accuracies": {step: [round(share, 3) for share in values] for step, values in shares.items()},
            "dials": {name: [[float(f"{x:.3g}") for x in layer] for layer in dial] for name, dial in dials.items()},
        }
        file.write_text(_dumped(made), encoding="utf-8")
        sys.stderr.write(f"{setting.key}: {losses[-1]:.3f}\n")


def _dumped(made: dict[str, Any]) -> str:
    """One line a run, so that a change of the file can be read."""
    runs = ",\n".join(f"  {json.dumps(key)}: {json.dumps(run)}" for key, run in made["runs"].items())
    return f'{{"about": {json.dumps(made["about"])},\n"runs": {{\n{runs}\n}}}}\n'


if __name__ == "__main__":
    main()
