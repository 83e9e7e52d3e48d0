"""Texts of the small language for the pages that run many: sentences with a label for every word, and pairs."""

from random import Random

from explorer.training.grammar import Clause, pair, sentence
from explorer.training.languages import ENGLISH, Language

# What can be asked about the words of these sentences.
WORD_TASKS = ("role", "number")


def role_texts(count: int, seed: int, language: Language = ENGLISH) -> tuple[Clause, ...]:
    """Different sentences, drawn with the seed."""
    rng = Random(seed)
    found: dict[str, Clause] = {}
    while len(found) < count:
        clause = sentence(rng, language)
        found.setdefault(clause.text, clause)
    return tuple(found.values())


def word_labels(clause: Clause, task: str) -> tuple[str | None, ...]:
    """role: what each word does. number: the subject's, judged at words that are the same in both numbers."""
    if task == "role":
        return clause.roles
    number = "plural" if clause.plural else "singular"
    return tuple(None if role in clause.language.numbered else number for role in clause.roles)


def true_pairs(count: int, seed: int, language: Language = ENGLISH) -> list[tuple[str, str]]:
    """Pairs of which the second follows the first, written as the toy model has read them."""
    rng = Random(seed)
    drawn = (pair(rng, True, language) for _ in range(count))
    return [(first.written, second.written) for first, second, _ in drawn]
