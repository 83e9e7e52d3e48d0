"""From text to the numbers that a model takes: word pieces, ids, segments, mask, offsets."""

import unicodedata
from dataclasses import dataclass

import torch
from jaxtyping import Int
from tokenizers import Encoding
from torch import Tensor

from explorer.errors import EmptyText, TextTooLong
from explorer.models.handle import ModelHandle

# A page of text is about 3,000 characters; 512 word pieces are at most a few thousand. The bound keeps one visitor
# from tokenising megabytes while thirty others wait.
MAX_CHARACTERS = 20_000


@dataclass(frozen=True, eq=False)
class Encoded:
    """A text, or a pair of texts, as a batch of one (B = 1).

    tokens, offsets, special, words: one entry a token, without padding; offsets are characters of the text that the
        token belongs to, words count from 0 in each text and are None for special tokens.
    sentence_b: position of the first word piece of the second text.
    n_found: word pieces of the whole text with special tokens, also those that did not fit the model.
    n_unknown, n_control: pieces outside the vocabulary; control characters, which the tokenizer drops.
    """

    text: str
    pair: str | None
    ids: Int[Tensor, "B T"]
    segments: Int[Tensor, "B T"]
    mask: Int[Tensor, "B T"]
    tokens: tuple[str, ...]
    offsets: tuple[tuple[int, int], ...]
    special: tuple[bool, ...]
    words: tuple[int | None, ...]
    sentence_b: int | None
    n_found: int
    n_unknown: int
    n_control: int

    @property
    def n_tokens(self) -> int:
        """Tokens that are not padding."""
        return len(self.tokens)

    @property
    def truncated(self) -> bool:
        """Whether the model takes fewer word pieces than the text has."""
        return self.n_found > self.n_tokens


def encode(handle: ModelHandle, text: str, pair: str | None = None, pad_to: int | None = None) -> Encoded:
    """Encode a text or a pair; more word pieces than the model has positions are cut, longer text first.

    An empty second text counts as none. A model with random weights and a smaller vocabulary than the tokenizer
    takes the ids modulo its size: which random row stands for a piece does not matter.

    Raises:
        EmptyText: when no character of the text becomes a word piece.
        TextTooLong: when there are more than `MAX_CHARACTERS`.
    """
    pair = pair if pair is not None and pair.strip() else None
    characters = len(text) + len(pair or "")
    if characters > MAX_CHARACTERS:
        raise TextTooLong(found=characters, allowed=MAX_CHARACTERS)
    tokenizer = handle.tokenizer
    first = tokenizer.encode(clean(text), add_special_tokens=False)
    second = tokenizer.encode(clean(pair), add_special_tokens=False) if pair else None
    if second is not None and not second.ids:
        second = None
    if not first.ids:
        raise EmptyText()
    n_special = tokenizer.num_special_tokens_to_add(second is not None)
    n_found = len(first.ids) + len(second.ids if second else ()) + n_special
    n_unknown = sum(e.tokens.count("[UNK]") for e in (first, second) if e is not None)
    _cut(first, second, handle.dims.n_ctx - n_special)
    joined = tokenizer.post_process(first, second)
    padding = max(0, (pad_to or 0) - len(joined.ids))
    return Encoded(
        text=text,
        pair=pair if second is not None else None,
        ids=_row([i % handle.dims.n_vocab for i in joined.ids], padding, handle),
        segments=_row(joined.type_ids, padding, handle),
        mask=_row(joined.attention_mask, padding, handle),
        tokens=tuple(joined.tokens),
        offsets=tuple(joined.offsets),
        special=tuple(bool(s) for s in joined.special_tokens_mask),
        words=tuple(joined.word_ids),
        sentence_b=joined.type_ids.index(1) if second is not None else None,
        n_found=n_found,
        n_unknown=n_unknown,
        n_control=sum(map(_is_control, text + (pair or ""))),
    )


def _cut(first: Encoding, second: Encoding | None, room: int) -> None:
    """Shorten the longer of the two, piece by piece, until both fit; in place, as the library's own method does."""
    a, b = len(first.ids), len(second.ids) if second else 0
    while a + b > room:
        a, b = (a - 1, b) if a >= b else (a, b - 1)
    first.truncate(a)
    if second is not None:
        second.truncate(b)


def _row(values: list[int], padding: int, handle: ModelHandle) -> Int[Tensor, "1 T"]:
    return torch.tensor([values + [0] * padding], dtype=torch.long, device=handle.device)


def clean(text: str) -> str:
    """A lone surrogate is no character and cannot be encoded; it is replaced, as browsers do."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc" and character not in "\t\n\r"
