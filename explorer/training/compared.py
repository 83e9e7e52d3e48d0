"""Settings that differ in one choice, five seeds each, trained beforehand: how all of them did in one test."""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from explorer.analysis.info import Message
from explorer.training.bands import MIN_SEEDS, exams
from explorer.training.setting import RATES, SCALES, TrainingSetting

# Name of a comparison → the field of the setting that differs, and its values.
KINDS: dict[str, tuple[str, tuple[Any, ...]]] = {
    "rules": ("scale", SCALES),
    "rates": ("rate", RATES),
    "sight": ("causal", (False, True)),
    "tied": ("tied", (True, False)),
}
USUAL = 0.15  # BERT's masking rate, which the others are held against


@dataclass(frozen=True, eq=False)
class Compared:
    """kind: of `KINDS`. options: values of the field, the best first. losses: one for each seed (nats), seeds aligned.

    The same seed is the same sentences in the same order for every option.
    """

    kind: str
    options: tuple[Any, ...]
    seeds: tuple[int, ...]
    losses: tuple[tuple[float, ...], ...]

    def table(self) -> pd.DataFrame:
        """One row for each option and seed."""
        rows = [
            (option, seed, loss)
            for option, losses in zip(self.options, self.losses, strict=True)
            for seed, loss in zip(self.seeds, losses, strict=True)
        ]
        return pd.DataFrame(rows, columns=[KINDS[self.kind][0], "seed", "loss on the examination (nats)"])

    def reading(self) -> Message:
        """The best and the worst on average, and how many pairs have one order in all seeds."""
        losses = np.array(self.losses)
        pairs = list(combinations(range(len(losses)), 2))
        stable = sum(bool((losses[one] < losses[two]).all()) for one, two in pairs)
        facts: dict[str, object] = {
            "pairs": len(pairs),
            "stable": stable,
            "seeds": len(self.seeds),
            "best": float(losses[0].mean()),
            "worst": float(losses[-1].mean()),
            "between": float((losses.max(1) - losses.min(1)).max()),
        }
        if self.kind == "rates":
            known = losses[self.options.index(USUAL)]
            facts |= {"best_rate": self.options[0], "worst_rate": self.options[-1], "usual": float(known.mean())}
            facts |= {"won": int((losses[0] < known).sum())}
        said = "all" if stable == len(pairs) else "some"
        if self.kind == "rates":
            said = "usual" if facts["best_rate"] == USUAL else "rates"
        return f"training_lab.compared.{said}", facts


def compared(kind: str, setting: TrainingSetting = TrainingSetting()) -> Compared | None:
    """All options of one kind that were trained beforehand, all else as in `setting`; None for fewer than two, and for
    masking rates without the usual one."""
    field, values = KINDS[kind]
    found = {value: exams(replace(setting, **{field: value})) for value in values}
    found = {value: seeds for value, seeds in found.items() if len(seeds) >= MIN_SEEDS}
    if len(found) < 2 or (kind == "rates" and USUAL not in found):
        return None
    seeds = sorted(set.intersection(*(set(one) for one in found.values())))
    losses = {value: tuple(one[seed] for seed in seeds) for value, one in found.items()}
    order = sorted(losses, key=lambda value: sum(losses[value]))
    return Compared(kind, tuple(order), tuple(seeds), tuple(losses[value] for value in order))
