"""Training examples: one or several sentences, or two stretches of which the second follows the first or does not."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.random import Generator
from numpy.typing import NDArray
from torch import Tensor

from explorer.training.mini_bert.corpus import LONGEST, Sentence, Text

CLS, SEP, MASK, PAD = 101, 102, 103, 0
IGNORED = -100
SINGLE = 0.4  # share of the examples without a second stretch
WINDOW = 3_072  # examples that are sorted by length before they are cut into batches


@dataclass(frozen=True)
class Example:
    """first, second: word pieces. follows: whether the second stands right after the first; None without a second."""

    first: Sentence
    second: Sentence | None = None
    follows: bool | None = None

    @property
    def length(self) -> int:
        """With [CLS] and [SEP]."""
        return len(self.first) + 2 + (0 if self.second is None else len(self.second) + 1)


@dataclass(frozen=True)
class Batch:
    """ids, segments, mask (1 = a piece): B × T. label: B, 0 = follows, 1 = does not, -100 = one stretch only."""

    ids: Tensor
    segments: Tensor
    mask: Tensor
    label: Tensor


def stretch(document: list[Sentence], begin: int, room: int) -> tuple[Sentence, int]:
    """Sentences from `begin` on, the first and then as many as fit into the room, and where they end."""
    end, length = begin + 1, len(document[begin])
    while end < len(document) and length + len(document[end]) <= room:
        length += len(document[end])
        end += 1
    return np.concatenate(document[begin:end])[:LONGEST], end


def examples(text: list[list[Sentence]], rng: Generator, single: float = SINGLE) -> Iterator[Example]:
    """One pass over the documents in random order.

    A random second stretch is never the first of its document, as one that follows is not: else definitions, which
    stand first, would tell that they follow nothing.
    """
    others = [at for at, document in enumerate(text) if len(document) > 1]
    for at in rng.permutation(len(text)):
        document, begin = text[at], 0
        while begin < len(document):
            room = _room(rng)
            first, begin = stretch(document, begin, room)
            if begin >= len(document) or rng.random() < single:
                yield Example(first)
            elif rng.random() < 0.5:
                second, begin = stretch(document, begin, room)
                yield Example(first, second, True)
            else:
                drawn = int(rng.integers(len(others)))
                other = text[others[drawn] if others[drawn] != at else others[drawn - 1]]
                second, _ = stretch(other, int(rng.integers(1, len(other))), room)
                yield Example(first, second, False)


def _room(rng: Generator) -> int:
    """Half of the stretches are single sentences."""
    return 0 if rng.random() < 0.5 else int(rng.integers(16, 48))


def mixed(texts: dict[str, Text], shares: dict[str, float], seed: int) -> Iterator[Example]:
    """An endless stream with so many of the pieces from each source; a source that is used up begins anew."""
    rng = np.random.default_rng(seed)
    names = [name for name, share in shares.items() if share > 0]
    # Shares are of pieces, the draw is of examples: sources of short sentences are drawn more often.
    streams = {name: examples(texts[name].train, rng) for name in names}
    taken = dict.fromkeys(names, 0.0)
    while True:
        name = min(names, key=lambda n: taken[n] / shares[n])
        example = next(streams[name], None)
        if example is None:
            streams[name] = examples(texts[name].train, rng)
            continue
        taken[name] += example.length
        yield example


def batches(stream: Iterator[Example], n_pieces: int, seed: int) -> Iterator[Batch]:
    """Batches of at most so many pieces with padding, of examples of about the same length, in random order."""
    rng = np.random.default_rng([seed, 1])
    while True:
        window = sorted((next(stream) for _ in range(WINDOW)), key=lambda example: example.length)
        cuts: list[list[Example]] = [[]]
        for example in window:
            if cuts[-1] and (len(cuts[-1]) + 1) * example.length > n_pieces:
                cuts.append([])
            cuts[-1].append(example)
        for at in rng.permutation(len(cuts)):
            yield collate(cuts[at])


def collate(found: list[Example]) -> Batch:
    """Padded tensors of examples."""
    size = (len(found), max(example.length for example in found))
    ids, segments, mask = (np.zeros(size, np.int64) for _ in range(3))
    label = np.full(len(found), IGNORED, np.int64)
    for row, example in enumerate(found):
        end = len(example.first) + 2
        ids[row, 0], ids[row, 1 : end - 1], ids[row, end - 1] = CLS, example.first, SEP
        if example.second is not None:
            ids[row, end : example.length - 1], ids[row, example.length - 1] = example.second, SEP
            segments[row, end : example.length] = 1
            label[row] = int(not example.follows)
        mask[row, : example.length] = 1
    return Batch(*(torch.from_numpy(array) for array in (ids, segments, mask, label)))


def masked(batch: Batch, rate: float, kept: float, random: NDArray[np.int64], rng: Generator) -> tuple[Tensor, Tensor]:
    """The ids with pieces hidden, and the places (flat indices) that are asked for.

    rate: share of the pieces asked for, at least one in each batch. kept: of these, the share that is not hidden: half
    of it stays as it is and half becomes a piece drawn from `random` (BERT: 0.2, after "80 % masked, 10 %, 10 %").
    """
    flat = batch.ids.flatten().numpy().copy()
    places = np.flatnonzero((flat != PAD) & (flat != CLS) & (flat != SEP))
    chosen = np.sort(rng.permutation(places)[: max(1, round(rate * len(places)))])
    draw = rng.random(len(chosen))
    flat[chosen[draw >= kept]] = MASK
    replaced = chosen[draw < kept / 2]
    flat[replaced] = random[rng.integers(len(random), size=len(replaced))]
    return torch.from_numpy(flat).view_as(batch.ids), torch.from_numpy(chosen)
