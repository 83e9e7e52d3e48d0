"""A text of any length as word pieces: tokenised part by part, so that memory stays bounded."""

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Int

from explorer.errors import EmptyText, TextTooLong
from explorer.models.encode import CHINESE, Encoded, clean, cut, encode
from explorer.models.handle import ModelHandle

# About 150,000 words, a long novel. The tokenizer's own record of a part is 50 times its text, hence the parts.
MAX_DOCUMENT = 1_000_000
PART = 20_000


@dataclass(frozen=True, eq=False)
class Document:
    """A long text in word pieces, without special tokens.

    starts, ends: characters of the text that a piece stands for.
    before, after: ids of the special tokens that the model wants around every window.
    """

    text: str
    ids: Int[np.ndarray, " N"]
    starts: Int[np.ndarray, " N"]
    ends: Int[np.ndarray, " N"]
    before: tuple[int, ...]
    after: tuple[int, ...]

    @property
    def n_special(self) -> int:
        """Special tokens of one window."""
        return len(self.before) + len(self.after)

    @property
    def n_words(self) -> int:
        """Words between white space; where one has Chinese characters, each of them is a word."""
        return sum(len(CHINESE.findall(word)) or 1 for word in self.text.split())

    def excerpt(self, first: int, last: int) -> str:
        """The characters from piece `first` up to, not including, piece `last`."""
        return self.text[int(self.starts[first]) : int(self.ends[last - 1])] if last > first else ""


def document(handle: ModelHandle, text: str) -> Document:
    """Word pieces of the whole text; nothing is cut.

    Raises:
        EmptyText: when no character becomes a word piece.
        TextTooLong: when there are more than `MAX_DOCUMENT` characters, or a tokenizer makes too many of a part.
    """
    if len(text) > MAX_DOCUMENT:
        raise TextTooLong(found=len(text), allowed=MAX_DOCUMENT)
    text = clean(text)
    ids, places = [], []
    for start, end in parts(text):
        encoding = cut(handle.tokenizer, text[start:end])
        ids.append(np.array(encoding.ids, dtype=np.int64) % handle.dims.n_vocab)
        places.append(np.array(encoding.offsets, dtype=np.int64).reshape(-1, 2) + start)
    if not sum(map(len, ids)):
        raise EmptyText()
    offsets = np.concatenate(places)
    before, after = frame(handle)
    return Document(text, np.concatenate(ids), offsets[:, 0], offsets[:, 1], before, after)


def decoded(source: bytes) -> str:
    """The text of a file: UTF-8, UTF-16 with its mark (the "Unicode text" of spreadsheets and editors), or GB 18030.

    Raises:
        UnicodeDecodeError: when it is none of these.
    """
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return source.decode("utf-16")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError:
        return source.decode("gb18030")


def parts(text: str, size: int = PART) -> list[tuple[int, int]]:
    """Where to cut: at the last white space of each part, so that no word is torn; a part without any is cut hard."""
    cuts = [0]
    while len(text) - cuts[-1] > size:
        spaces = [space.start() for space in re.finditer(r"\s", text[cuts[-1] : cuts[-1] + size])]
        cuts.append(cuts[-1] + (spaces[-1] if spaces and spaces[-1] else size))
    return list(zip(cuts, [*cuts[1:], len(text)], strict=True))


def frame(handle: ModelHandle) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids of the special tokens before and after a single text, as the tokenizer's template has them."""
    one, at = _one(handle)
    ids = one.ids[0].tolist()
    return tuple(ids[: at[0]]), tuple(ids[at[-1] + 1 :])


def framed(handle: ModelHandle, document: Document, spans: Sequence[tuple[int, int]]) -> Encoded:
    """Windows of a document as one batch: ids, segments and mask are those that `encode` would give each."""
    one, at = _one(handle)
    kinds = one.segments[0].tolist()
    pieces = [document.ids[a:b].tolist() for a, b in spans]
    ids = [[*document.before, *row, *document.after] for row in pieces]
    segments = [[*kinds[: at[0]], *[kinds[at[0]]] * len(row), *kinds[at[-1] + 1 :]] for row in pieces]
    width = max(map(len, ids))
    rows = (ids, segments, [[1] * len(row) for row in ids])
    found = [torch.tensor([row + [0] * (width - len(row)) for row in each], device=handle.device) for each in rows]
    return replace(one, ids=found[0], segments=found[1], mask=found[2])


def _one(handle: ModelHandle) -> tuple[Encoded, list[int]]:
    """One letter as the model reads it (the encoder, where there is one), and the places of its own pieces."""
    one = encode(handle.of_stack(handle.stacks[0]), "a")
    return one, [at for at, special in enumerate(one.special) if not special]
