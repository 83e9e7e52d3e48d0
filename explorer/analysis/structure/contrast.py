"""Two configurations side by side: which sizes differ, and what that makes of the parameters."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.structure.parameters import SIZES, Parameters

# Parts of a model that both have in some form: message key → kinds of modules.
PARTS = {
    "embeddings": ("word", "position", "segment"),
    "attention": ("query", "key", "value", "attention"),
    "ffn": ("ffn",),
    "norms": ("norm",),
    "head": ("head",),
    "other": ("other",),
}


@dataclass(frozen=True, eq=False)
class Contrast:
    """Two counted models with the titles they are shown under."""

    a: Parameters
    b: Parameters
    title_a: str
    title_b: str

    @property
    def lines(self) -> tuple[tuple[str, int, int, int], ...]:
        """(what, first, second, difference): sizes, then parameters by part, then the totals."""
        sizes = [(f"sizes.{n}", self.a.sizes.get(n, 0), self.b.sizes.get(n, 0)) for n in SIZES]
        parts = [(f"contrast.part.{n}", _count(self.a, kinds), _count(self.b, kinds)) for n, kinds in PARTS.items()]
        lines = [*sizes, *parts, ("parameters.total", self.a.total, self.b.total)]
        return tuple((what, x, y, y - x) for what, x, y in lines if x or y)

    def table(self) -> pd.DataFrame:
        """One row for each size and part."""
        return pd.DataFrame(self.lines, columns=["what", "first (count)", "second (count)", "difference (count)"])

    def reading(self) -> Message:
        """How large the second is beside the first, and the part in which they differ most."""
        parts = [line for line in self.lines if line[0].startswith("contrast.part.")]
        if self.a.total == self.b.total and not any(line[3] for line in parts):
            return "contrast.reading.same", {"a": self.title_a, "b": self.title_b, "total": self.a.total}
        key, _, _, part = max(parts, key=lambda line: abs(line[3]))
        facts: dict[str, object] = {
            "a": self.title_a, "b": self.title_b, "ratio": self.b.total / max(self.a.total, 1),
            "difference": self.b.total - self.a.total, "part_difference": part,
        }  # fmt: skip
        return f"contrast.reading.{key.rpartition('.')[2]}", facts


def _count(info: Parameters, kinds: tuple[str, ...]) -> int:
    return round(info.share(*kinds) * info.total)
