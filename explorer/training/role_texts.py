"""Sentences of the small language with a label for every word, for the token-level tasks."""

from random import Random

from explorer.training.grammar import NUMBERED, Clause, sentence

# What can be asked about the words of these sentences.
WORD_TASKS = ("role", "number")


def role_texts(count: int, seed: int) -> tuple[Clause, ...]:
    """Different sentences, drawn with the seed."""
    rng = Random(seed)
    found: dict[str, Clause] = {}
    while len(found) < count:
        clause = sentence(rng)
        found.setdefault(clause.text, clause)
    return tuple(found.values())


def word_labels(clause: Clause, task: str) -> tuple[str | None, ...]:
    """role: what each word does. number: the subject's, judged at words that are the same in both numbers."""
    if task == "role":
        return clause.roles
    number = "plural" if clause.plural else "singular"
    return tuple(None if role in NUMBERED else number for role in clause.roles)
