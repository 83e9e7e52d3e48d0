"""Sentences in groups, and how well a pooling keeps the groups together."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

from explorer.analysis.info import Message
from explorer.analysis.use.pooling import SentenceVectors, principal
from explorer.errors import TooFewSentences, TooManySentences

# 48 sentences are still readable as a matrix; 300 characters are about 70 word pieces.
MAX_SENTENCES, MAX_LENGTH = 48, 300
MEASURES = ("pairs", "nearest")
COMPARED = {"cls", "mean"}

# Below this two cosines count as equal: at depth 0 all [CLS] vectors are the same but for rounding.
TIE = 1e-9


@dataclass(frozen=True)
class SentenceList:
    """Sentences and the number of the group that each belongs to."""

    sentences: tuple[str, ...]
    groups: tuple[int, ...]
    cut: int = 0

    @property
    def related(self) -> Bool[np.ndarray, "N N"]:
        """Two different sentences of the same group."""
        groups = np.array(self.groups)
        same: Bool[np.ndarray, "N N"] = (groups[:, None] == groups[None]) & ~np.eye(len(groups), dtype=bool)
        return same

    @property
    def scored(self) -> bool:
        """Whether there is a related and an unrelated sentence for somebody, so that a ranking can be right."""
        related = self.related
        return bool((related.any(1) & ((~related).sum(1) > 1)).any())


def sentence_list(text: str) -> SentenceList:
    """One sentence a line; an empty line begins a new group. Longer sentences are cut, and counted in `cut`.

    Raises:
        TooFewSentences, TooManySentences: fewer than 2, more than `MAX_SENTENCES`.
    """
    sentences: list[str] = []
    groups: list[int] = []
    group, cut = 0, 0
    for line in map(str.strip, text.splitlines()):
        if line:
            sentences.append(line[:MAX_LENGTH])
            groups.append(group)
            cut += len(line) > MAX_LENGTH
        elif groups:
            group = groups[-1] + 1
    if len(sentences) < 2:
        raise TooFewSentences(found=len(sentences))
    if len(sentences) > MAX_SENTENCES:
        raise TooManySentences(found=len(sentences), allowed=MAX_SENTENCES)
    return SentenceList(tuple(sentences), tuple(groups), cut)


def nearest_score(cosine: Float[np.ndarray, "N N"], related: Bool[np.ndarray, "N N"]) -> float:
    """Share of the sentences whose most similar other sentence is related; among equals the share of related ones."""
    others = np.where(np.eye(len(cosine), dtype=bool), -np.inf, cosine)
    best = others >= others.max(1, keepdims=True) - TIE
    hits = (best & related).sum(1) / best.sum(1)
    return float(hits[_judged(related)].mean())


def pair_score(cosine: Float[np.ndarray, "N N"], related: Bool[np.ndarray, "N N"]) -> float:
    """How often a related sentence is more similar than an unrelated one; equal counts half, so chance is 0.5."""
    shares = []
    for at in np.flatnonzero(_judged(related)):
        others = np.arange(len(cosine)) != at
        near, far = cosine[at, related[at]], cosine[at, others & ~related[at]]
        gap = near[:, None] - far[None]
        shares.append(((gap > TIE) + 0.5 * (np.abs(gap) <= TIE)).mean())
    return float(np.mean(shares))


def _judged(related: Bool[np.ndarray, "N N"]) -> Bool[np.ndarray, " N"]:
    """Sentences with something related and something unrelated."""
    judged: Bool[np.ndarray, " N"] = related.any(1) & ((~related).sum(1) > 1)
    return judged


SCORES = {"nearest": nearest_score, "pairs": pair_score}


@dataclass(frozen=True, eq=False)
class Similarities:
    """Cosines of all sentences at one depth under every pooling. scores: by pooling, None without groups."""

    listed: SentenceList
    depth: int
    last: int
    cosine: dict[str, Float[np.ndarray, "N N"]]
    scores: dict[str, dict[str, float]] | None

    def table(self) -> pd.DataFrame:
        """One row for each two sentences."""
        first, second = np.triu_indices(len(self.listed.sentences), 1)
        sentences, groups = np.array(self.listed.sentences, dtype=object), np.array(self.listed.groups)
        columns = {f"cosine, {name}": values[first, second] for name, values in self.cosine.items()}
        same = groups[first] == groups[second]
        return pd.DataFrame({"sentence": sentences[first], "other": sentences[second], "same group": same, **columns})

    def reading(self) -> Message:
        """Which pooling keeps the groups together best, and how alike it finds strangers."""
        off = ~np.eye(len(self.listed.sentences), dtype=bool)
        if self.scores is None:
            means: dict[str, object] = {name: float(values[off].mean()) for name, values in self.cosine.items()}
            return f"sentences.reading.plain{_end(self.cosine)}", _known(means)
        far = off & ~self.listed.related
        facts: dict[str, object] = {"n": len(self.listed.sentences), "depth": self.depth}
        for name in COMPARED & self.cosine.keys():
            facts |= {name: self.scores[name]["pairs"], f"far_{name}": float(self.cosine[name][far].mean())}
        return f"sentences.reading.matrices{_end(self.cosine)}", facts


@dataclass(frozen=True, eq=False)
class Ranking:
    """One sentence's others under every pooling, most similar first: (place in the list, cosine, related)."""

    listed: SentenceList
    chosen: int
    order: dict[str, tuple[tuple[int, float, bool], ...]]

    def table(self) -> pd.DataFrame:
        """One row for each pooling and rank."""
        rows = [
            {"pooling": name, "rank": rank, "sentence": self.listed.sentences[at], "cosine": value, "same group": same}
            for name, order in self.order.items()
            for rank, (at, value, same) in enumerate(order, 1)
        ]
        return pd.DataFrame(rows)

    def reading(self) -> Message:
        """Related sentences among the first ranks, as many as there are."""
        n = sum(same for _, _, same in self.order["mean"])
        facts: dict[str, object] = {"sentence": self.listed.sentences[self.chosen], "n": n}
        if n == 0:
            first: dict[str, object] = {name: self.listed.sentences[order[0][0]] for name, order in self.order.items()}
            return f"sentences.reading.alone{_end(self.order)}", {"sentence": facts["sentence"], **_known(first)}
        hits: dict[str, object] = {name: sum(same for _, _, same in order[:n]) for name, order in self.order.items()}
        facts["even"] = n * n / len(self.order["mean"])
        return f"sentences.reading.ranking{_end(self.order)}", facts | _known(hits)


@dataclass(frozen=True, eq=False)
class ByDepth:
    """A measure of every pooling at every depth; chance: what a ranking without knowledge reaches."""

    measure: str
    scores: dict[str, Float[np.ndarray, " L1"]]
    chance: float

    def table(self) -> pd.DataFrame:
        """One row for each depth; 0 is the embedding."""
        depths = np.arange(len(next(iter(self.scores.values()))))
        return pd.DataFrame({"layers passed": depths, **self.scores, "chance": self.chance})

    def reading(self) -> Message:
        """The best pooling and depth, and [CLS] at the end."""
        best = max(self.scores, key=lambda name: self.scores[name].max())
        facts: dict[str, object] = {"value": float(self.scores[best].max()), "depth": int(self.scores[best].argmax())}
        facts |= _known({name: float(values[-1]) for name, values in self.scores.items()}) | {"chance": self.chance}
        return f"sentences.reading.layers.{best}{_end(self.scores)}", facts


@dataclass(frozen=True, eq=False)
class SentenceMap:
    """The sentences in two dimensions. explained: share of the variance that the two axes carry."""

    listed: SentenceList
    points: Float[np.ndarray, "N 2"]
    explained: float

    def table(self) -> pd.DataFrame:
        """One row for each sentence."""
        return pd.DataFrame(
            {
                "sentence": self.listed.sentences,
                "group": np.array(self.listed.groups) + 1,
                "component 1": self.points[:, 0],
                "component 2": self.points[:, 1],
            }
        )

    def reading(self) -> Message:
        """What the two axes show."""
        return "sentences.reading.map", {"explained": self.explained}


def _known(facts: Mapping[str, object]) -> dict[str, object]:
    """The facts of the poolings that the sentences compare; a model may have no [CLS]."""
    return {name: facts[name] for name in COMPARED if name in facts}


def _end(poolings: Collection[str]) -> str:
    """The end of a message's key where there is no [CLS] to speak of."""
    return "" if "cls" in poolings else ".no_cls"


def similarities(vectors: SentenceVectors, listed: SentenceList, depth: int) -> Similarities:
    """All matrices at one depth."""
    cosine = {name: vectors.cosine(name, depth) for name in vectors.poolings}
    scores = None
    if listed.scored:
        scores = {name: {m: SCORES[m](values, listed.related) for m in MEASURES} for name, values in cosine.items()}
    return Similarities(listed, depth, vectors.depths - 1, cosine, scores)


def ranking(vectors: SentenceVectors, listed: SentenceList, depth: int, chosen: int) -> Ranking:
    """The other sentences by cosine with the chosen one."""
    related = listed.related[chosen]
    order = {}
    for name in vectors.poolings:
        row = vectors.cosine(name, depth)[chosen]
        places = [int(at) for at in np.argsort(-row, kind="stable") if at != chosen]
        order[name] = tuple((at, float(row[at]), bool(related[at])) for at in places)
    return Ranking(listed, chosen, order)


def by_depth(vectors: SentenceVectors, listed: SentenceList, measure: str) -> ByDepth:
    """A measure over the layers; chance is the measure of equal cosines."""
    related, score = listed.related, SCORES[measure]
    scores = {
        name: np.array([score(vectors.cosine(name, depth), related) for depth in range(vectors.depths)])
        for name in vectors.poolings
    }
    return ByDepth(measure, scores, score(np.zeros((len(related), len(related))), related))


def sentence_map(vectors: SentenceVectors, listed: SentenceList, depth: int, pooling: str) -> SentenceMap:
    """The vectors of one pooling at one depth on their two main axes."""
    points, explained = principal(vectors.vectors[pooling][depth])
    return SentenceMap(listed, points, explained)
