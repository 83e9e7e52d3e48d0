"""What a token is, read from the text itself: the labels of a token-level task. None where a token is not judged."""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from random import Random

from explorer.models.encode import CHINESE, Encoded

Labels = tuple[str | None, ...]


def spelled(encoded: Encoded) -> tuple[str, ...]:
    """The characters of the visitor's text that each token stands for; empty at special tokens."""
    b = len(encoded.tokens) if encoded.sentence_b is None else encoded.sentence_b
    texts = (encoded.text, encoded.pair or "")
    return tuple(
        "" if special else texts[at >= b][first:last].strip()  # some tokenizers count the space before a word to it
        for at, (special, (first, last)) in enumerate(zip(encoded.special, encoded.offsets, strict=True))
    )


def _is_mark(piece: str) -> bool:
    return bool(piece) and all(unicodedata.category(character).startswith("P") for character in piece)


def punctuation(encoded: Encoded) -> Labels:
    """Punctuation mark or word."""
    return tuple(None if not piece else "mark" if _is_mark(piece) else "word" for piece in spelled(encoded))


def before_mark(encoded: Encoded) -> Labels:
    """Whether a punctuation mark follows; judged at words that are not the last token of their text."""
    pieces = spelled(encoded)
    found: list[str | None] = []
    for piece, following in zip(pieces, (*pieces[1:], ""), strict=True):
        judged = piece and following and not _is_mark(piece)
        found.append(("mark" if _is_mark(following) else "word") if judged else None)
    return tuple(found)


def capital(encoded: Encoded) -> Labels:
    """Whether the word begins with a capital letter; judged at the first piece of a word of letters."""
    found: list[str | None] = []
    for piece, first in zip(spelled(encoded), first_pieces(encoded), strict=True):
        judged = first and piece[:1].isalpha()
        found.append(("capital" if piece[0].isupper() else "small") if judged else None)
    return tuple(found)


def sentence(encoded: Encoded) -> Labels:
    """First or second text."""
    b = len(encoded.tokens) if encoded.sentence_b is None else encoded.sentence_b
    return tuple(None if special else "B" if at >= b else "A" for at, special in enumerate(encoded.special))


def piece(encoded: Encoded) -> Labels:
    """Whether the token begins a word or continues one; judged at words."""
    marks = punctuation(encoded)
    firsts = first_pieces(encoded)
    return tuple(
        None if mark != "word" else "begins" if first else "continues"
        for mark, first in zip(marks, firsts, strict=True)
    )


def first_pieces(encoded: Encoded) -> tuple[bool, ...]:
    """True at the first token of every word."""
    words = [None if special else word for word, special in zip(encoded.words, encoded.special, strict=True)]
    return tuple(word is not None and (at == 0 or words[at - 1] != word) for at, word in enumerate(words))


def is_foreign(texts: Sequence[Encoded]) -> bool:
    """Whether a vocabulary was not made for these texts: half of their pieces are continuations or unknown.

    Chinese has no spaces, so a piece of whole characters is no continuation there; a part of a character is.
    """
    judged = unfit = 0
    for encoded in texts:
        b = len(encoded.tokens) if encoded.sentence_b is None else encoded.sentence_b
        spans = [(at >= b, *span) for at, span in enumerate(encoded.offsets)]
        times = Counter(span for span, special in zip(spans, encoded.special, strict=True) if not special)
        pieces = zip(encoded.roles, first_pieces(encoded), spelled(encoded), spans, encoded.special, strict=True)
        for role, first, piece, span, special in pieces:
            begins = times[span] == 1 if CHINESE.search(piece) else first
            judged += not special
            unfit += not special and (role == "unknown" or not begins)
    return unfit > 0.5 * judged


def by_lot(text: str, seed: int) -> str:
    """The same text with every word's first letter made large or small by lot."""
    rng = Random(f"{seed} {text.lower()}")
    words = [
        word[:1].upper() + word[1:] if rng.random() < 0.5 else word[:1].lower() + word[1:] for word in text.split()
    ]
    return " ".join(words)


def of_words(encoded: Encoded, words: Labels) -> Labels:
    """One label for each word of a text without punctuation, given to all its pieces."""
    return tuple(None if word is None else words[word] for word in encoded.words)


FROM_TEXT = {
    "before": before_mark,
    "capital": capital,
    "lot": capital,
    "piece": piece,
    "punctuation": punctuation,
    "sentence": sentence,
}
