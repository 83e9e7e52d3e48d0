"""Two runs held against each other: head by head, one head, measures of all heads, layers by their states."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from explorer.analysis.attention.heads import HeadMatrix, head_matrix
from explorer.analysis.attention.patterns import PATTERNS, measures, patterns
from explorer.analysis.info import Message, each_head
from explorer.analysis.measures import MEASURES, HeadMeasures
from explorer.analysis.models.alignment import By, aligned, rows_of
from explorer.analysis.similarity import cka_matrix, shuffled_cka
from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Block
from explorer.capture.progress import expected
from explorer.capture.scene import Scene
from explorer.errors import TooFewShared

# Measures that are shares or ratios of their bound: their range is fixed.
UNIT = ("entropy", "max_prob", "peaked", "trace", "dead", *PATTERNS)

# The runs that are compared are without padding, so that every row and column of theirs is a token.
#
# The corrected similarity divides by n - 3.
FEWEST_ROWS = 4
# A similarity that none of so many shuffles reaches has come about by chance in fewer than one of twenty cases.
SHUFFLES = 19

# Texts of one length are compared place by place where at most one of so many tokens is exchanged for another.
EXCHANGED = 4

Map = Float[np.ndarray, "L H"]


def why_no_difference(a: Scene, b: Scene, cells: bool) -> str | None:
    """Why no difference can be drawn, or None.

    "shape": other numbers of layers or heads. "tokens": `cells` of matrices would compare other pairs of words.
    """
    one, other = a.handle.dims, b.handle.dims
    if (one.n_layers, one.n_heads) != (other.n_layers, other.n_heads):
        return "shape"
    return "tokens" if cells and not _place_by_place(a, b) else None


def _place_by_place(a: Scene, b: Scene) -> bool:
    """Whether both have the same tokens, but for few that are exchanged one for one."""
    one, other = a.encoded.tokens, b.encoded.tokens
    return len(one) == len(other) and EXCHANGED * sum(x != y for x, y in zip(one, other, strict=True)) <= len(one)


@dataclass(frozen=True, eq=False)
class HeadMaps:
    """One number for every head of both runs; NaN where it does not exist. column: its name and unit in the table."""

    name: str
    column: str
    a: Map
    b: Float[np.ndarray, "M G"]

    @property
    def high(self) -> float:
        """The upper end of the range that both panels share; the lower one is 0."""
        largest = max(float(np.nanmax(values, initial=0.0)) for values in (self.a, self.b))
        return 1.0 if self.name in UNIT else largest or 1.0

    @property
    def difference(self) -> Map | None:
        """Second minus first, where the models have as many layers and heads."""
        return self.b - self.a if self.a.shape == self.b.shape else None

    def table(self) -> pd.DataFrame:
        """One row for each run, layer and head."""
        return pd.concat([_heads(run, values, self.column) for run, values in (("A", self.a), ("B", self.b))])

    def reading(self) -> Message:
        """The two means, and the head that differs most."""
        known = bool(np.isfinite(self.a).any() and np.isfinite(self.b).any())
        if not known:
            return "compare.reading.absent", {}
        facts: dict[str, object] = {"a": float(np.nanmean(self.a)), "b": float(np.nanmean(self.b))}
        change = self.difference
        if change is None or not np.isfinite(change).any():
            return "compare.reading.means", facts
        layer, head = _largest(np.abs(change))
        facts |= {"layer": layer, "head": head}
        facts |= {"a_head": float(self.a[layer, head]), "b_head": float(self.b[layer, head])}
        return "compare.reading.maps", facts


@dataclass(frozen=True, eq=False)
class HeadsMoved:
    """moved: share of each head's attention that goes elsewhere in the second run, 0 … 1; the mean over queries of half
    the sum of |p - p'| (total variation). None where no difference can be drawn, and `why` says why.

    peaks: of both runs, the largest weight of a row, its mean over the queries of each head.
    rows: `moved` of every query.
    """

    moved: Map | None
    why: str | None
    peaks: HeadMaps
    rows: Float[np.ndarray, "L H Tq"] | None

    def table(self) -> pd.DataFrame:
        """One row for each run, layer and head."""
        table = self.peaks.table()
        if self.moved is not None:
            table["share of attention that goes elsewhere in B"] = np.tile(self.moved.ravel(), 2)
        return table

    def furthest(self, token: int) -> tuple[int, int] | None:
        """Layer and head of the one in which this query's attention moved most; None where there is no difference."""
        return None if self.rows is None else _largest(self.rows[:, :, token])

    def reading(self) -> Message:
        """The head whose attention moved most; without a difference, the head whose largest weights changed most."""
        if self.moved is None:
            key, facts = self.peaks.reading()
            return key.replace("reading.", "reading.peaks."), facts
        layer, head = _largest(self.moved)
        most = float(self.moved.max())
        facts = {"mean": float(self.moved.mean()), "layer": layer, "head": head, "most": most}
        return f"compare.reading.{'moved' if most else 'equal'}", facts


@dataclass(frozen=True, eq=False)
class TwoHeads:
    """One head of each run."""

    a: HeadMatrix
    b: HeadMatrix
    why: str | None

    @property
    def difference(self) -> Float[np.ndarray, "Tq Tk"] | None:
        """Second minus first, where both have the same tokens but for few. A masked cell has probability 0."""
        return None if self.why == "tokens" else self.b.probs - self.a.probs

    @property
    def tokens(self) -> tuple[str, ...]:
        """Those of both, place by place; one that is exchanged stands with the one in its place."""
        both = zip(self.a.keys.tokens, self.b.keys.tokens, strict=True)
        return tuple(one if one == other else f"{one} → {other}" for one, other in both)

    def table(self) -> pd.DataFrame:
        """One row for each run, query and key."""
        tables = [matrix.table() for matrix in (self.a, self.b)]
        for run, table in zip("AB", tables, strict=True):
            table.insert(0, "run", run)
        return pd.concat(tables)

    def reading(self) -> Message:
        """How much attention moved, from which key and to which; without a difference, how broadly each looks."""
        facts: dict[str, object] = {}
        for name, matrix in (("a", self.a), ("b", self.b)):
            facts |= {f"layer_{name}": matrix.layer, f"head_{name}": matrix.head}
            facts[name] = float(matrix.probs.max(1).mean())
        change = self.difference
        if change is None:
            return "compare.reading.two_heads", facts
        if not change.any():
            return "compare.reading.equal", {}
        received = change.sum(0)
        facts |= {"moved": float(np.abs(change).sum(1).mean() / 2), "from": self.a.keys.tokens[received.argmin()]}
        return "compare.reading.head", facts | {"to": self.b.keys.tokens[received.argmax()]}


@dataclass(frozen=True, eq=False)
class LayersAlike:
    """cka: similarity of every state of the first run (rows: embedding, then the layers) with every one of the second.

    by, n: how the tokens of both were aligned, and how many rows there were. corrected: without the bias of few rows.
    noise: the largest similarity that the last state of A reached with any state of B in `SHUFFLES` runs in which its
    rows were shuffled, so that no token met itself but by chance.
    """

    cka: Float[np.ndarray, "A B"]
    by: By
    n: int
    corrected: bool
    noise: float = float("nan")

    def table(self) -> pd.DataFrame:
        """One row for each pair of states; 0 is the embedding, l + 1 the output of layer l."""
        rows, columns = self.cka.shape
        return pd.DataFrame(
            {
                "state of A": np.repeat(np.arange(rows), columns),
                "state of B": np.tile(np.arange(columns), rows),
                "CKA, corrected" if self.corrected else "CKA": self.cka.ravel(),
            }
        )

    def reading(self) -> Message:
        """Which state of B the last state of A resembles most, if that is more than shuffled tokens reach; and the last
        states of both."""
        if not np.isfinite(self.cka).any():
            return "compare.reading.no_variation", {"n": self.n}
        last = np.nan_to_num(self.cka[-1], nan=-1.0)
        facts: dict[str, object] = {"n": self.n, "last": float(self.cka[-1, -1]), "most": float(last.max())}
        facts |= {"layer": int(last.argmax()) - 1, "embedding": float(self.cka[0, 0])}
        facts |= {"noise": self.noise, "shuffles": SHUFFLES}
        if last.max() <= self.noise:
            return "compare.reading.layers.noise", facts
        return f"compare.reading.layers.{'embedding' if not last.argmax() else 'layer'}", facts


def measure_maps(a: Scene, b: Scene, name: str) -> HeadMaps:
    """A measure of saturation of all heads, each run as it was run."""

    looks = [HeadMeasures(scene.encoded.n_tokens, scene.keys.n_tokens, names=(name,)) for scene in (a, b)]
    for scene, look in zip((a, b), looks, strict=True):
        scene.show(look)
    return HeadMaps(name, MEASURES[name], *(look.of()[name] for look in looks))


def pattern_maps(a: Scene, b: Scene, name: str) -> HeadMaps:
    """How much of every head's attention follows a pattern."""
    return HeadMaps(name, name, *(patterns(scene).scores[name] for scene in (a, b)))


def heads_moved(a: Scene, b: Scene) -> HeadsMoved:
    """How far every head's attention differs between the two runs."""
    why, moved = why_no_difference(a, b, cells=True), _Moved(a)
    with expected((2 if why is not None else 3) * a.handle.dims.n_layers):
        a.heads()
        b.heads(moved if why is None else None)
    peaks = HeadMaps("max_prob", MEASURES["max_prob"], *(measures(one).scores["largest"] for one in (a, b)))
    if why is not None:
        return HeadsMoved(None, why, peaks, None)
    return HeadsMoved(moved.rows.mean(-1).numpy(), None, peaks, moved.rows.numpy())


class _Moved:
    """The look at the second run that holds each layer against the first run's."""

    others: tuple[Variant, ...] = ()

    def __init__(self, first: Scene) -> None:
        self._first, self._layers = first, []  # type: ignore[var-annotated]

    @property
    def seen(self) -> bool:
        """Whether it was shown anything yet."""
        return bool(self._layers)

    @property
    def rows(self) -> Float[torch.Tensor, "L H Tq"]:
        """See `HeadsMoved.rows`."""
        return torch.stack([torch.cat(rows) for rows in self._layers]).float().cpu()

    def see(self, block: Block) -> None:
        """Of the first run only one layer's probabilities are there at a time."""
        if block.is_first:
            self._probs = self._first.probs(block.layer)[0]
            self._layers.append([])
        apart = self._probs[block.heads].sub_(block.probs[0]).abs_()
        self._layers[-1].append(apart.sum(-1) / 2)


def two_heads(a: Scene, b: Scene, at: tuple[int, int], there: tuple[int, int]) -> TwoHeads:
    """One head of each run; at, there: layer and head of either."""
    why = None if _place_by_place(a, b) else "tokens"
    return TwoHeads(head_matrix(a, *at), head_matrix(b, *there), why)


def layers_alike(a: Scene, b: Scene, corrected: bool = True) -> LayersAlike:
    """CKA between all states of two runs, over the tokens that both have.

    Raises:
        TooFewShared: when the two have fewer than four tokens in common.
    """
    shared = aligned(a.encoded, b.encoded)
    if len(shared.rows) < FEWEST_ROWS:
        raise TooFewShared(found=len(shared.rows), needed=FEWEST_ROWS)
    first, second = (
        [rows_of(state, [row[side] for row in shared.rows]) for state in scene.capture().states]
        for side, scene in enumerate((a, b))
    )
    noise = shuffled_cka(first[-1], second, corrected, SHUFFLES)
    return LayersAlike(cka_matrix(first, second, corrected), shared.by, len(shared.rows), corrected, noise)


def _largest(values: Map) -> tuple[int, int]:
    layer, head = np.unravel_index(int(np.nan_to_num(values, nan=-1.0).argmax()), values.shape)
    return int(layer), int(head)


def _heads(run: str, values: Map, column: str) -> pd.DataFrame:
    return pd.DataFrame({"run": run} | each_head(*values.shape) | {column: values.ravel()})
