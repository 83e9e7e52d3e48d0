"""How well the three tasks are done on texts that were held out, by simple rules, frozen states and fine-tuning.

What is compared is counted for each text: what was found, what is true, and what is both. Where every text asks for one
thing the score is the share of texts that are right; for names, of which a text has any number, it is F1.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int
from torch import Tensor

from explorer.analysis.info import Message
from explorer.analysis.probing import LinearMap, fit
from explorer.analysis.use.spans import NONE, best_span, shared, window
from explorer.analysis.use.task_texts import HELD_OUT, KINDS, LABELS, LEARNT, Example
from explorer.analysis.use.token_labels import first_pieces
from explorer.models.encode import Encoded

# The ways that need no training of a network, the first of them the one that costs nothing; the last two are trained.
WAYS = {
    "span": ("none", "overlap", "head", "tuned"),
    "pair": ("majority", "overlap", "second", "vectors", "tuned"),
    "name": ("words", "embedding", "states", "tuned"),
}
TAGS = ("O", *(f"{begin}-{kind}" for kind in KINDS for begin in "BI"))
DENIALS = {"no", "not", "never", "nobody", "nothing", "none", "neither", "cannot"}
DRAWS = 2_000

# Of each text: found and true, found, true.
Counts = Int[np.ndarray, "N 3"]


@dataclass(frozen=True)
class Score:
    """A share or an F1 on n texts, and the interval in which it lies with 95 %."""

    value: float
    low: float
    high: float
    n: int


def score(counts: Counts) -> Score:
    """2·both / (found + true), over all texts.

    Interval: Wilson's (1927) where each text asks for one thing, else the percentiles of texts drawn again with
    replacement (Efron 1979).
    """
    n = len(counts)
    if (counts[:, 1:] == 1).all():
        return Score(float(counts[:, 0].mean()), *_wilson(int(counts[:, 0].sum()), n), n)
    drawn = np.random.default_rng(0).integers(0, n, (DRAWS, n))
    low, high = np.percentile(_f1(counts[drawn].sum(1)), (2.5, 97.5))
    return Score(float(_f1(counts.sum(0))), float(low), float(high), n)


def _f1(sums: np.ndarray) -> np.ndarray:
    return np.asarray(2 * sums[..., 0] / np.maximum(sums[..., 1] + sums[..., 2], 1))


def _wilson(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    p, extra = right / n, z * z / n
    middle, half = p + extra / 2, z * np.sqrt(p * (1 - p) / n + extra / n / 4)
    return float((middle - half) / (1 + extra)), float((middle + half) / (1 + extra))


@dataclass(frozen=True, eq=False)
class TaskScores:
    """Every way on every held-out side; a way that is not trained yet is missing. counts: in the order of `held`."""

    task: str
    seed: int
    n_learnt: int
    held: tuple[Example, ...]
    counts: dict[str, Counts]

    @cached_property
    def scores(self) -> dict[str, dict[str, Score]]:
        """By way, then by side."""
        sides = np.array([example.side for example in self.held])
        return {way: {side: score(c[sides == side]) for side in HELD_OUT} for way, c in self.counts.items()}

    def best_rule(self, side: str) -> str:
        """The best way without fine-tuning."""
        return max((way for way in self.counts if way != "tuned"), key=lambda way: self.scores[way][side].value)

    def table(self) -> pd.DataFrame:
        """One row for each way and side."""
        name = "F1" if self.task == "name" else "right"
        return pd.DataFrame(
            {
                "way": way,
                "held out": side,
                name: one.value,
                "from": one.low,
                "to (95 %)": one.high,
                "texts": one.n,
                "texts to learn from": self.n_learnt,
                "seed": self.seed,
            }
            for way, sides in self.scores.items()
            for side, one in sides.items()
        )

    def reading(self) -> Message:
        """Fine-tuning beside the best of the other ways on the texts that follow no template, and whether it is ahead:
        the difference on the same texts, its interval from texts drawn again."""
        facts: dict[str, object] = {"learnt": self.n_learnt, "seed": self.seed}
        if not self.counts:
            return "trained_task.reading.before", facts | {"held": len(self.held)}
        rule = self.best_rule("written")
        facts |= {"simple": self.scores[rule]["written"].value, "texts": self.scores[rule]["written"].n}
        if "tuned" not in self.counts:
            return "trained_task.reading.simple", facts
        facts |= {side: self.scores["tuned"][side].value for side in HELD_OUT}
        facts |= {"low": self.scores["tuned"]["written"].low, "high": self.scores["tuned"]["written"].high}
        least, most = self.ahead(rule)
        return f"trained_task.reading.{'ahead' if least > 0 else 'behind' if most < 0 else 'even'}", facts

    def ahead(self, rule: str, side: str = "written") -> tuple[float, float]:
        """The 95 % interval of fine-tuning's score minus another way's, on the same texts drawn again."""
        rows = np.array([at for at, example in enumerate(self.held) if example.side == side])
        drawn = rows[np.random.default_rng(1).integers(0, len(rows), (DRAWS, len(rows)))]
        gain = _f1(self.counts["tuned"][drawn].sum(1)) - _f1(self.counts[rule][drawn].sum(1))
        low, high = np.percentile(gain, (2.5, 97.5))
        return float(low), float(high)


# Spans.


def span_counts(found: Sequence[tuple[int, int]], true: Sequence[tuple[int, int]]) -> Counts:
    """A question is right when its answer is found exactly, or when none is found where there is none."""
    return np.array([[int(one == other), 1, 1] for one, other in zip(found, true, strict=True)])


def tokens_shared(found: Sequence[tuple[int, int]], true: Sequence[tuple[int, int]]) -> float:
    """SQuAD's F1, the mean over the questions: of the word pieces in what was found and in the answer; none is 1 where
    none is true and else 0."""
    each = [shared(one, other) for one, other in zip(found, true, strict=True)]
    return float(np.mean([2 * b / (f + t) if f + t else 1.0 for b, f, t in each]))


def overlap_span(encoded: Encoded) -> tuple[int, int]:
    """The sentence that has most words of the question, and in it the longest run of words that the question lacks."""
    of = window(encoded)
    pieces = [encoded.tokens[at].lower() for at in range(encoded.n_tokens)]
    asked = set(pieces[: of.first]) - {"?"}
    runs: list[tuple[int, int, tuple[int, int]]] = []
    begin = of.first
    for at in range(of.first, of.last):
        if pieces[at] not in ".;!?" and at < of.last - 1:
            continue
        inside = range(begin, at + 1)
        hits = len(asked & {pieces[i] for i in inside})
        run: list[int] = []
        for i in inside:
            run = [] if pieces[i] in asked or pieces[i] in ".,;!?" else [*run, i]
            if run:
                runs.append((hits, len(run), (run[0], run[-1])))
        begin = at + 1
    return max(runs, key=lambda one: one[:2])[2] if runs else NONE


# Two sentences.


def label_counts(found: Sequence[str], held: Sequence[Example]) -> Counts:
    """A pair is right when it gets its label."""
    return np.array([[int(label == example.label), 1, 1] for label, example in zip(found, held, strict=True)])


def overlap_features(example: Example) -> list[float]:
    """How much of each sentence stands in the other, whether either denies something, how long the second is."""
    first, second = (set(re.findall(r"\w+", text.lower())) for text in (example.first, example.second or ""))
    both = len(first & second)
    shares = [both / max(len(first), 1), both / max(len(second), 1)]
    return [*shares, float(bool(first & DENIALS)), float(bool(second & DENIALS)), float(len(second))]


def fit_features(features: Float[np.ndarray, "N F"], all_of: Sequence[Example]) -> LinearMap:
    """Logistic regression on features of all texts; learns from those that are not held out."""
    learnt = np.array([example.side == LEARNT for example in all_of])
    codes = np.array([LABELS.index(example.label) for example in all_of])
    return fit(torch.from_numpy(np.ascontiguousarray(features[learnt])), codes[learnt], len(LABELS), "logistic")


def by_features(fitted: LinearMap, features: Float[np.ndarray, "N F"], all_of: Sequence[Example]) -> list[str]:
    """The labels of the texts held out."""
    held = np.array([example.side != LEARNT for example in all_of])
    found = fitted.predicted(torch.from_numpy(np.ascontiguousarray(features[held])))
    return [LABELS[code] for code in found]


def both_vectors(first: Float[np.ndarray, "N D"], second: Float[np.ndarray, "N D"]) -> Float[np.ndarray, "N _"]:
    """Two sentence vectors as one: u, v, |u - v|, u·v (Conneau et al. 2017)."""
    return np.hstack([first, second, np.abs(first - second), first * second])


# Names.


def tags(encoded: Encoded, names: Sequence[tuple[int, int, str]]) -> tuple[str | None, ...]:
    """Of the first piece of every word whether a name begins there, goes on, or neither; None at all other tokens."""
    found: list[str | None] = []
    for (start, _), first in zip(encoded.offsets, first_pieces(encoded), strict=True):
        inside = next((name for name in names if name[0] <= start < name[1]), None)
        kind = "O" if inside is None else f"{'B' if start == inside[0] else 'I'}-{inside[2]}"
        found.append(kind if first else None)
    return tuple(found)


def names_of(found: Sequence[str | None]) -> set[tuple[int, int, str]]:
    """Names as (first word, last word, kind); one that goes on without a beginning begins there."""
    names: list[list[int | str]] = []
    before = "O"
    for at, tag in enumerate([tag for tag in found if tag is not None]):
        begin, _, kind = tag.partition("-")
        if begin == "I" and before.endswith(kind) and before != "O":
            names[-1][1] = at
        elif kind:
            names.append([at, at, kind])
        before = tag
    return {(int(first), int(last), str(kind)) for first, last, kind in names}


def name_counts(found: Sequence[Sequence[str | None]], true: Sequence[Sequence[str | None]]) -> Counts:
    """A name counts when its first word, its last and its kind are found."""
    pairs = [(names_of(one), names_of(other)) for one, other in zip(found, true, strict=True)]
    return np.array([[len(one & other), len(one), len(other)] for one, other in pairs])


def by_word(
    encoded: Sequence[Encoded], true: Sequence[Sequence[str | None]], learnt: Sequence[bool]
) -> list[list[str]]:
    """Every word gets the label that it had most often in the texts to learn from; a word that was in none has none."""
    seen: dict[str, dict[str, int]] = {}
    for one, labels, known in zip(encoded, true, learnt, strict=True):
        for word, label in zip(_words(one), [tag for tag in labels if tag is not None], strict=True):
            if known:
                counts = seen.setdefault(word, {})
                counts[label] = counts.get(label, 0) + 1
    return [
        [max(seen[word], key=lambda tag: seen[word][tag]) if word in seen else "O" for word in _words(one)]
        for one, known in zip(encoded, learnt, strict=True)
        if not known
    ]


def _words(encoded: Encoded) -> list[str]:
    """The words of a text, as its tokens spell them."""
    starts = [at for at, first in enumerate(first_pieces(encoded)) if first]
    ends = [*starts[1:], encoded.n_tokens - 1]
    return ["".join(encoded.bare[start:end]) for start, end in zip(starts, ends, strict=True)]


def fit_states(
    states: Sequence[Float[Tensor, "_ D"]], true: Sequence[Sequence[str | None]], learnt: Sequence[bool]
) -> LinearMap:
    """A linear probe (ridge) on the state of every word's first piece; learns from the texts not held out."""
    known = [at for at, one in enumerate(learnt) if one]
    codes = [TAGS.index(tag) for at in known for tag in true[at] if tag is not None]
    return fit(torch.cat([_firsts(states[at], true[at]) for at in known]), np.array(codes), len(TAGS))


def by_probe(
    fitted: LinearMap,
    states: Sequence[Float[Tensor, "_ D"]],
    true: Sequence[Sequence[str | None]],
    learnt: Sequence[bool],
) -> list[list[str]]:
    """The labels of the words of the texts held out."""
    rows = [_firsts(state, labels) for state, labels, known in zip(states, true, learnt, strict=True) if not known]
    return [[TAGS[code] for code in fitted.predicted(one)] for one in rows]


def _firsts(state: Float[Tensor, "T D"], labels: Sequence[str | None]) -> Float[Tensor, "_ D"]:
    return state[[at for at, tag in enumerate(labels) if tag is not None]]


def tuned_counts(
    task: str, outputs: Sequence[Tensor], encoded: Sequence[Encoded], true: Sequence[object], held: Sequence[Example]
) -> Counts:
    """What a fine-tuned head says of the held-out texts, counted. true: spans or tags, as the task has them."""
    if task == "span":
        found = [best_span(one.numpy(), window(own)) for one, own in zip(outputs, encoded, strict=True)]
        return span_counts(found, true)  # type: ignore[arg-type]
    if task == "pair":
        return label_counts([LABELS[int(one.argmax())] for one in outputs], held)
    return name_counts([said_tags(one, own) for one, own in zip(outputs, encoded, strict=True)], true)  # type: ignore[arg-type]


def said_tags(logits: Float[Tensor, "T C"], encoded: Encoded) -> tuple[str | None, ...]:
    """The likeliest tag at the first piece of every word."""
    best = logits.argmax(-1).tolist()
    return tuple(TAGS[code] if first else None for code, first in zip(best, first_pieces(encoded), strict=True))
