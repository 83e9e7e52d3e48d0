"""Whose text is the most saturated? The texts of a class, measured one after the other."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.measures import MEASURES, HeadMeasures
from explorer.analysis.scaling.saturation import UNSCALED
from explorer.capture.scene import Scene
from explorer.errors import ExplorerError
from explorer.models.handle import ModelHandle

NAMES = ("peaked", "trace")


@dataclass(frozen=True)
class Measured:
    """One text's measures by name, in one head and as the mean of all heads; each with the scale and without it
    (post-hoc: every layer again from its own input). about: whoever asks knows the text by this; no words of it."""

    about: tuple[int, str]
    head: Mapping[str, tuple[float, float]]
    all_heads: Mapping[str, tuple[float, float]]


def measured(handle: ModelHandle, texts: Mapping[tuple[int, str], str], layer: int, head: int) -> Iterator[Measured]:
    """Measure the texts in turn; one that this model cannot read is left out."""
    for about, text in texts.items():
        try:
            scene = Scene(handle, text)
            look = HeadMeasures(scene.encoded.n_tokens, others=(UNSCALED,), names=NAMES)
            scene.show(look)
        except ExplorerError:
            continue
        both = {name: (look.of()[name], look.of(UNSCALED)[name]) for name in NAMES}
        yield Measured(
            about,
            {name: (float(own[layer, head]), float(changed[layer, head])) for name, (own, changed) in both.items()},
            {name: (float(own.mean()), float(changed.mean())) for name, (own, changed) in both.items()},
        )


@dataclass(frozen=True)
class Row:
    """A text of somebody, with its measures."""

    name: str
    text: str
    found: Measured


@dataclass(frozen=True)
class ClassTexts:
    """The texts that may be seen, in one head or over all; with the scale or without it, by one measure."""

    rows: tuple[Row, ...]
    layer: int
    head: int
    measure: str = "peaked"
    everywhere: bool = False

    def pair(self, row: Row) -> tuple[float, float]:
        """What is compared of a text: with the scale, without it."""
        return (row.found.all_heads if self.everywhere else row.found.head)[self.measure]

    @property
    def ranked(self) -> tuple[Row, ...]:
        """The most saturated first, by what is left without the scale: many rows over 0.9, or a small trace."""
        sign = 1 if self.measure == "trace" else -1
        return tuple(sorted(self.rows, key=lambda row: (sign * self.pair(row)[1], sign * self.pair(row)[0])))

    def table(self) -> pd.DataFrame:
        """One row a text, in the order shown; without the text, which must go when it is taken back."""
        columns: dict[str, list[object]] = {"name": []}
        for row in self.ranked:
            columns["name"].append(row.name)
            for where, found in (
                (f"layer {self.layer} head {self.head}", row.found.head),
                ("all", row.found.all_heads),
            ):
                for name, pair in found.items():
                    for how, value in zip(("with the scale", "without the scale"), pair, strict=True):
                        columns.setdefault(f"{MEASURES[name]}, {where}, {how}", []).append(value)
        return pd.DataFrame(columns)

    def reading(self) -> Message:
        """Whose text comes first, and how far the others are."""
        if not self.rows:
            return "class_texts.reading.none", {}
        ranked = self.ranked
        first, last = ranked[0], ranked[-1]
        own, changed = self.pair(first)
        facts: dict[str, object] = {"name": first.name, "own": own, "changed": changed}
        if abs(changed - self.pair(last)[1]) < 1e-6:
            return f"class_texts.reading.{self.measure}.even", facts | {"n": len(ranked)}
        facts |= {"last": last.name, "last_changed": self.pair(last)[1]}
        return f"class_texts.reading.{self.measure}", facts
