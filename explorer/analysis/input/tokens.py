"""Word pieces: where they come from in the text, the search that finds them, and the vocabulary.

Greedy longest-match-first search: Wu et al. 2016 (arXiv 1609.08144); Song et al. 2021 (arXiv 2012.15524).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from tokenizers import Tokenizer
from tokenizers.models import WordPiece

from explorer.analysis.info import Message
from explorer.errors import NotInThisModel
from explorer.models.encode import Encoded, bare, clean, readable
from explorer.models.handle import ModelHandle

# Rows that a search in the vocabulary lists.
MAX_FOUND = 200


@dataclass(frozen=True)
class Pieces:
    """Every token of a text with its ids. offsets: characters of its own text; places: what the model has room for.

    n_words: words as they were typed, of both texts: what stands between spaces, without marks around it; a Chinese
    character is a word. n_split: those that became more than one piece.
    """

    tokens: tuple[str, ...]
    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]
    segments: tuple[int, ...]
    special: tuple[bool, ...]
    n_split: int
    places: int
    n_unknown: int = 0
    n_words: int = 0

    def table(self) -> pd.DataFrame:
        """One row for each token."""
        starts, ends = zip(*self.offsets, strict=True)
        return pd.DataFrame(
            {
                "position id": range(len(self.tokens)),
                "token": self.tokens,
                "token id": self.ids,
                "segment id": self.segments,
                "first character": starts,
                "after last character": ends,
                "special": self.special,
            }
        )

    def reading(self) -> Message:
        """How full the model is, how many words were split, how many pieces are unknown."""
        n = len(self.tokens)
        facts = {"n": n, "places": self.places, "share": n / self.places, "split": self.n_split}
        return "tokens.reading.pieces", {**facts, "words": self.n_words, "unknown": self.n_unknown}


@dataclass(frozen=True)
class Round:
    """One round of the search: from this character on, candidates from the longest to the one that was found.

    tried: candidates in the order of the search; the last one is the find, unless `found` is None.
    """

    start: int
    tried: tuple[str, ...]
    found: str | None
    id: int | None


@dataclass(frozen=True)
class Trace:
    """The search for the pieces of one word, as it came out of normalisation. too_long: it was not searched at all,
    because it has more than `longest` characters."""

    word: str
    rounds: tuple[Round, ...]
    pieces: tuple[str, ...]
    too_long: bool
    longest: int = 0

    def table(self) -> pd.DataFrame:
        """One row for each candidate that was looked up."""
        rows = [
            {"round": at, "first character": step.start, "candidate": candidate, "found": candidate == step.found}
            for at, step in enumerate(self.rounds)
            for candidate in step.tried
        ]
        return pd.DataFrame(rows, columns=["round", "first character", "candidate", "found"])

    def reading(self) -> Message:
        """The pieces and how many look-ups they took."""
        tried = sum(len(step.tried) for step in self.rounds)
        facts: dict[str, object] = {"word": self.word, "pieces": " + ".join(self.pieces), "n": tried}
        if self.too_long:
            return "tokens.reading.too_long", {"n": len(self.word), "most": self.longest}
        if self.rounds and self.rounds[-1].found is None:
            return "tokens.reading.unknown", {**facts, "rest": self.word[self.rounds[-1].start :]}
        return "tokens.reading.trace", facts


@dataclass(frozen=True)
class Found:
    """Entries of the vocabulary that contain what was asked for; the shortest first. total: also those not listed."""

    query: str
    entries: tuple[tuple[str, int], ...]
    total: int
    size: int

    def table(self) -> pd.DataFrame:
        """One row for each listed entry."""
        return pd.DataFrame(self.entries, columns=["entry", "token id"])

    def reading(self) -> Message:
        """How many entries there are."""
        return "tokens.reading.found", {"query": self.query, "total": self.total, "size": self.size}


@dataclass(frozen=True)
class TwoTokenizers:
    """The same text cut by the model's tokenizer and by another one."""

    own: tuple[str, ...]
    other: tuple[str, ...]
    name: str

    def table(self) -> pd.DataFrame:
        """One row for each piece of either."""
        rows = [("model", piece) for piece in self.own] + [(self.name, piece) for piece in self.other]
        return pd.DataFrame(rows, columns=["tokenizer", "piece"])

    def reading(self) -> Message:
        """How many pieces each makes."""
        return "tokens.reading.two", {"own": len(self.own), "other": len(self.other)}


def pieces_of(handle: ModelHandle, encoded: Encoded) -> Pieces:
    """All tokens of an encoded text."""
    cut = [n for text, spans in _sides(encoded) for n in _cut(text, spans)]
    return Pieces(
        encoded.tokens,
        tuple(encoded.ids[0].tolist()[: encoded.n_tokens]),
        encoded.offsets,
        tuple(encoded.segments[0].tolist()[: encoded.n_tokens]),
        encoded.special,
        sum(n > 1 for n in cut),
        handle.dims.n_ctx,
        encoded.n_unknown,
        len(cut),
    )


def _sides(encoded: Encoded) -> list[tuple[str, list[tuple[int, int]]]]:
    """Each text with the characters of its pieces."""
    b = encoded.n_tokens if encoded.sentence_b is None else encoded.sentence_b
    spans = [(at, span) for at, span in enumerate(encoded.offsets) if not encoded.special[at]]
    first = [span for at, span in spans if at < b]
    second = [span for at, span in spans if at >= b]
    return [(encoded.text, first), (encoded.pair or "", second)]


def _cut(text: str, spans: list[tuple[int, int]]) -> list[int]:
    """Of how many pieces each typed word was made; a word behind the last place that the model has is none."""
    pieces = [sum(start < last and first < end for start, end in spans) for first, last in _typed(text)]
    return [n for n in pieces if n]


def _typed(text: str) -> Iterator[tuple[int, int]]:
    """First and last character (not included) of every typed word."""
    for found in re.finditer(r"[\u2e80-\u9fff\uf900-\ufaff]|[^\s\u2e80-\u9fff\uf900-\ufaff]+", text):
        word = found.group()
        marks = [not letter.isalnum() for letter in word]
        if all(marks):
            continue
        yield found.start() + marks.index(False), found.end() - marks[::-1].index(False)


def word_at(encoded: Encoded, index: int) -> str:
    """The characters of the word that this token is a piece of; nothing for a special token."""
    word = encoded.words[index]
    if word is None:
        return ""
    b = encoded.sentence_b
    second = b is not None and index >= b
    spans = [
        span
        for at, (other, span) in enumerate(zip(encoded.words, encoded.offsets, strict=True))
        if other == word and (b is not None and at >= b) == second
    ]
    text = (encoded.pair or "") if second else encoded.text
    return text[spans[0][0] : spans[-1][1]]


def traces(tokenizer: Tokenizer, text: str) -> list[Trace]:
    """Normalise and cut into words with the tokenizer's own steps, then search each word in its own vocabulary.

    Raises:
        NotInThisModel: for a tokenizer that does not search by WordPiece's rule.
    """
    if not searches(tokenizer):
        raise NotInThisModel(model=type(tokenizer.model).__name__, reason="search")
    normal = _normal(tokenizer, clean(text))
    return [_trace(tokenizer, word) for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normal)]


def searches(tokenizer: Tokenizer) -> bool:
    """Whether words are cut by WordPiece's search, which can be followed step by step."""
    return isinstance(tokenizer.model, WordPiece)


def _normal(tokenizer: Tokenizer, text: str) -> str:
    """The text as the tokenizer's normaliser leaves it; some have none."""
    found = tokenizer.normalizer
    return text if found is None else str(found.normalize_str(text))


def _trace(tokenizer: Tokenizer, word: str) -> Trace:
    """Longest match first; a word with a stretch that nothing matches becomes [UNK] as a whole."""
    model, rounds, start = tokenizer.model, [], 0
    if len(word) > model.max_input_chars_per_word:
        return Trace(word, (), (model.unk_token,), True, model.max_input_chars_per_word)
    while start < len(word):
        prefix = model.continuing_subword_prefix if start else ""
        tried: list[str] = []
        for end in range(len(word), start, -1):
            tried.append(prefix + word[start:end])
            if (token := model.token_to_id(tried[-1])) is not None:
                rounds.append(Round(start, tuple(tried), tried[-1], token))
                start = end
                break
        else:
            rounds.append(Round(start, tuple(tried), None, None))
            return Trace(word, tuple(rounds), (model.unk_token,), False)
    return Trace(word, tuple(rounds), tuple(step.found or "" for step in rounds), False)


def found_in(tokenizer: Tokenizer, query: str) -> Found:
    """Entries of the vocabulary that contain the query, in small letters as well; a space is written ␣."""
    names, numbers = zip(*tokenizer.get_vocab().items(), strict=True)
    vocabulary = list(zip(readable(tokenizer, names), bare(tokenizer, names), numbers, strict=True))
    query = clean(query)
    wanted = {query.strip(), _normal(tokenizer, query).strip()} - {""}
    hits = [entry for entry in vocabulary if any(text in entry[0] for text in wanted)]
    hits.sort(key=lambda entry: (len(entry[1]), entry[0]))
    return Found(query.strip(), tuple((name, at) for name, _, at in hits[:MAX_FOUND]), len(hits), len(vocabulary))


def two_tokenizers(
    handle: ModelHandle, other: Tokenizer, name: str, text: str, pair: str | None = None
) -> TwoTokenizers:
    """Cut the text, and the second one if there is one, by both; without special tokens."""
    own: list[str] = []
    shown: list[str] = []
    for side in (clean(text), clean(pair or "")):
        own += handle.tokenizer.encode(side, add_special_tokens=False).tokens
        encoding = other.encode(side, add_special_tokens=False)
        # Byte-level pieces are spelled in stand-in letters; the characters that they cover are what one wants to read.
        spans = zip(encoding.tokens, encoding.offsets, strict=True)
        shown += [side[a:b] if name == "bytes" else piece for piece, (a, b) in spans]
    return TwoTokenizers(readable(handle.tokenizer, own), tuple(shown), name)
