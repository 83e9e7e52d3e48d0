"""One attention head, or a mean of heads: its matrix of probabilities, ways to look at it, what stands out in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Int

from explorer.analysis.info import EVEN, Message
from explorer.capture.scene import Scene
from explorer.models.encode import Encoded


@dataclass(frozen=True)
class Axis:
    """What stands along one side of a matrix; at: the token's position, for a merged word that of its first piece."""

    tokens: tuple[str, ...]
    kinds: tuple[str, ...]
    at: tuple[int, ...]

    def only(self, kept: Sequence[int]) -> "Axis":
        """The axis with these entries alone."""
        return Axis(
            tuple(self.tokens[i] for i in kept), tuple(self.kinds[i] for i in kept), tuple(self.at[i] for i in kept)
        )


@dataclass(frozen=True, eq=False)
class HeadMatrix:
    """probs: attention probabilities; visible: False where the mask forbids the query to look at the key.

    layer, head: None where the mean over all of them is shown. other_text: the keys are another text's tokens (cross
        attention), so that none of them is a query's neighbour.
    """

    layer: int | None
    head: int | None
    queries: Axis
    keys: Axis
    probs: Float[np.ndarray, "Tq Tk"]
    visible: Bool[np.ndarray, "Tq Tk"]
    other_text: bool = False

    def table(self) -> pd.DataFrame:
        """One row for each query and key."""
        n, m = self.probs.shape
        return pd.DataFrame(
            {
                "query": np.repeat(self.queries.at, m),
                "query token": np.repeat(self.queries.tokens, m),
                "key": np.tile(self.keys.at, n),
                "key token": np.tile(self.keys.tokens, n),
                "attention probability": self.probs.ravel(),
            }
        )

    def reading(self) -> Message:
        """Where the rows have their largest weight: at themselves, at a neighbour, at one token; or nowhere.

        The share is of the rows that have such a neighbour; a row with two equal largest weights is in none. size: that
        weight, mean over these rows. even: the mean of what an even row would give.
        """
        seeing = np.asarray(self.visible.any(1))
        if not seeing.any():
            return "heads.reading.blind", {}
        probs, n_seen = self.probs[seeing], self.visible[seeing].sum(1)
        largest, even, shown = probs.max(1), 1 / n_seen, float(self.probs.sum(1).mean())
        of = "model" if self.layer is None else "layer" if self.head is None else "head"
        facts: dict[str, object] = {"layer": self.layer, "head": self.head, "even": float(even.mean())}
        if not self.other_text and n_seen.max() == 1:
            return "heads.reading.one", {}
        if shown >= 0.999 and float((largest / even).mean()) <= EVEN:
            return f"heads.reading.{of}.even", facts | {"size": float(largest.mean())}
        best = np.where((probs == largest[:, None]).sum(1) == 1, probs.argmax(1), -1)
        favourite = int(np.bincount(best[best >= 0], minlength=1).argmax())
        counted = {"token": (best == favourite, np.ones(len(best), dtype=bool))}
        if not self.other_text and shown >= 0.999:
            counted |= self._neighbours(best, seeing)
        # Among equals what says more stands first.
        name = max(counted, key=lambda way: (_share(*counted[way]), -list(counted).index(way)))
        hits, may = counted[name]
        facts |= {"share": _share(hits, may), "size": float(largest[hits].mean()) if hits.any() else 0.0}
        facts |= {"token": self.keys.tokens[favourite]}
        if shown < 0.999:  # tokens are hidden: what is largest here need not be the row's largest
            return "heads.reading.part", facts | {"shown": shown}
        return f"heads.reading.{of}.{name}", facts

    def _neighbours(
        self, best: Int[np.ndarray, " R"], rows: Bool[np.ndarray, " Tq"]
    ) -> dict[str, tuple[Bool[np.ndarray, " R"], Bool[np.ndarray, " R"]]]:
        """By name of a neighbour: the rows whose largest weight is there, and the rows that have such a neighbour."""
        order = np.unique(self.queries.at + self.keys.at)
        asked = np.searchsorted(order, np.asarray(self.queries.at)[rows])
        keys = np.searchsorted(order, self.keys.at)
        found = np.where(best >= 0, keys[best], -2)
        return {name: (found == asked + step, np.isin(asked + step, keys)) for name, step in _STEPS.items()}


_STEPS = {"self": 0, "previous": -1, "next": 1}


def _share(hits: Bool[np.ndarray, " R"], may: Bool[np.ndarray, " R"]) -> float:
    return float((hits & may).sum() / max(int(may.sum()), 1))


@dataclass(frozen=True, eq=False)
class QueryRow:
    """One row of a matrix: where a query's attention goes. shown: what the visible cells of the row add up to."""

    query: int
    token: str
    keys: Axis
    probs: Float[np.ndarray, " Tk"]

    @property
    def shown(self) -> float:
        """Sum of the row; below 1 where tokens are hidden."""
        return float(self.probs.sum())

    def strongest(self, count: int) -> list[tuple[str, int, float]]:
        """Token, position and weight of the keys with the largest weights."""
        order = np.argsort(-self.probs, kind="stable")[:count]
        return [(self.keys.tokens[i], self.keys.at[i], float(self.probs[i])) for i in order]

    def table(self) -> pd.DataFrame:
        """One row for each key, in the order of the text."""
        return pd.DataFrame(
            {"key": self.keys.at, "key token": self.keys.tokens, "attention probability": self.probs},
        )

    def reading(self) -> Message:
        """How many keys hold nine tenths of what is shown."""
        if not len(self.probs):
            return "heads.row.none", {"token": self.token}
        falling = np.sort(self.probs)[::-1].cumsum()
        n = int(np.searchsorted(falling, 0.9 * falling[-1]) + 1)
        return "heads.row", {"token": self.token, "n": n, "keys": len(self.probs), "shown": self.shown}


def kinds(encoded: Encoded) -> list[str]:
    """For each token: "special", or the text "A" or "B" that it comes from."""
    b = encoded.sentence_b
    return [
        "special" if special else "A" if b is None or index < b else "B"
        for index, special in enumerate(encoded.special)
    ]


def axis(encoded: Encoded) -> Axis:
    """All tokens of a text, in order."""
    return Axis(encoded.tokens, tuple(kinds(encoded)), tuple(range(encoded.n_tokens)))


def head_matrix(scene: Scene, layer: int | None, head: int | None) -> HeadMatrix:
    """The matrix of one head, without padding; the mean over all heads of a layer, or of all layers, where it is None.

    Raises:
        LayerMissing: when there is no such layer.
    """
    n, m = scene.encoded.n_tokens, scene.keys.n_tokens
    of = slice(None) if head is None else slice(head, head + 1)
    probs, visible, layers = np.zeros((n, m), np.float32), np.zeros((n, m), dtype=bool), 0
    for one in scene.layers() if layer is None else [scene.layer(layer)]:
        probs += one.probs[0, of, :n, :m].float().mean(0).cpu().numpy()
        # What some layer shows is visible: ModernBERT's local layers see less than the others.
        visible |= one.visible[0, head or 0, :n, :m].cpu().numpy()
        layers += 1
    other = scene.keys is not scene.encoded
    return HeadMatrix(layer, head, axis(scene.encoded), axis(scene.keys), probs / layers, visible, other)


def merged(matrix: HeadMatrix, encoded: Encoded, keys: Encoded | None = None) -> HeadMatrix:
    """Word pieces joined to words: summed over keys, averaged over queries, so that rows still sum to 1.

    keys: the text that is looked at, where it is another one.
    """
    asking, queries = _words(encoded)
    looked_at, sides = (asking, queries) if keys is None else _words(keys)
    probs = (asking / asking.sum(1, keepdims=True)) @ matrix.probs @ looked_at.T
    visible = (asking @ matrix.visible @ looked_at.T) > 0
    return replace(matrix, queries=queries, keys=sides, probs=probs, visible=visible)


def _words(encoded: Encoded) -> tuple[Float[np.ndarray, "W T"], Axis]:
    """Which pieces (columns) belong to which word (rows), and the words."""
    names: list[tuple[str, int]] = []
    for position, (word, kind) in enumerate(zip(encoded.words, kinds(encoded), strict=True)):
        names.append(("special", position) if word is None or kind == "special" else (kind, word))
    order = {name: row for row, name in enumerate(dict.fromkeys(names))}
    member = np.zeros((len(order), len(names)), np.float32)
    member[[order[name] for name in names], np.arange(len(names))] = 1
    first = member.argmax(1)
    joined = ["".join(encoded.bare[i] for i in np.flatnonzero(row)) for row in member]
    tokens = [word.lstrip("␣") or word for word in joined]  # a space can be a piece of its own
    return member, replace(axis(encoded).only([int(i) for i in first]), tokens=tuple(tokens))


def without_special(matrix: HeadMatrix) -> HeadMatrix:
    """Without [CLS] and [SEP]. The other weights stay as they are: rows then sum to less than 1."""
    return _part(matrix, ("A", "B"), ("A", "B"))


def between(matrix: HeadMatrix, asking: str, looked_at: str) -> HeadMatrix:
    """Only queries of text `asking` and keys of text `looked_at`, each "A" or "B"."""
    return _part(matrix, (asking,), (looked_at,))


def query_row(matrix: HeadMatrix, row: int) -> QueryRow:
    """One row of the matrix as it is shown, without the keys that its query may not look at."""
    seen = [int(key) for key in np.flatnonzero(matrix.visible[row])]
    return QueryRow(matrix.queries.at[row], matrix.queries.tokens[row], matrix.keys.only(seen), matrix.probs[row, seen])


def _part(matrix: HeadMatrix, asking: tuple[str, ...], looked_at: tuple[str, ...]) -> HeadMatrix:
    rows = [i for i, kind in enumerate(matrix.queries.kinds) if kind in asking]
    cols = [i for i, kind in enumerate(matrix.keys.kinds) if kind in looked_at]
    cells = np.ix_(rows, cols)
    return replace(
        matrix,
        queries=matrix.queries.only(rows),
        keys=matrix.keys.only(cols),
        probs=matrix.probs[cells],
        visible=matrix.visible[cells],
    )
