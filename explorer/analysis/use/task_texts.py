"""The texts of three tasks, written for this project: answers in a passage, two sentences, names of people and places.

Most are drawn from templates. Held out are words that are never learnt from, templates that are never learnt from (with
words that are not either), and texts that were written one by one.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

from explorer.home import ASSETS

TASKS = ("span", "pair", "name")
LEARNT, HELD_OUT = "learnt", ("words", "templates", "written")
LABELS = ("entail", "contradict", "neutral")
KINDS = ("PER", "LOC")

# How many questions are drawn: to learn from, of held-out words, of held-out templates.
QUESTIONS = {LEARNT: 400, "words": 100, "templates": 100}
UNANSWERABLE, FACTS = 0.2, 3
# How often each template is filled.
FILLED = {"pair": {LEARNT: 3, "words": 1, "templates": 3}, "name": {LEARNT: 8, "words": 2, "templates": 5}}

_SLOT = re.compile(r"{(\w+?)(2?)}")
_MARK = re.compile(r"\[(PER|LOC) ([^\]]+)\]")
# What a slot of a name is called, and what its word is a name of.
_NAMES = {"person": "PER", "first": "PER", "surname": "PER", "city": "LOC", "country": "LOC"}


@dataclass(frozen=True)
class Example:
    """One text or pair with its truth.

    side: `LEARNT` or one of `HELD_OUT`. label: of a pair. answer: characters of the second text; None where it has no
    answer, or where none is asked for. names: characters of the first text, and what they name.
    """

    side: str
    first: str
    second: str | None = None
    label: str = ""
    answer: tuple[int, int] | None = None
    names: tuple[tuple[int, int, str], ...] = ()

    @property
    def texts(self) -> str | tuple[str, str]:
        """As `batches` takes them."""
        return self.first if self.second is None else (self.first, self.second)


@cache
def examples(task: str, seed: int = 0) -> tuple[Example, ...]:
    """All texts of a task, those to learn from first, none twice. seed: of what is drawn from the templates.

    Raises:
        KeyError: when there is no such task.
    """
    drawn = {"span": _questions, "pair": _pairs, "name": _named}[task]
    found: dict[object, Example] = {}
    for example in drawn(Random(f"{task} {seed}")):
        found.setdefault(example.texts, example)
    return tuple(found.values())


def _lines(name: str) -> tuple[list[str], list[str]]:
    """The lines of a file, before and after the one that says what is held out."""
    learnt, _, held = (ASSETS / "examples" / name).read_text(encoding="utf-8").partition("# held out\n")
    kept = [[line for line in part.splitlines() if line.strip() and line[0] != "#"] for part in (learnt, held)]
    return kept[0], kept[1]


@cache
def words() -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """What may stand in each slot: to learn from, and held out."""
    found = {}
    for line in _lines("task_words.txt")[0]:
        slot, _, listed = line.partition(": ")
        learnt, _, held = listed.partition(" | ")
        found[slot] = tuple(learnt.split(", ")), tuple(held.split(", "))
    return found


def _fill(template: str, rng: Random, held: bool, used: set[str]) -> dict[str, str]:
    """A word for every slot, none twice and none of `used`, to which they are added."""
    found: dict[str, str] = {}
    for slot, second in dict.fromkeys(_SLOT.findall(template)):
        free = [word for word in words()[slot][held] if word not in used]
        found[slot + second] = rng.choice(free)
        used.add(found[slot + second])
    return found


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _parts() -> tuple[tuple[str, bool, bool], ...]:
    """Of each drawn side: its name, whether its templates and whether its words are held out."""
    return (LEARNT, False, False), ("words", False, True), ("templates", True, True)


def _questions(rng: Random) -> Iterator[Example]:
    sides = [[_fact(line) for line in part] for part in _lines("span_facts.txt")]
    for side, new_template, new_word in _parts():
        for _ in range(QUESTIONS[side]):
            yield _question(rng, side, sides[new_template], new_word)
    passage = ""
    for line in _lines("span_written.txt")[0]:
        if not line.startswith("? "):
            passage = line
            continue
        question, _, answer = (part.strip() for part in line[2:].partition(" ="))
        yield Example("written", question, passage, answer=_place(passage, answer) if answer else None)


def _fact(line: str) -> tuple[str, list[tuple[str, str]]]:
    sentence, *asked = line.split(" | ")
    return sentence, [(question, answer) for question, _, answer in (one.partition(" = ") for one in asked)]


def _question(rng: Random, side: str, facts: list[tuple[str, list[tuple[str, str]]]], held: bool) -> Example:
    """A passage of a few facts with a question about one; at times one that it does not answer: of another fact, or
    about another person of the passage."""
    *chosen, other = rng.sample(facts, FACTS + 1)
    used: set[str] = set()
    fills = [_fill(sentence, rng, held, used) for sentence, _ in chosen]
    sentences = [_capital(sentence.format(**fill)) for (sentence, _), fill in zip(chosen, fills, strict=True)]
    passage, at = " ".join(sentences), rng.randrange(FACTS)
    question, answer = rng.choice(chosen[at][1])
    if rng.random() < UNANSWERABLE:
        people = [fill["person"] for fill in fills if "person" in fill and fill is not fills[at]]
        if "{person}" in question and people:
            return Example(side, question.format(**{**fills[at], "person": rng.choice(people)}), passage)
        question = rng.choice(other[1])[0]
        return Example(side, question.format(**_fill(question, rng, held, set())), passage)
    before = len(" ".join([*sentences[:at], ""]))
    start, end = _place(sentences[at], answer.format(**fills[at]))
    return Example(side, question.format(**fills[at]), passage, answer=(before + start, before + end))


def _place(passage: str, answer: str) -> tuple[int, int]:
    start = passage.lower().index(answer.lower())
    return start, start + len(answer)


def _pairs(rng: Random) -> Iterator[Example]:
    sides = [[_claims(line) for line in part] for part in _lines("pair_facts.txt")]
    for side, new_template, new_word in _parts():
        for premise, claims in sides[new_template]:
            for _ in range(FILLED["pair"][side]):
                for label, ways in zip(LABELS, claims, strict=True):
                    way = rng.choice(ways)
                    fill = _fill(premise + way, rng, new_word, set())
                    yield Example(side, _capital(premise.format(**fill)), _capital(way.format(**fill)), label)
    for line in _lines("pair_written.txt")[0]:
        premise, claims = _claims(line)
        yield from (Example("written", premise, ways[0], name) for name, ways in zip(LABELS, claims, strict=True))


def _claims(line: str) -> tuple[str, list[list[str]]]:
    premise, *claims = line.split(" | ")
    return premise, [claim.split(" / ") for claim in claims]


def _named(rng: Random) -> Iterator[Example]:
    sides = _lines("name_facts.txt")
    for side, new_template, new_word in _parts():
        for line in sides[new_template]:
            for _ in range(FILLED["name"][side]):
                fill = _fill(line, rng, new_word, set())
                marked = {slot: f"[{_NAMES[slot.rstrip('2')]} {word}]" for slot, word in fill.items()}
                yield _unmarked(side, line.format(**marked))
    yield from (_unmarked("written", line) for line in _lines("name_written.txt")[0])


def _unmarked(side: str, line: str) -> Example:
    text, names, last = "", [], 0
    for mark in _MARK.finditer(line):
        text += line[last : mark.start()]
        names.append((len(text), len(text) + len(mark[2]), mark[1]))
        text, last = text + mark[2], mark.end()
    return Example(side, text + line[last:], names=tuple(names))
