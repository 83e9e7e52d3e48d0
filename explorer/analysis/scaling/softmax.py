"""Softmax under the microscope: a vector, its probabilities, its Jacobian, and what a naive computation makes of it."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch

from explorer.analysis.info import Message
from explorer.analysis.jacobian import entropy, jacobian_frobenius, jacobian_spectral, trace_jacobian
from explorer.errors import VectorInvalid

MAX_ENTRIES = 32
# Larger differences cannot be told from 0 and 1 in float64, and the printed numbers would only grow longer.
MAX_ENTRY = 1e6
MAX_A = 100
# 1 / (1 + 2e^-a) = 0.99, and e^2a = the largest float32.
ABOVE = math.log(2 * 0.99 / 0.01)
BROKEN = math.log(float(np.finfo(np.float32).max)) / 2


@dataclass(frozen=True, eq=False)
class Microscope:
    """probs: softmax in float64 with the largest value taken off first; naive: e^x / Σe^x in float32, nan included.

    jacobian: diag(p) - p pᵀ. frobenius, spectral, trace: of it. entropy: in nats.
    """

    values: np.ndarray
    probs: np.ndarray
    naive: np.ndarray
    jacobian: np.ndarray
    frobenius: float
    spectral: float
    trace: float
    entropy: float

    @property
    def shifted(self) -> np.ndarray:
        """The same vector with its largest value at 0: softmax cannot tell the two apart."""
        return np.asarray(self.values - self.values.max())

    def table(self) -> pd.DataFrame:
        """One row an entry."""
        columns: dict[str, object] = {
            "entry": np.arange(len(self.values)),
            "x": self.values,
            "x - max": self.shifted,
            "softmax (float64)": self.probs,
            "naive softmax (float32)": self.naive,
        }
        columns |= {"largest slope": self.spectral, "‖J‖_F": self.frobenius, "trace J": self.trace}
        columns["entropy (nats)"] = self.entropy
        for index, row in enumerate(self.jacobian):
            columns[f"d p[entry] / d x[{index}]"] = row
        return pd.DataFrame(columns)

    def reading(self) -> Message:
        """Which case it is: one entry, no difference at all, several largest, saturated, or in between."""
        facts: dict[str, object] = {"top": float(self.probs.max()), "spectral": self.spectral, "n": len(self.probs)}
        if len(self.probs) == 1:
            return "softmax.reading.one", facts
        if np.ptp(self.values) == 0:
            return "softmax.reading.equal", facts
        gaps = np.sort(self.values)[::-1]
        facts["gap"] = float(gaps[0] - gaps[1])
        if gaps[0] == gaps[1]:
            return "softmax.reading.tied", facts | {"tied": int((gaps == gaps[0]).sum())}
        return ("softmax.reading.dead" if self.spectral < 1e-3 else "softmax.reading.open"), facts


def microscope(values: Sequence[float | int]) -> Microscope:
    """Softmax of one vector and everything about it."""
    x = np.array(values, dtype=np.float64)
    p = torch.from_numpy(x).softmax(0)
    return Microscope(
        values=x,
        probs=p.numpy(),
        naive=naive_softmax(x),
        jacobian=(torch.diag(p) - p[:, None] * p[None, :]).numpy(),
        frobenius=float(jacobian_frobenius(p)),
        spectral=float(jacobian_spectral(p)),
        trace=float(trace_jacobian(p)),
        entropy=float(entropy(p)),
    )


def example(a: float | int) -> Microscope:
    """The textbook example [a, a, 2a]."""
    return microscope([a, a, 2 * a])


def naive_softmax(x: np.ndarray) -> np.ndarray:
    """e^x / Σe^x in float32 without taking the largest value off: inf / inf = nan once x passes 88.7."""
    with np.errstate(all="ignore"):
        powers = np.exp(x.astype(np.float32))
        return np.asarray(powers / powers.sum(dtype=np.float32))


@dataclass(frozen=True, eq=False)
class ExampleCurve:
    """The third probability of [a, a, 2a], 1 / (1 + 2e^-a), over a, stable and naive; chosen: the a that is shown."""

    a: np.ndarray
    third: np.ndarray
    spectral: np.ndarray
    naive: np.ndarray
    chosen: float | int

    def table(self) -> pd.DataFrame:
        """One row for each a."""
        return pd.DataFrame(
            {
                "a": self.a,
                "p3 (float64)": self.third,
                "spectral norm of the Jacobian": self.spectral,
                "p3, naive (float32)": self.naive,
            }
        )

    def reading(self) -> Message:
        """Where p3 = 1 / (1 + 2e^-a) is 0.99, and where e^2a is too large for float32: both solved, not read off."""
        return "softmax.reading.curve", {"above": ABOVE, "broken": BROKEN}


def example_curve(chosen: float | int) -> ExampleCurve:
    """[a, a, 2a] for a from 0 to 100 in steps of a quarter."""
    a = np.arange(0, MAX_A + 0.25, 0.25)
    x = np.stack([a, a, 2 * a], axis=1)
    p = torch.from_numpy(x).softmax(-1)
    naive = np.array([naive_softmax(row)[2] for row in x])
    return ExampleCurve(a, p[:, 2].numpy(), jacobian_spectral(p).numpy(), naive, chosen)


def parse_vector(text: str) -> list[float]:
    """Numbers separated by spaces, commas or semicolons (also Chinese ones), brackets allowed.

    Raises:
        VectorInvalid: for anything that is no finite number up to ±1,000,000, for none, or for more than 32.
    """
    words = [word for word in re.split(r"[\s,;，；、]+", text.strip().strip("[]()（）【】").strip()) if word]
    if not 1 <= len(words) <= MAX_ENTRIES:
        raise VectorInvalid(found=len(words), allowed=MAX_ENTRIES)
    values = []
    for word in words:
        try:
            value = float(word)
        except ValueError as error:
            raise VectorInvalid(found=f"“{word[:20]}”", allowed=MAX_ENTRIES) from error
        if not (math.isfinite(value) and abs(value) <= MAX_ENTRY):
            raise VectorInvalid(found=f"“{word[:20]}”", allowed=MAX_ENTRIES)
        values.append(value)
    return values
