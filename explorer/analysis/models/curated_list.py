"""The models that a course needs, and which of them are here."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.models.curated import CURATED, Curated
from explorer.models.strangers.hub.store import Stored


@dataclass(frozen=True)
class Shelf:
    """Curated models, and what is downloaded; files of 32-bit floats take 4 bytes for each parameter."""

    models: tuple[Curated, ...]
    here: tuple[Stored, ...]

    def stored(self, repo: str) -> Stored | None:
        """The download of an id, the newest commit if there are several."""
        return next((there for there in self.here if there.repo == repo), None)

    @property
    def others(self) -> tuple[Stored, ...]:
        """What is here and not among the curated."""
        known = {m.repo for m in self.models}
        return tuple(there for there in self.here if there.repo not in known)

    def table(self) -> pd.DataFrame:
        """One row a model: id, architecture, millions of parameters, megabytes, commit that is here."""
        rows = [
            (m.repo, m.family, m.millions, round(4 * m.millions), there.revision if there else "")
            for m in self.models
            for there in (self.stored(m.repo),)
        ]
        rows += [
            (s.repo, s.architecture, s.n_parameters / 1e6, s.n_bytes // 1_000_000, s.revision) for s in self.others
        ]
        return pd.DataFrame(rows, columns=["id", "architecture", "million parameters", "MB", "commit that is here"])

    def reading(self) -> Message:
        """How many are here, and how far apart the smallest and the largest are."""
        small, large = (pick(self.models, key=lambda m: m.millions) for pick in (min, max))
        facts = {"here": len(self.here), "mb": sum(s.n_bytes for s in self.here) // 1_000_000}
        ratio = round(large.millions / small.millions)
        return "any_model.reading", {**facts, "small": small.title, "large": large.title, "ratio": ratio}


def shelf(here: tuple[Stored, ...]) -> Shelf:
    """The curated models beside what is downloaded."""
    return Shelf(CURATED, here)
