"""What the instruments have read in one layer of two trainings, over the bands of other seeds, and what that shows."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.training.bands import Band, dial_band
from explorer.training.dials import NAMES
from explorer.training.process import Point
from explorer.training.setting import TrainingSetting

# Name → column heading with unit.
COLUMNS = {
    "w_q": "gradient norm of W_Q",
    "w_k": "gradient norm of W_K",
    "w_v": "gradient norm of W_V",
    "entropy": "row entropy / log(keys)",
    "largest": "largest score",
    "dead": "share of dead rows",
}


@dataclass(frozen=True, eq=False)
class DialCurve:
    """One training. values: name of an instrument → its numbers at `steps`; bands: name → other seeds, if any."""

    setting: TrainingSetting
    steps: np.ndarray
    values: dict[str, np.ndarray]
    bands: dict[str, Band]

    def span(self, name: str) -> tuple[float, float]:
        """Smallest and largest number over all steps, of the stored seeds where there is no training yet."""
        if self.values:
            return float(self.values[name].min()), float(self.values[name].max())
        return float(self.bands[name].low.min()), float(self.bands[name].high.max())

    def shown(self, name: str) -> list[np.ndarray]:
        """All numbers that a picture of this instrument has."""
        band = self.bands.get(name)
        return [*([self.values[name]] if self.values else []), *([band.low, band.high] if band else [])]

    def end(self, name: str) -> float:
        """The last number, or the mean of the stored seeds there."""
        return float(self.values[name][-1]) if self.values else self.bands[name].final[1]


@dataclass(frozen=True, eq=False)
class DialCurves:
    """Both models in one layer, counted from 0."""

    a: DialCurve
    b: DialCurve
    layer: int

    def table(self) -> pd.DataFrame:
        """One row for each reading: of the two trainings, and lowest, mean and highest of the stored seeds."""
        tables = []
        for name, curve in (("A", self.a), ("B", self.b)):
            live = {"step": curve.steps} | {COLUMNS[one]: values for one, values in curve.values.items()}
            tables.append(pd.DataFrame(live).assign(of="this training", model=name))
            for what in ("low", "mean", "high"):
                stored = {COLUMNS[one]: getattr(band, what) for one, band in curve.bands.items()}
                steps = next((band.steps for band in curve.bands.values()), np.array([], dtype=np.int32))
                of = {"low": "lowest of the seeds", "mean": "mean of the seeds", "high": "highest of the seeds"}[what]
                tables.append(pd.DataFrame({"step": steps} | stored).assign(of=of, model=name))
        rows = pd.concat([one for one in tables if len(one)] or tables[:1]).assign(layer=self.layer)
        return rows.reindex(columns=["model", "layer", "of", "step", *COLUMNS.values()])

    def reading(self) -> Message:
        """Between which sizes the gradients of W_Q and W_K lie, and whether the seeds of A and B are apart."""
        if not all(curve.values or curve.bands for curve in (self.a, self.b)):
            return "training_lab.dials.none", {"layer": self.layer}
        facts: dict[str, object] = {"layer": self.layer}
        for letter, curve in (("a", self.a), ("b", self.b)):
            for name in ("w_q", "w_k"):
                facts[f"{letter}_{name}_low"], facts[f"{letter}_{name}_high"] = curve.span(name)
            low, high = curve.span("w_q")
            facts |= {f"{letter}_times": high / low, f"{letter}_dead": curve.end("dead")}
        if self.a.values or self.b.values:
            return "training_lab.dials.run", facts
        n, above, below = self._apart()
        facts |= {"seeds": self.a.bands["w_q"].n_seeds, "readings": n, "above": above, "below": below}
        said = "larger" if 2 * above > n else "smaller" if 2 * below > n else "open"
        return f"training_lab.dials.{said}", facts

    def _apart(self) -> tuple[int, int, int]:
        """Stored readings; in how many of them every seed of B is above every seed of A, in W_Q and in W_K; below."""
        pairs = [(self.a.bands[name], self.b.bands[name]) for name in ("w_q", "w_k")]
        n = min(len(a.steps) for pair in pairs for a in pair)
        above = np.logical_and.reduce([b.low[:n] > a.high[:n] for a, b in pairs])
        below = np.logical_and.reduce([b.high[:n] < a.low[:n] for a, b in pairs])
        return n, int(above.sum()), int(below.sum())


def dial_curves(
    settings: tuple[TrainingSetting, TrainingSetting], points: tuple[tuple[Point, ...], tuple[Point, ...]], layer: int
) -> DialCurves:
    """Both so far; a model that has fewer layers shows its last."""
    a, b = (
        _curve(setting, found, min(layer, setting.layers - 1)) for setting, found in zip(settings, points, strict=True)
    )
    return DialCurves(a, b, layer)


def _curve(setting: TrainingSetting, points: tuple[Point, ...], layer: int) -> DialCurve:
    read = [(point.step, point.dials) for point in points if point.dials]
    bands = {name: dial_band(setting, name, layer) for name in NAMES}
    values = {name: np.array([getattr(dials, name)[layer] for _, dials in read], dtype=np.float32) for name in NAMES}
    return DialCurve(
        setting,
        np.array([step for step, _ in read], dtype=np.int32),
        values if read else {},
        {name: band for name, band in bands.items() if band is not None},
    )
