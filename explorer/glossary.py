"""What the terms mean that the app uses: one file for each language, and where they stand in a text."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from explorer.home import ASSETS


@dataclass(frozen=True)
class Term:
    """words: its spellings in texts of this language. name: its headword, the first of them or what the file says.

    page: the name of one that shows it.
    """

    key: str
    words: tuple[str, ...]
    page: str
    says: str
    name: str


@cache
def glossary(language: str) -> dict[str, Term]:
    """All terms, by a key that is the same in every language; in the order of learning."""
    entries = ((key, one) for key, one in _file(language).items() if key != "plain")
    return {
        key: Term(key, tuple(one["words"]), one["page"], one["says"], one.get("name", one["words"][0]))
        for key, one in entries
    }


def _file(language: str) -> dict[str, Any]:
    return tomllib.loads((ASSETS / "glossary" / f"{language}.toml").read_text(encoding="utf-8"))


@cache
def _pattern(language: str) -> tuple[re.Pattern[str], dict[str, Term | None]]:
    """Any of the spellings, the longest first: Chinese has no word borders. Latin letters end at their own.

    Those that mean something else ("plain") are found too, for None.
    """
    terms: dict[str, Term | None] = {word.lower(): None for word in _file(language)["plain"]}
    terms |= {word.lower(): term for term in glossary(language).values() for word in term.words}
    words = sorted(terms, key=len, reverse=True)
    latin = r"[A-Za-z0-9_]"
    borders = [
        (f"(?<!{latin})" if re.match(latin, word) else "")
        + re.escape(word)
        + (f"(?!{latin})" if re.search(f"{latin}$", word) else "")
        for word in words
    ]
    return re.compile("|".join(borders), re.IGNORECASE), terms


def terms_in(text: str, language: str) -> list[tuple[int, int, Term]]:
    """Where terms stand for the first time: begin, end, term. Not within quotes: those are a visitor's words."""
    pattern, terms = _pattern(language)
    quoted = [found.span() for found in re.finditer("“[^”]*”?", text)]
    seen, places = set[str](), []
    for found in pattern.finditer(text):
        term = terms[found[0].lower()]
        if term is None or term.key in seen or any(low <= found.start() < high for low, high in quoted):
            continue
        seen.add(term.key)
        places.append((found.start(), found.end(), term))
    return places


def marked(text: str, language: str, mark: Callable[[str, Term], str], plain: Callable[[str], str] = str) -> str:
    """The text with `mark(word, term)` in place of each term, and `plain(…)` of what stands between them."""
    parts, end = [], 0
    for low, high, term in terms_in(text, language):
        parts += [plain(text[end:low]), mark(text[low:high], term)]
        end = high
    return "".join([*parts, plain(text[end:])])
