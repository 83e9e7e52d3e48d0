"""How saturated is every head, with the model's scale and without it?"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch

from explorer.analysis.info import Message, each_head
from explorer.analysis.measures import MEASURES, HeadMeasures
from explorer.capture.changes.variant import Variant
from explorer.capture.records import LayerCapture
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel

# Post-hoc: one layer is computed again from the input that it had in the untouched run. End to end: the changed network
# was run, so that later layers get changed inputs. The two are never called by one name.
Way = Literal["post-hoc", "end-to-end"]
UNSCALED = Variant(scale="none")


@dataclass(frozen=True, eq=False)
class SaturationMap:
    """own, changed: name of a measure → layers x heads, with the model's own factor and with the factor 1."""

    way: Way
    factor: float
    own: dict[str, np.ndarray]
    changed: dict[str, np.ndarray]
    n_keys: int
    measure: str = "entropy"

    @property
    def most_changed(self) -> tuple[int, int]:
        """Layer and head with the largest change of the measure."""
        change = np.abs(self.changed[self.measure] - self.own[self.measure])
        layer, head = divmod(int(change.argmax()), int(change.shape[1]))
        return layer, head

    def table(self) -> pd.DataFrame:
        """One row a head."""
        columns: dict[str, object] = {**each_head(*self.own["entropy"].shape)}
        for name, unit in MEASURES.items():
            columns[f"{unit}, model's scale {self.factor:.4g}"] = self.own[name].ravel()
            columns[f"{unit}, without the scale ({self.way})"] = self.changed[name].ravel()
        return pd.DataFrame(columns)

    def reading(self) -> Message:
        """Means over all heads before and after, and the head that changes most."""
        before, after = self.own[self.measure], self.changed[self.measure]
        layer, head = self.most_changed
        if np.abs(after - before).max() < 1e-6 and self.measure != "variance":
            return "saturation.reading.unmoved", {"value": float(before.mean()), "keys": self.n_keys}
        facts: dict[str, object] = {
            "before": float(before.mean()),
            "after": float(after.mean()),
            "layer": layer,
            "head": head,
            "head_before": float(before[layer, head]),
            "head_after": float(after[layer, head]),
            "keys": self.n_keys,
        }
        if self.measure == "peaked":
            heads = {"peaked": int((before > 0.5).sum()), "peaked_after": int((after > 0.5).sum()), "n": before.size}
            return "saturation.reading.peaked", facts | heads
        return f"saturation.reading.{self.measure}", facts


def saturation_map(scene: Scene, way: Way = "post-hoc", measure: str = "entropy") -> SaturationMap:
    """The map of a scene, with its scale and without. Padding is left out.

    Raises:
        NotInThisModel: for cross attention.
    """
    if scene.keys is not scene.encoded:
        raise NotInThisModel(model=scene.handle.config.model_type, reason="cross_square")
    n = scene.encoded.n_tokens
    look = HeadMeasures(n, others=(UNSCALED,) if way == "post-hoc" else ())
    scene.show(look)
    if way == "post-hoc":
        changed = look.of(UNSCALED)
    else:
        through = HeadMeasures(n)
        scene.show(through, UNSCALED)
        changed = through.of()
    return SaturationMap(way, look.factors[-1], look.of(), changed, n, measure)


def products(layer: LayerCapture, n_tokens: int) -> torch.Tensor:
    """q·k of every head before any factor, (H, T, T), without padding."""
    q, k = layer.q[0, :, :n_tokens], layer.k[0, :, :n_tokens]
    return q @ k.transpose(1, 2)
