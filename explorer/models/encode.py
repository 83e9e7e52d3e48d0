"""From text to the numbers that a model takes: word pieces, ids, segments, mask, offsets."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from jaxtyping import Int
from tokenizers import Encoding, Tokenizer
from tokenizers.decoders import ByteLevel
from torch import Tensor

from explorer.errors import EmptyText, TextTooLong
from explorer.models.handle import ModelHandle
from explorer.models.sites import TAKES
from explorer.models.tokenizer_bounds import sentences

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
    arguments: of the model's forward pass, those that it takes.
    source: for a decoder with an encoder below it, the encoder's text; start: for that encoder alone, the token with
        which its decoder begins.
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
    arguments: tuple[str, ...] = TAKES
    source: "Encoded | None" = None
    start: int | None = None

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

    An empty second text counts as none, and so does one for a model that reads a single text (GPT). An
    encoder-decoder's second text is what its decoder reads, by default the first text once more: in the view of its
    decoder that is the result, and the first text its `source`. A model with random weights and a smaller vocabulary
    than the tokenizer takes the ids modulo its size: which random row stands for a piece does not matter.

    Raises:
        EmptyText: when no character of the text becomes a word piece.
        TextTooLong: when there are more than `MAX_CHARACTERS`.
        TokenizerRefused: when a tokenizer of somebody else's cannot cut this text.
    """
    pair = pair if pair is not None and pair.strip() else None
    characters = len(text) + len(pair or "")
    if characters > MAX_CHARACTERS:
        raise TextTooLong(found=characters, allowed=MAX_CHARACTERS)
    if len(handle.stacks) > 1:
        return _for_stack(handle, text, pair, pad_to)
    return _encode(handle, text, pair if handle.sites.pairs else None, pad_to)


def _for_stack(handle: ModelHandle, text: str, pair: str | None, pad_to: int | None) -> Encoded:
    """What the encoder of an encoder-decoder reads, or what its decoder reads."""
    config, source = handle.config, _encode(handle, text, None, pad_to)
    start = int(
        next(i for i in (getattr(config, "decoder_start_token_id", None), config.pad_token_id, 0) if i is not None)
    )
    if handle.stack == "encoder":
        return replace(source, start=start)
    return _started(handle, _encode(handle, text if pair is None else pair, None, None), source, start)


def _started(handle: ModelHandle, target: Encoded, source: Encoded, start: int) -> Encoded:
    """Moved one place to the right, as in training: the start token first, the token that ends the text left out."""
    n = target.n_tokens - bool(target.special[-1])
    name = handle.tokenizer.id_to_token(start) or "<s>"
    return replace(
        target,
        ids=torch.cat([torch.full_like(target.ids[:, :1], start), target.ids[:, :n]], 1),
        segments=torch.cat([target.segments[:, :1], target.segments[:, :n]], 1),
        mask=torch.cat([target.mask[:, :1], target.mask[:, :n]], 1),
        tokens=(name, *target.tokens[:n]),
        offsets=((0, 0), *target.offsets[:n]),
        special=(True, *target.special[:n]),
        words=(None, *target.words[:n]),
        n_found=target.n_found,
        source=source,
    )


def _encode(handle: ModelHandle, text: str, pair: str | None, pad_to: int | None) -> Encoded:
    tokenizer = handle.tokenizer
    with sentences():
        first = tokenizer.encode(clean(text), add_special_tokens=False)
        second = tokenizer.encode(clean(pair), add_special_tokens=False) if pair else None
    if second is not None and not second.ids:
        second = None
    if not first.ids:
        raise EmptyText()
    n_special = tokenizer.num_special_tokens_to_add(second is not None)
    n_found = len(first.ids) + len(second.ids if second else ()) + n_special
    # By number: SentencePiece shows the letters themselves where it has no piece for them.
    unknown = None if handle.unknown is None else tokenizer.token_to_id(handle.unknown)
    n_unknown = sum(e.ids.count(unknown) for e in (first, second) if e is not None) if unknown is not None else 0
    _cut(first, second, handle.dims.n_ctx - n_special)
    joined = tokenizer.post_process(first, second)
    padding = max(0, (pad_to or 0) - len(joined.ids))
    kinds = joined.type_ids if handle.dims.n_segments > 1 else [0] * len(joined.ids)
    return Encoded(
        text=text,
        pair=pair if second is not None else None,
        ids=_row([i % handle.dims.n_vocab for i in joined.ids], padding, handle),
        segments=_row([min(kind, max(0, handle.dims.n_segments - 1)) for kind in kinds], padding, handle),
        mask=_row(joined.attention_mask, padding, handle),
        tokens=readable(tokenizer, joined.tokens),
        offsets=tuple(joined.offsets),
        special=tuple(bool(s) for s in joined.special_tokens_mask),
        words=tuple(joined.word_ids),
        sentence_b=joined.sequence_ids.index(1) if second is not None else None,
        n_found=n_found,
        n_unknown=n_unknown,
        n_control=sum(map(_is_control, text + (pair or ""))),
        arguments=handle.sites.takes,
    )


def readable(tokenizer: Tokenizer, tokens: Sequence[str]) -> tuple[str, ...]:
    """Tokens as a reader knows them: bytes that GPT-2 writes as other letters are read back, a space is shown as ␣.

    Bytes that are only a part of a letter are shown as numbers, ⟨e4 bd⟩.
    """
    if not isinstance(tokenizer.decoder, ByteLevel):
        return tuple(tokens)
    return tuple(_from_bytes(token) for token in tokens)


def _from_bytes(token: str) -> str:
    if not all(letter in _BYTES for letter in token):
        return token  # a special token
    raw = bytes(_BYTES[letter] for letter in token)
    try:
        return raw.decode("utf-8").replace(" ", "␣")
    except UnicodeDecodeError:
        return f"⟨{raw.hex(' ')}⟩"


def _byte_letters() -> dict[str, int]:
    """The letters by which GPT-2 writes the 256 bytes: printable ones as themselves, the others from U+0100 on."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(0x100 + at): byte for at, byte in enumerate(rest)}


_BYTES = _byte_letters()


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
