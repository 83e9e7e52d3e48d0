"""Several configurations side by side: which sizes differ, and what that makes of the parameters."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.structure.parameters import SIZES, Parameters

# Parts of a model that all have in some form: message key → kinds of modules.
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
    """Two or more counted models with the titles they are shown under."""

    models: tuple[Parameters, ...]
    titles: tuple[str, ...]

    @property
    def lines(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """(what, how many in each model): sizes, then parameters by part, then the totals."""
        lines = [(f"sizes.{name}", tuple(one.sizes.get(name, 0) for one in self.models)) for name in SIZES]
        lines += [
            (f"contrast.part.{name}", tuple(_count(one, of) for one in self.models)) for name, of in PARTS.items()
        ]
        lines.append(("parameters.total", tuple(one.total for one in self.models)))
        return tuple((what, counts) for what, counts in lines if any(counts))

    def table(self) -> pd.DataFrame:
        """One row for each size and part; from the second model on also what it has more than the first."""
        found = pd.DataFrame({"what": [what for what, _ in self.lines]})
        for place, title in enumerate(self.titles):
            found[f"{place + 1}: {title} (count)"] = [counts[place] for _, counts in self.lines]
            if place:
                found[f"{place + 1} minus 1 (count)"] = [counts[place] - counts[0] for _, counts in self.lines]
        return found

    def reading(self) -> Message:
        """How large the second is beside the first, of more than two the largest beside the smallest; and where most
        of the difference lies."""
        sizes = [one.total for one in self.models]
        first, second = (0, 1) if len(sizes) == 2 else (sizes.index(min(sizes)), sizes.index(max(sizes)))
        a, b, total = self.titles[first], self.titles[second], sizes[first]
        parts = {what: n[second] - n[first] for what, n in self.lines if what.startswith("contrast.part.")}
        key = max(parts, key=lambda what: abs(parts[what]))
        if total == sizes[second] and not parts[key]:
            return "contrast.reading.same", {"a": a, "b": b, "total": total}
        facts: dict[str, object] = {
            "a": a, "b": b, "ratio": sizes[second] / max(total, 1),
            "difference": sizes[second] - total, "part_difference": parts[key],
        }  # fmt: skip
        return f"contrast.reading.{key.rpartition('.')[2]}", facts


def _count(info: Parameters, kinds: tuple[str, ...]) -> int:
    return round(info.share(*kinds) * info.total)
