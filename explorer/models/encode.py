"""From text to the numbers that a model takes: word pieces, ids, segments, mask, offsets."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import torch
from jaxtyping import Int
from tokenizers import Encoding, Tokenizer
from torch import Tensor

from explorer.errors import EmptyText, TextTooLong
from explorer.models.handle import ModelHandle, Role
from explorer.models.sites import TAKES
from explorer.models.strangers.tokenizer_bounds import sentences

# A page of text is about 3,000 characters; 512 word pieces are at most a few thousand. The bound keeps one visitor
# from tokenising megabytes while thirty others wait.
MAX_CHARACTERS = 20_000

# Of what a tokenizer's normalizer makes of them. BERT's puts a space on both sides of each Chinese character.
MAX_NORMALIZED = 4 * MAX_CHARACTERS

# A character of Chinese: between two of them no space is written.
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True, eq=False)
class Encoded:
    """A text, or a pair of texts, as a batch of one (B = 1).

    tokens, offsets, special, words: one entry a token, without padding; offsets are characters of the text that the
        token belongs to, words count from 0 in each text and are None for special tokens.
    sentence_b: position of the first word piece of the second text.
    bare: the tokens without the marks by which a vocabulary says that a word begins or goes on (##, a space).
    roles: what a token that is no word is for; None for words. Typed ones have one too.
    n_found: word pieces of the whole text with special tokens, also those that did not fit the model.
    n_unknown, n_control: pieces outside the vocabulary; control characters, which the tokenizer drops.
    arguments: of the model's forward pass, those that it takes.
    source: for a decoder with an encoder below it, the encoder's text; start: for that encoder alone, the token with
        which its decoder begins, which reads nothing else.
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
    bare: tuple[str, ...] = ()
    roles: tuple[Role | None, ...] = ()
    arguments: tuple[str, ...] = TAKES
    source: "Encoded | None" = None
    start: int | None = None

    @property
    def n_tokens(self) -> int:
        """Tokens that are not padding."""
        return len(self.tokens)

    @property
    def cls(self) -> int | None:
        """Place of the token that the tokenizer adds for the text as a whole: BERT's first, XLNet's last."""
        places = zip(self.roles, self.special, strict=True)
        return next((at for at, (role, special) in enumerate(places) if role == "cls" and special), None)

    @property
    def typed_masks(self) -> list[int]:
        """Places where the mask token stands in the text itself."""
        places = zip(self.roles, self.special, strict=True)
        return [at for at, (role, special) in enumerate(places) if role == "mask" and not special]

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
        TextTooLong: when there are more than `MAX_CHARACTERS`, or more than `MAX_NORMALIZED` for the vocabulary.
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
    if handle.stack == "encoder":  # without a start the library gives the decoder this text, moved one place right
        return source if handle.restores else replace(source, start=start)
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
        bare=(name, *target.bare[:n]),
        roles=(None, *target.roles[:n]),
        n_found=target.n_found,
        source=source,
    )


def _encode(handle: ModelHandle, text: str, pair: str | None, pad_to: int | None) -> Encoded:
    tokenizer = handle.tokenizer
    with sentences():
        first = cut(tokenizer, clean(text))
        second = cut(tokenizer, clean(pair)) if pair else None
    if second is not None and not second.ids:
        second = None
    if not first.ids:
        raise EmptyText()
    n_special = tokenizer.num_special_tokens_to_add(second is not None)
    n_found = len(first.ids) + len(second.ids if second else ()) + n_special
    # By number: SentencePiece shows the letters themselves where it has no piece for them.
    n_unknown = sum(handle.roles.get(i) == "unknown" for e in (first, second) if e is not None for i in e.ids)
    _cut(first, second, handle.dims.n_ctx - n_special)
    joined = tokenizer.post_process(first, second)
    padding = max(0, (pad_to or 0) - len(joined.ids))
    raw = [_spelled(handle, number, token) for number, token in zip(joined.ids, joined.tokens, strict=True)]
    kinds = joined.type_ids if handle.dims.n_segments > 1 else [0] * len(joined.ids)
    return Encoded(
        text=text,
        pair=pair if second is not None else None,
        ids=_row([i % handle.dims.n_vocab for i in joined.ids], padding, handle),
        segments=_row([min(kind, max(0, handle.dims.n_segments - 1)) for kind in kinds], padding, handle),
        mask=_row(joined.attention_mask, padding, handle),
        tokens=readable(tokenizer, raw),
        offsets=tuple(joined.offsets),
        special=tuple(bool(s) for s in joined.special_tokens_mask),
        words=_words(handle, joined, raw),
        sentence_b=joined.sequence_ids.index(1) if second is not None else None,
        n_found=n_found,
        n_unknown=n_unknown,
        n_control=sum(map(_is_control, text + (pair or ""))),
        bare=bare(tokenizer, raw),
        roles=tuple(handle.roles.get(i) for i in joined.ids),
        arguments=handle.sites.takes,
    )


def cut(tokenizer: Tokenizer, text: str) -> Encoding:
    """The pieces of a text, without special tokens.

    Raises:
        TextTooLong: when the tokenizer itself makes more than `MAX_NORMALIZED` characters of it.
    """
    if tokenizer.normalizer is not None:
        found = len(tokenizer.normalizer.normalize_str(text))
        if found > MAX_NORMALIZED:
            raise TextTooLong(found=found, allowed=MAX_NORMALIZED)
    return tokenizer.encode(text, add_special_tokens=False)


def _spelled(handle: ModelHandle, number: int, token: str) -> str:
    """An added token without the spaces with which it was found; an unknown one in the text's own letters."""
    return token if handle.roles.get(number) == "unknown" else handle.added.get(number, token)


def readable(tokenizer: Tokenizer, tokens: Sequence[str]) -> tuple[str, ...]:
    """Tokens as a reader knows them: bytes that GPT-2 writes as other letters are read back, a space is shown as ␣.

    Bytes that are only a part of a letter are shown as numbers, ⟨e4 bd⟩.
    """
    spelling = _spelling(tokenizer)
    if spelling == "bytes":
        return tuple(_from_bytes(token) for token in tokens)
    if spelling == "spaces":
        return tuple(_from_spaces(token) for token in tokens)
    return tuple(tokens)


def bare(tokenizer: Tokenizer, tokens: Sequence[str]) -> tuple[str, ...]:
    """The same without the marks of a vocabulary: of "##ing" and "␣the" the letters; a mark alone stays."""
    prefix = getattr(tokenizer.model, "continuing_subword_prefix", None) or ""
    space = "␣" if _spelling(tokenizer) else ""
    return tuple(name.removeprefix(prefix).lstrip(space or None) or name for name in readable(tokenizer, tokens))


def written(tokenizer: Tokenizer, name: str) -> str:
    """A readable name as the vocabulary writes it: the way back from `readable`."""
    spelling = _spelling(tokenizer)
    if spelling == "bytes":
        return "".join(_LETTERS[byte] for byte in name.replace("␣", " ").encode())
    return name.replace("␣", "▁") if spelling else name


def named(handle: ModelHandle, ids: Sequence[int]) -> tuple[str, ...]:
    """Rows of the word table by name; "#7" where the table has more rows than the tokenizer has tokens."""
    names = [handle.tokenizer.id_to_token(number) for number in ids]
    known = iter(readable(handle.tokenizer, [name for name in names if name]))
    return tuple(next(known) if name else f"#{number}" for name, number in zip(names, ids, strict=True))


def _spelling(tokenizer: Tokenizer) -> Literal["bytes", "spaces", ""]:
    """How a vocabulary writes spaces: as GPT-2 writes bytes, as SentencePiece writes ▁, or not at all."""
    for name in ("decoder", "pre_tokenizer", "normalizer"):
        part = getattr(tokenizer, name)
        written = "" if part is None else part.__getstate__().decode("utf-8")
        if '"ByteLevel"' in written:
            return "bytes"
        if "▁" in written:
            return "spaces"
    return ""


# A byte that SentencePiece has no piece for.
_BYTE = re.compile(r"<0x([0-9A-F]{2})>")


def _words(handle: ModelHandle, joined: Encoding, raw: Sequence[str]) -> tuple[int | None, ...]:
    """The number of each token's word in its own text; SentencePiece says it by its mark, not by a cut beforehand."""
    if _spelling(handle.tokenizer) != "spaces":
        return tuple(joined.word_ids)
    found: list[int | None] = []
    text, word, alone = None, -1, False
    for at, (token, side) in enumerate(zip(raw, joined.sequence_ids, strict=True)):
        if side is None or joined.special_tokens_mask[at]:
            found.append(None)
            continue
        added = joined.ids[at] in handle.added and handle.roles.get(joined.ids[at]) != "unknown"
        word = 0 if side != text else word + (token.startswith("▁") or added or alone)
        text, alone = side, added
        found.append(word)
    return tuple(found)


def _from_bytes(token: str) -> str:
    if not all(letter in _BYTES for letter in token):
        return token  # a special token
    raw = bytes(_BYTES[letter] for letter in token)
    try:
        return raw.decode("utf-8").replace(" ", "␣")
    except UnicodeDecodeError:
        return f"⟨{raw.hex(' ')}⟩"


def _from_spaces(token: str) -> str:
    byte = _BYTE.fullmatch(token)
    return f"⟨{byte[1].lower()}⟩" if byte else token.replace("▁", "␣")


def _byte_letters() -> dict[str, int]:
    """The letters by which GPT-2 writes the 256 bytes: printable ones as themselves, the others from U+0100 on."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in plain]
    return {chr(byte): byte for byte in plain} | {chr(0x100 + at): byte for at, byte in enumerate(rest)}


_BYTES = _byte_letters()
_LETTERS = {byte: letter for letter, byte in _BYTES.items()}


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
