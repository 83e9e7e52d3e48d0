"""Which tokens of two runs are the same? By token, by character where tokenizers differ, by word where texts differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attention.heads import kinds
from explorer.analysis.models.who_sees_whom import words
from explorer.models.encode import Encoded

By = Literal["tokens", "characters", "words"]
Group = tuple[int, ...]


@dataclass(frozen=True)
class Alignment:
    """rows: positions in the first run and in the second that stand for the same piece of text.

    by: "tokens": both have the same tokens, special ones among them. "characters": the same text cut differently;
        pieces are joined to words, and words until both cuts end at the same character. "words": words that both texts
        have, in one order.
    """

    by: By
    rows: tuple[tuple[Group, Group], ...]


def aligned(a: Encoded, b: Encoded) -> Alignment:
    """The rows that both runs have."""
    if a.tokens == b.tokens:
        return Alignment("tokens", tuple(((i,), (i,)) for i in range(a.n_tokens)))
    if (a.text, a.pair) == (b.text, b.pair):
        return Alignment("characters", tuple(_by_characters(a, b)))
    return Alignment("words", tuple(_by_words(a, b)))


def rows_of(hidden: Float[Tensor, "B T D"], groups: Sequence[Group]) -> Float[Tensor, "N D"]:
    """One vector a group: the mean over its tokens."""
    member = torch.zeros(len(groups), hidden.shape[1], dtype=hidden.dtype, device=hidden.device)
    for row, group in enumerate(groups):
        member[row, list(group)] = 1 / len(group)
    return member @ hidden[0]


def _by_characters(a: Encoded, b: Encoded) -> Iterator[tuple[Group, Group]]:
    """Words of both that overlap belong together; special tokens have no characters, and are left out."""
    for kind in ("A", "B"):
        spans = sorted(
            (start, end, side, position) for side, encoded in enumerate((a, b))
            for position, start, end in _spans(encoded, kind)
        )  # fmt: skip
        together: tuple[list[int], list[int]] = ([], [])
        reach = 0
        for start, end, side, position in spans:
            if start >= reach:
                yield from _whole(together)
                together = ([], [])
            together[side].append(position)
            reach = max(reach, end)
        yield from _whole(together)


def _spans(encoded: Encoded, kind: str) -> Iterator[tuple[int, int, int]]:
    """Position of each token of one text, and the characters of its word; a space before it does no harm."""
    of_words: dict[int, list[int]] = {}
    for position, (word, other) in enumerate(zip(encoded.words, kinds(encoded), strict=True)):
        if other == kind:
            of_words.setdefault(-1 - position if word is None else word, []).append(position)
    for pieces in of_words.values():
        start, end = encoded.offsets[pieces[0]][0], encoded.offsets[pieces[-1]][1]
        yield from ((position, start, end) for position in pieces)


def _whole(together: tuple[list[int], list[int]]) -> Iterator[tuple[Group, Group]]:
    first, second = together
    if first and second:
        yield tuple(first), tuple(second)


def _by_words(a: Encoded, b: Encoded) -> Iterator[tuple[Group, Group]]:
    first, second = _words(a), _words(b)
    match = SequenceMatcher(None, [word for word, _ in first], [word for word, _ in second], autojunk=False)
    for i, j, length in match.get_matching_blocks():
        for step in range(length):
            yield first[i + step][1], second[j + step][1]


def _words(encoded: Encoded) -> list[tuple[str, Group]]:
    """Each word in small letters, with the positions of its pieces."""
    side, kind = words(encoded), kinds(encoded)
    found = []
    for word, start in zip(side.tokens, side.at, strict=True):
        pieces = [
            position
            for position in range(start, encoded.n_tokens)
            if kind[position] == kind[start] and encoded.words[position] == encoded.words[start]
        ]
        found.append((word.lower(), tuple(pieces)))
    return found
