"""Tokenizers that nobody has vouched for: bounded, so that no text of a visitor becomes endless work.

A tokenizer.json is a small program. A replacement that doubles a letter, forty times in a row, fits in a few lines and
fills any memory; a pattern such as `(a+)+$` makes matching exponential.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer

from explorer.errors import TokenizerRefused

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
    " +▁",
    "^▁+$",
}
MAX_GROWTH = 64
MAX_TOKEN_CHARACTERS = 2_000
MAX_WORD_CHARACTERS = 1_000
MAX_SPECIAL = 8


def check_tokenizer(tokenizer: Tokenizer, n_vocab: int) -> None:
    """Refuse a tokenizer that does not fit the model, or with which a short text becomes endless work.

    Raises:
        TokenizerRefused.
    """
    state = json.loads(tokenizer.to_str())
    _check_steps(state)
    longest = max(map(len, tokenizer.get_vocab(with_added_tokens=True)), default=0)
    highest = max(tokenizer.get_vocab(with_added_tokens=True).values(), default=-1)
    special = max(tokenizer.num_special_tokens_to_add(pair) for pair in (False, True))
    word = (state.get("model") or {}).get("max_input_chars_per_word") or 0
    for reason, refused in (
        (f"id {highest:,} ≥ {n_vocab:,}", highest >= n_vocab),
        ("0", highest < 0),
        (f"max_input_chars_per_word = {word:,}", word > MAX_WORD_CHARACTERS),
        (f"{longest:,} > {MAX_TOKEN_CHARACTERS:,}", longest > MAX_TOKEN_CHARACTERS),
        (f"{special} > {MAX_SPECIAL}", special > MAX_SPECIAL),
    ):
        if refused:
            raise TokenizerRefused(reason=reason)


def _check_steps(state: dict[str, Any]) -> None:
    """Replacements that make a text longer and longer, and patterns on which matching may take for ever."""
    growth = 1
    for steps, step in enumerate(_nested([state.get("normalizer"), state.get("pre_tokenizer")])):
        pattern = step.get("pattern")
        if isinstance(pattern, dict) and "Regex" in pattern and pattern["Regex"] not in PATTERNS:
            raise TokenizerRefused(reason=str(pattern["Regex"])[:80])
        if "precompiled_charsmap" in step:
            _check_map(step["precompiled_charsmap"])
        growth *= max(1, len(str(step.get("content") or ""))) * (1 + len(str(step.get("prepend") or "")))
        if growth > MAX_GROWTH or steps > MAX_GROWTH:
            raise TokenizerRefused(reason=f"{step.get('type')} × {max(growth, steps):,}")


def _check_map(found: Any) -> None:
    """SentencePiece's map of characters: 4 bytes, the length of an index; the index; then what a character becomes.

    The longest in use is ﷺ (U+FDFA), which becomes 18 characters.
    """
    data = base64.b64decode(found) if isinstance(found, str) else bytes(found or ())
    values = data[4 + int.from_bytes(data[:4], "little") :].split(b"\0")
    longest = max(map(len, values))
    if longest > MAX_GROWTH:
        raise TokenizerRefused(reason=f"Precompiled × {longest:,}")


def _nested(value: Any) -> Iterable[dict[str, Any]]:
    """Every object inside nested objects and lists."""
    waiting = [value]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict):
            yield found
            waiting.extend(found.values())
        elif isinstance(found, list):
            waiting.extend(found)
