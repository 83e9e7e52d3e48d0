"""Who may look at whom: the masks of five families of models over the tokens of a text.

GPT: Radford et al. 2018; BERT: Devlin et al. 2019, figure 3; ELMo: Peters et al. 2018, section 3; XLNet: Yang et al.
2019, section 2.3; encoder and decoder: Vaswani et al. 2017, section 3.2.3.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool

from explorer.analysis.attention.heads import Axis, axis, kinds
from explorer.analysis.info import Message
from explorer.capture.facts import facts_of
from explorer.capture.records import LayerCapture
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle

FAMILIES = ("bert", "gpt", "elmo", "xlnet", "both")

# What a decoder reads before it has written anything.
START = "<s>"


@dataclass(frozen=True, eq=False)
class Mask:
    """One picture: who (queries, down) may look at whom (keys, across).

    name: of the panel, the same for panels whose rows are the same tokens up to the part before the dot.
    """

    name: str
    queries: Axis
    keys: Axis
    seen: Bool[np.ndarray, "Tq Tk"]

    def seen_from(self, row: int) -> tuple[int, ...]:
        """Positions of the keys that this query may look at."""
        return tuple(int(i) for i in np.flatnonzero(self.seen[row]))


@dataclass(frozen=True, eq=False)
class Masks:
    """The panels of one family, and the query in question.

    ranks: place of each token in the drawn order, from 1; XLNet alone.
    """

    family: str
    panels: tuple[Mask, ...]
    row: int = 0
    ranks: tuple[int, ...] | None = None

    def at(self, row: int) -> "Masks":
        """The same with another query in question, held inside the text."""
        return replace(self, row=min(max(row, 0), len(self.panels[-1].queries.tokens) - 1))

    def table(self) -> pd.DataFrame:
        """One row for each panel, query and key."""
        return pd.concat([_table(panel) for panel in self.panels], ignore_index=True)

    def reading(self) -> Message:
        """What the query in question may look at, counted."""
        last = self.panels[-1]
        counts = {f"seen_{number}": len(self._row(panel)) for number, panel in enumerate(self.panels)}
        facts: dict[str, object] = counts | {"token": self._token, "row": self.row}
        facts |= {"keys": last.seen.shape[1], "cells": int(last.seen.sum()), "all": last.seen.size}
        if self.ranks is not None:
            places = np.asarray(last.seen_from(self.row))
            facts |= {"rank": self.ranks[self.row], "left": int((places < self.row).sum())}
            facts |= {"right": int((places > self.row).sum())}
        return f"who_sees_whom.reading.{self.family}", facts

    @property
    def _token(self) -> str:
        """The token in question as it stands in the text; XLNet's rows are labelled with their number as well."""
        last = self.panels[-1]
        return last.keys.tokens[self.row] if self.ranks is not None else last.queries.tokens[self.row]

    def _row(self, panel: Mask) -> tuple[int, ...]:
        return panel.seen_from(min(self.row, len(panel.queries.tokens) - 1))


def masks(encoded: Encoded, family: str, seed: int = 1) -> Masks:
    """The masks of a family over this text. seed: of XLNet's order, which is drawn anew for every training step."""
    return _FAMILIES[family](encoded, seed)


def own_family(handle: ModelHandle) -> str:
    """The family whose masks this model itself has."""
    if len(handle.stacks) > 1:
        return "both"
    return "gpt" if all(facts_of(handle).causal) else "bert"


def difference(mask: Mask, layer: LayerCapture) -> float:
    """1.0 if any cell differs from what a replayed layer of a real run allowed, else 0.0."""
    at = np.ix_(mask.queries.at, mask.keys.at)
    return float((layer.visible[0, 0].cpu().numpy()[at] != mask.seen).any())


def words(encoded: Encoded) -> Axis:
    """The words as they were typed, without special tokens: ELMo reads characters, not word pieces."""
    found: dict[tuple[str, int], list[int]] = {}
    for position, (kind, word) in enumerate(zip(kinds(encoded), encoded.words, strict=True)):
        if kind != "special" and word is not None:
            found.setdefault((kind, word), []).append(position)
    texts = {"A": encoded.text, "B": encoded.pair or ""}
    names = [
        texts[kind][encoded.offsets[where[0]][0] : encoded.offsets[where[-1]][1]] for (kind, _), where in found.items()
    ]
    return Axis(tuple(names), tuple(kind for kind, _ in found), tuple(where[0] for where in found.values()))


def _bert(encoded: Encoded, seed: int) -> Masks:
    side = axis(encoded)
    return Masks("bert", (Mask("bert", side, side, _all(side, side)),))


def _gpt(encoded: Encoded, seed: int) -> Masks:
    side = _plain(encoded)
    return Masks("gpt", (Mask("gpt", side, side, _all(side, side, before=0)),))


def _elmo(encoded: Encoded, seed: int) -> Masks:
    side = words(encoded)
    forward = _all(side, side, before=0)
    return Masks("elmo", (Mask("elmo.forward", side, side, forward), Mask("elmo.backward", side, side, forward.T)))


def _xlnet(encoded: Encoded, seed: int) -> Masks:
    side = _plain(encoded)
    ranks = np.random.default_rng(seed).permutation(len(side.tokens)) + 1
    asking = replace(side, tokens=tuple(f"{token}  {rank}." for token, rank in zip(side.tokens, ranks, strict=True)))
    content, query = ranks[:, None] >= ranks, ranks[:, None] > ranks
    panels = (Mask("xlnet.content", asking, side, content), Mask("xlnet.query", asking, side, query))
    return Masks("xlnet", panels, ranks=tuple(int(rank) for rank in ranks))


def _both(encoded: Encoded, seed: int) -> Masks:
    """Source: the first text. Target: the second, or where there is none the first again."""
    side = _plain(encoded)
    source = side.only([i for i, kind in enumerate(side.kinds) if kind == "A"])
    written = side.only([i for i, kind in enumerate(side.kinds) if kind == "B"]) if encoded.pair else source
    target = Axis((START, *written.tokens), ("special", *written.kinds), tuple(range(len(written.tokens) + 1)))
    return Masks(
        "both",
        (
            Mask("both.encoder", source, source, _all(source, source)),
            Mask("both.decoder", target, target, _all(target, target, before=0)),
            Mask("both.cross", target, source, _all(target, source)),
        ),
    )


_FAMILIES = {"bert": _bert, "gpt": _gpt, "elmo": _elmo, "xlnet": _xlnet, "both": _both}


def _plain(encoded: Encoded) -> Axis:
    """The tokens without special ones, which are another model's."""
    return axis(encoded).only([i for i, special in enumerate(encoded.special) if not special])


def _all(queries: Axis, keys: Axis, before: int | None = None) -> Bool[np.ndarray, "Tq Tk"]:
    """Everything, or only keys up to `before` places after the query."""
    everything = np.ones((len(queries.tokens), len(keys.tokens)), bool)
    return everything if before is None else np.tril(everything, before)


def _table(mask: Mask) -> pd.DataFrame:
    n, m = mask.seen.shape
    return pd.DataFrame(
        {
            "mask": mask.name,
            "query": np.repeat(mask.queries.at, m),
            "query token": np.repeat(mask.queries.tokens, m),
            "key": np.tile(mask.keys.at, n),
            "key token": np.tile(mask.keys.tokens, n),
            "visible (0 or 1)": mask.seen.ravel().astype(int),
        }
    )
