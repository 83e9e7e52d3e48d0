"""Tokenizers that nobody has vouched for: bounded, so that no text of a visitor becomes endless work.

A tokenizer.json is a small program. A replacement that doubles a letter, forty times in a row, fits in a few lines and
fills any memory; a pattern such as `(a+)+$` makes matching exponential. And it is a large file, which the library reads
while every other thread waits: a vocabulary of two million entries stops the server for a minute.
"""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tokenizers import Tokenizer

from explorer.errors import ExplorerError, TokenizerRefused, TokenOutside
from explorer.models.configs import short_reason
from explorer.models.strangers.tokenizer_time import check_time, nested

# What may split text besides the built-in splitters: the patterns of GPT-2, GPT-4 and their kin, word for word. Any
# other could be one on which matching takes exponential time.
_GPT4 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|",
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
)
PATTERNS = {
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    _GPT4[0] + r"\p{N}{1,3}" + _GPT4[1],
    _GPT4[0] + r"\p{N}" + _GPT4[1],
    " {2,}",
    r"\s+",
    r"[\r\n]",
    r"\p{N}",
    r"\p{N}{1,3}",
    "[0-9]",
    r"\d",
    r"\n",
    r"[\n\r\t]",
    r"\s{2,}|[\n\r\t]",
    "^▁+$",
}
MAX_GROWTH = 64
MAX_TOKEN_CHARACTERS = 2_000
MAX_PIECE_CHARACTERS = 256  # of a Unigram model, which looks for pieces of each length at each place
MAX_WORD_CHARACTERS = 200  # the search in a word takes the square of this; BERT's is 100
MAX_AFFIX_CHARACTERS = 16
MAX_SPECIAL = 8
MAX_ADDED = 10_000
MAX_SPARE = 1_000  # entries beyond the table that are looked at one by one, to name the first
MAX_MERGES = 4  # for each entry of the vocabulary
PROBE = "The cat sat, déjà 42! 猫 🐈"
# Cuts a text every so many characters, and panics at 0; no published tokenizer does.
REFUSED = ("FixedLength",)


def check_source(text: str, n_vocab: int) -> None:
    """Refuse the text of a tokenizer.json before the library reads it, for what it would need to be read or to run.

    Raises:
        TokenizerRefused.
    """
    try:
        state = json.loads(text)
        model = state["model"]
        found = {"vocab": len(model["vocab"]), "merges": len(model.get("merges") or ())}
        found["added_tokens"] = len(state.get("added_tokens") or ())
        _check_rows(_numbers(state, n_vocab), n_vocab)
        longest = max(len(model.get(n) or "") for n in ("continuing_subword_prefix", "end_of_word_suffix"))
        _check_steps(state)
        _check_templates(state)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise TokenizerRefused(reason=short_reason(error)) from error
    allowed = {"vocab": n_vocab, "merges": MAX_MERGES * n_vocab, "added_tokens": min(n_vocab, MAX_ADDED)}
    for name, count in found.items():
        if count > allowed[name]:
            raise TokenizerRefused(reason=f"{name}: {count:,} > {allowed[name]:,}")
    if longest > MAX_AFFIX_CHARACTERS:
        raise TokenizerRefused(reason=f"{longest:,} > {MAX_AFFIX_CHARACTERS}")


def _numbers(state: dict[str, Any], n_vocab: int) -> dict[Any, Any]:
    """Token → number; of a vocabulary that is far too large only what was added to it."""
    entries, added = state["model"]["vocab"], {t["content"]: t["id"] for t in state.get("added_tokens") or ()}
    if len(entries) > n_vocab + MAX_SPARE:
        return added
    pairs = entries.items() if isinstance(entries, dict) else ((entry[0], at) for at, entry in enumerate(entries))
    return {**dict(pairs), **added}


def _check_rows(numbers: Mapping[Any, Any], n_vocab: int) -> None:
    """Refuse a token for which the word table has no row, by name: somebody added it and did not lengthen the table."""
    outside = [(n, str(token)) for token, n in numbers.items() if isinstance(n, int) and n >= n_vocab]
    if outside:
        number, token = min(outside)
        raise TokenOutside(found=token[:40], number=number, rows=n_vocab)


def check_tokenizer(tokenizer: Tokenizer, n_vocab: int) -> None:
    """Refuse a tokenizer that does not fit the model, or with which a short text becomes endless work.

    Raises:
        TokenizerRefused.
    """
    state = json.loads(tokenizer.to_str())
    _check_steps(state)
    vocabulary = tokenizer.get_vocab(with_added_tokens=True)
    longest, highest = max(map(len, vocabulary), default=0), max(vocabulary.values(), default=-1)
    special = max(tokenizer.num_special_tokens_to_add(pair) for pair in (False, True))
    word = (state.get("model") or {}).get("max_input_chars_per_word") or 0
    unigram = (state.get("model") or {}).get("type") == "Unigram"
    most = MAX_PIECE_CHARACTERS if unigram else MAX_TOKEN_CHARACTERS
    _check_rows(vocabulary, n_vocab)
    for reason, refused in (
        ("0", highest < 0),
        (f"max_input_chars_per_word = {word:,}", word > MAX_WORD_CHARACTERS),
        (f"{longest:,} > {most:,}", longest > most),
        (f"{special} > {MAX_SPECIAL}", special > MAX_SPECIAL),
    ):
        if refused:
            raise TokenizerRefused(reason=reason)
    _check_probe(tokenizer, n_vocab)
    check_time(tokenizer.to_str())


def _check_probe(tokenizer: Tokenizer, n_vocab: int) -> None:
    """A text in several scripts, alone and as a pair: not refused, not lost, and no id outside of the word table.

    A vocabulary without the token for what it does not hold is otherwise noticed at the first word that it lacks.
    """
    with sentences():
        if not tokenizer.encode(PROBE, add_special_tokens=False).ids:
            raise TokenizerRefused(reason=f"{PROBE} → 0")
        for pair in (None, PROBE):
            highest = max(tokenizer.encode(PROBE, pair).ids, default=-1)
            if highest >= n_vocab:
                raise TokenizerRefused(reason=f"id {highest:,} ≥ {n_vocab:,}")


@contextmanager
def sentences() -> Iterator[None]:
    """What the library raises in this block, also a panic of its Rust code, which Python does not count as an error.

    Raises:
        TokenizerRefused.
    """
    try:
        yield
    except ExplorerError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise TokenizerRefused(reason=short_reason(error)) from error
        raise


def _check_templates(state: dict[str, Any]) -> None:
    """Where special tokens are put: around each text once. Fifty times the first text is work without end."""
    for step in nested(state.get("post_processor")):
        for name, allowed in (("single", (["A"],)), ("pair", ([], ["A", "B"]))):
            items = step.get(name)
            if isinstance(items, list):
                texts = sorted(str(item["Sequence"]["id"]) for item in items if "Sequence" in item)
                if texts not in allowed:
                    raise TokenizerRefused(reason=f"{name}: {', '.join(texts)[:40]}")


def _check_steps(state: dict[str, Any]) -> None:
    """Replacements that make a text longer and longer, and patterns on which matching may take for ever."""
    growth = 1
    for steps, step in enumerate(nested([state.get("normalizer"), state.get("pre_tokenizer")])):
        pattern = step.get("pattern")
        if isinstance(pattern, dict) and "Regex" in pattern and pattern["Regex"] not in PATTERNS:
            raise TokenizerRefused(reason=str(pattern["Regex"])[:80])
        if step.get("type") in REFUSED:
            raise TokenizerRefused(reason=str(step["type"]))
        if "precompiled_charsmap" in step:
            growth *= _check_map(step["precompiled_charsmap"])
        if step.get("type") == "ByteLevel":
            growth *= 4  # each byte of a letter becomes a letter, of two bytes for the next of its kind
        growth *= max(1, len(str(step.get("content") or ""))) * (1 + len(str(step.get("prepend") or "")))
        if growth > MAX_GROWTH or steps > MAX_GROWTH:
            raise TokenizerRefused(reason=f"{step.get('type')} × {max(growth, steps):,}")


def _check_map(found: Any) -> int:
    """SentencePiece's map of characters: 4 bytes, the length of an index; the index; then what a character becomes.

    Returns the length of the longest; that in use is ﷺ (U+FDFA), which becomes 18 characters.
    """
    data = base64.b64decode(found, validate=True) if isinstance(found, str) else bytes(found or ())
    values = data[4 + int.from_bytes(data[:4], "little") :].split(b"\0")
    longest = max(len(value.decode("utf-8", "replace")) for value in values)
    if longest > MAX_GROWTH:
        raise TokenizerRefused(reason=f"Precompiled × {longest:,}")
    return max(1, longest)
