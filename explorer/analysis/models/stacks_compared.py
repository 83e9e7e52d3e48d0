"""The stored trainings of two one-directional stacks and of one that sees both sides, as numbers for a picture."""

import json
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.home import ASSETS

FILE = ASSETS / "models" / "two_stacks.json"
READERS = ("forward", "backward", "joined", "both")
ROLES = ("subject", "verb", "any")


@dataclass(frozen=True, eq=False)
class StacksCompared:
    """right, nats: of each reader at a hidden word of each role, one row a seed."""

    right: Float[np.ndarray, "S role reader"]
    nats: Float[np.ndarray, "S role reader"]

    def table(self) -> pd.DataFrame:
        """One row for each seed, word and reader."""
        lines = [
            (seed, role, reader, self.nats[seed, i, j], self.right[seed, i, j])
            for seed in range(len(self.right))
            for i, role in enumerate(ROLES)
            for j, reader in enumerate(READERS)
        ]
        return pd.DataFrame(lines, columns=["seed", "hidden word", "reader", "loss (nats)", "right"])

    def reading(self) -> Message:
        """Share right of all readers, at the subject and at the verb; the losses of the last two at any word."""
        facts: dict[str, object] = {"seeds": len(self.right)}
        for role in ("subject", "verb"):
            means = self.right[:, ROLES.index(role)].mean(0).tolist()
            facts |= {f"{role}_{reader}": mean for reader, mean in zip(READERS, means, strict=True)}
        joined, both = self.nats[:, ROLES.index("any"), 2:].T
        facts |= {"joined": float(joined.mean()), "both": float(both.mean())}
        # Only where all seeds agree.
        ahead = "both" if (both < joined).all() else "joined" if (joined < both).all() else "open"
        return f"who_sees_whom.reading.stacks.{ahead}", facts


@cache
def stored() -> StacksCompared:
    """What `python -m explorer.training.two_stacks` has written."""
    runs = json.loads(FILE.read_text("utf-8"))["runs"]
    found = np.array([[[run[role][reader] for reader in READERS] for role in ROLES] for run in runs])
    return StacksCompared(found[..., 1], found[..., 0])
