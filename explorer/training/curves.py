"""Two trainings side by side as numbers for a picture: curves, bands of other seeds, and what may be concluded."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.training.bands import MIN_SEEDS, Band, band, exams
from explorer.training.process import Point
from explorer.training.setting import LEARNING_RATES, TrainingSetting

# Loss is averaged over the last hundred steps before two models are compared: single batches differ by 0.1.
LAST = 100
# Where no other seeds are known, two seeds of one setting are taken to differ by up to this (measured: 0.1 … 0.25).
SEEDS_DIFFER = 0.25
PROBES = ("verb", "agreement", "place")


@dataclass(frozen=True, eq=False)
class Curve:
    """One training: its setting, its points so far, other seeds of the setting if there are any."""

    setting: TrainingSetting
    points: tuple[Point, ...]
    band: Band | None

    @property
    def step(self) -> int:
        """The last step that is known; 0 before the first."""
        return self.points[-1].step if self.points else 0

    def loss_at(self, step: int) -> float:
        """Mean loss of the hundred steps up to this one, in nats."""
        losses = [point.loss for point in self.points if step - LAST < point.step <= step]
        return float(np.mean(losses)) if losses else float("nan")

    def probe(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """Steps and accuracies of one of PROBES."""
        found = [(p.step, getattr(p, name)) for p in self.points if getattr(p, name) is not None]
        steps, shares = zip(*found, strict=True) if found else ((), ())
        return np.array(steps, dtype=np.int32), np.array(shares, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class TwoTrainings:
    """The Info of the lab: both curves, and whether they are at their end."""

    a: Curve
    b: Curve
    over: bool

    def table(self) -> pd.DataFrame:
        """One row for each ten steps of each model."""
        rows = [
            {"model": name, "setting": curve.setting.key, "step": p.step, "loss (nats)": p.loss, "seconds": p.seconds}
            | {f"{probe} accuracy": getattr(p, probe) for probe in PROBES}
            | {"loss on the examination (nats)": p.exam}
            for name, curve in (("A", self.a), ("B", self.b))
            for p in curve.points
        ]
        return pd.DataFrame(rows, columns=["model", "setting", "step", "loss (nats)", "seconds",
                                           *(f"{probe} accuracy" for probe in PROBES),
                                           "loss on the examination (nats)"])  # fmt: skip

    def reading(self) -> Message:
        """What the numbers allow to say, at the step that both have reached."""
        if self.a.setting.rate != self.b.setting.rate:
            return self._asked()
        if not self.a.points or not self.b.points:
            return self._before()
        # While they go on the two are compared at the step that both have reached, at the end each at its own end.
        step = min(self.a.step, self.b.step)
        a, b = (one.loss_at(one.step if self.over else step) for one in (self.a, self.b))
        facts: dict[str, object] = {"a": a, "b": b, "step": step}
        if self.a.setting == self.b.setting:
            return "training_lab.reading.equal", facts
        if not self.over:
            return "training_lab.reading.running", facts
        gap = b - a
        facts |= {"gap": abs(gap), "seeds": self._seeds()}
        if abs(gap) <= self._seeds():
            return "training_lab.reading.same", facts
        return f"training_lab.reading.{'a_lower' if gap > 0 else 'b_lower'}", facts

    def _asked(self) -> Message:
        """Of two masking rates: the curves are of different gaps, so the test that is the same for both decides."""
        if self.a.points or self.b.points:
            a, b = ({p.step: p.exam for p in one.points if p.exam is not None} for one in (self.a, self.b))
            step = max(a.keys() & b.keys(), default=0)
            if not step:
                return "training_lab.reading.asked_wait", {}
            return "training_lab.reading.asked", {"a": a[step], "b": b[step], "step": step}
        one, two = exams(self.a.setting), exams(self.b.setting)
        seeds = one.keys() & two.keys()
        if len(seeds) < MIN_SEEDS:
            return "training_lab.reading.nothing", {}
        facts: dict[str, object] = {"seeds": len(seeds), "won": sum(two[seed] < one[seed] for seed in seeds)}
        means = {"a": sum(one[s] for s in seeds) / len(seeds), "b": sum(two[s] for s in seeds) / len(seeds)}
        return "training_lab.reading.asked_before", facts | means

    def _before(self) -> Message:
        """Before a start: what other seeds did, if they are known for both."""
        if self.a.band is None or self.b.band is None:
            return "training_lab.reading.nothing", {}
        (a_low, a, a_high), (b_low, b, b_high) = self.a.band.final, self.b.band.final
        facts: dict[str, object] = {"a": a, "b": b, "n_seeds": self.a.band.n_seeds}
        apart = a_high < b_low or b_high < a_low
        return f"training_lab.reading.band_{'apart' if apart else 'overlap'}", facts

    def _seeds(self) -> float:
        """How far seeds of one setting lie apart, in nats: measured where bands are known."""
        known = [one.final[2] - one.final[0] for one in (self.a.band, self.b.band) if one is not None]
        return max(known, default=SEEDS_DIFFER)


def two_trainings(
    settings: tuple[TrainingSetting, TrainingSetting], points: tuple[tuple[Point, ...], tuple[Point, ...]], over: bool
) -> TwoTrainings:
    """Both curves so far, with the bands that are known for their settings."""
    a, b = (Curve(s, p, band(s)) for s, p in zip(settings, points, strict=True))
    return TwoTrainings(a, b, over)


@dataclass(frozen=True, eq=False)
class RateSweep:
    """Final loss against the learning rate, from trainings done beforehand: (low, mean, high) for each rate."""

    rates: tuple[float, ...]
    scaled: tuple[tuple[float, float, float], ...]
    unscaled: tuple[tuple[float, float, float], ...]

    def table(self) -> pd.DataFrame:
        """One row for each rate."""
        columns: dict[str, object] = {"learning rate": self.rates}
        for name, values in (("scaled", self.scaled), ("unscaled", self.unscaled)):
            for at, what in enumerate(("lowest", "mean", "highest")):
                columns[f"{name}, {what} loss of the seeds (nats)"] = [value[at] for value in values]
        return pd.DataFrame(columns)

    def reading(self) -> Message:
        """The best rate of each, and the worst of the scaled one."""
        best, other = (int(np.argmin([v[1] for v in values])) for values in (self.scaled, self.unscaled))
        worst = int(np.argmax([v[1] for v in self.scaled]))
        facts: dict[str, object] = {
            "best_rate": self.rates[best],
            "best": self.scaled[best][1],
            "other_rate": self.rates[other],
            "other": self.unscaled[other][1],
            "worst_rate": self.rates[worst],
            "worst": self.scaled[worst][1],
            "by_rate": self.scaled[worst][1] - self.scaled[best][1],
            "by_scale": self.unscaled[other][1] - self.scaled[best][1],
        }
        return "training_lab.reading.rates", facts


def rate_sweep(setting: TrainingSetting) -> RateSweep | None:
    """Scaled and unscaled at the learning rates that were trained beforehand, all else as in `setting`.

    None where there are fewer than two of them.
    """
    found = []
    for rate in LEARNING_RATES:
        pair = [band(replace(setting, scale=scale, learning_rate=rate)) for scale in ("sqrt_d", "none")]
        if all(pair):
            found.append((rate, *(one.final for one in pair if one is not None)))
    if len(found) < 2:
        return None
    rates, scaled, unscaled = zip(*found, strict=True)
    return RateSweep(rates, scaled, unscaled)
