"""A small language, drawn from templates with a seed; every word comes with what it is (the truth for probes).

A sentence has two clauses. The first names an animal, perhaps beside another one, and the sound that only this animal
makes; the second says with a pronoun where it lives:

    that slow wolf beside every cat howls        it roams in its forest
    these geese often honk                       they swim near their pond

To fill a gap a reader must find the right noun (the one in between is a distraction), know its number, and know its
sound and its place. What an animal does in its place depends on its topic (wild, water, farm, home). As one sentence
the clauses are joined by "and". As a pair the second clause either follows the first, or is about another animal: most
often its number or its topic betrays it, and only rarely the place alone.

    >>> sentence(Random(1)).text
    'this brave goose honks and it dives in its pond'
    >>> first, second, follows = pair(Random(2))
    >>> first.text, second.text, follows
    ('many lions roar', 'they swim in their swamp', False)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

# singular, plural, the sound it makes (singular form of the verb, plural form), the place where it lives; four animals
# to a topic, in the order of TOPICS
ANIMALS: tuple[tuple[str, str, str, str, str], ...] = (
    ("wolf", "wolves", "howls", "howl", "forest"),
    ("lion", "lions", "roars", "roar", "cave"),
    ("snake", "snakes", "hisses", "hiss", "desert"),
    ("elephant", "elephants", "trumpets", "trumpet", "jungle"),
    ("goose", "geese", "honks", "honk", "pond"),
    ("duck", "ducks", "quacks", "quack", "lake"),
    ("frog", "frogs", "croaks", "croak", "swamp"),
    ("gull", "gulls", "screams", "scream", "beach"),
    ("horse", "horses", "neighs", "neigh", "stable"),
    ("cow", "cows", "moos", "moo", "meadow"),
    ("pig", "pigs", "grunts", "grunt", "sty"),
    ("hen", "hens", "clucks", "cluck", "coop"),
    ("dog", "dogs", "barks", "bark", "kennel"),
    ("cat", "cats", "purrs", "purr", "basket"),
    ("mouse", "mice", "squeaks", "squeak", "cellar"),
    ("parrot", "parrots", "chatters", "chatter", "cage"),
)
# What the animals of each topic do where they live.
TOPICS, OF_TOPIC = ("wild", "water", "farm", "home"), 4
ACTS = (
    (("roams", "roam"), ("wanders", "wander"), ("rests", "rest")),
    (("swims", "swim"), ("dives", "dive"), ("floats", "float")),
    (("feeds", "feed"), ("stands", "stand"), ("waits", "wait")),
    (("sleeps", "sleep"), ("plays", "play"), ("hides", "hide")),
)
DETERMINERS = (("this", "that", "every", "each", "one", "the"), ("these", "those", "many", "few", "some", "the"))
ADJECTIVES = (
    "slow", "old", "young", "small", "big", "quiet", "hungry", "tired",
    "clever", "lazy", "brown", "grey", "fast", "happy", "sad", "brave",
)  # fmt: skip
PREPOSITIONS = ("near", "behind", "beside", "with", "under", "above")
ADVERBS = ("often", "always", "loudly", "now")
PRONOUNS, POSSESSIVES = ("it", "they"), ("its", "their")
WHERE = ("in", "near")

# How often a clause has an adjective, an animal in between (it is of random kind and number), an adverb.
ADJECTIVE, ATTRACTOR, ADVERB = 0.5, 0.7, 0.2

# What a word does in its clause. Those of NUMBERED change with the subject's number.
ROLES = (
    "determiner", "adjective", "subject", "preposition", "attractor_determiner", "attractor", "adverb", "verb",
    "and", "pronoun", "act", "where", "possessive", "place",
)  # fmt: skip
NUMBERED = ("determiner", "subject", "verb", "pronoun", "act", "possessive")


@dataclass(frozen=True)
class Clause:
    """Words with their roles, and the truth about them.

    subject: number of the animal in `ANIMALS`; attractor: of the animal in between, if there is one.
    """

    words: tuple[str, ...]
    roles: tuple[str, ...]
    subject: int
    plural: bool
    attractor: int | None = None
    attractor_plural: bool | None = None

    @property
    def topic(self) -> int:
        """Number of the subject's topic in `TOPICS`."""
        return self.subject // OF_TOPIC

    @property
    def text(self) -> str:
        """The words with spaces between them."""
        return " ".join(self.words)

    def at(self, role: str) -> int:
        """Position of the word with this role, which must be there."""
        return self.roles.index(role)


def sentence(rng: Random) -> Clause:
    """Both clauses of one animal, joined by "and"."""
    opening = first_clause(rng)
    closing = second_clause(rng, opening.subject, opening.plural)
    words = (*opening.words, "and", *closing.words)
    roles = (*opening.roles, "and", *closing.roles)
    return Clause(words, roles, opening.subject, opening.plural, opening.attractor, opening.attractor_plural)


def pair(rng: Random, follows: bool | None = None) -> tuple[Clause, Clause, bool]:
    """Two clauses and whether the second follows the first; by default that is drawn, one half each.

    A second clause that does not follow is of another animal, of any number: it would fit by its number half the time.
    """
    true_next = rng.random() < 0.5 if follows is None else follows
    opening = first_clause(rng)
    if true_next:
        return opening, second_clause(rng, opening.subject, opening.plural), True
    other = (opening.subject + rng.randrange(1, len(ANIMALS))) % len(ANIMALS)
    return opening, second_clause(rng, other, rng.random() < 0.5), False


def first_clause(rng: Random) -> Clause:
    """An animal, perhaps one beside it, and the sound it makes."""
    subject, plural = rng.randrange(len(ANIMALS)), rng.random() < 0.5
    marked = _noun_phrase(rng, subject, plural, ("determiner", "adjective", "subject"))
    attractor = attractor_plural = None
    if rng.random() < ATTRACTOR:
        attractor, attractor_plural = rng.randrange(len(ANIMALS)), rng.random() < 0.5
        marked.append((rng.choice(PREPOSITIONS), "preposition"))
        marked += _noun_phrase(rng, attractor, attractor_plural, ("attractor_determiner", "adjective", "attractor"))
    if rng.random() < ADVERB:
        marked.append((rng.choice(ADVERBS), "adverb"))
    marked.append((ANIMALS[subject][2 + plural], "verb"))
    words, roles = zip(*marked, strict=True)
    return Clause(words, roles, subject, plural, attractor, attractor_plural)


def second_clause(rng: Random, subject: int, plural: bool) -> Clause:
    """What this animal does in the place where it lives."""
    act = rng.choice(ACTS[subject // OF_TOPIC])[plural]
    words = (PRONOUNS[plural], act, rng.choice(WHERE), POSSESSIVES[plural], ANIMALS[subject][4])
    return Clause(words, ("pronoun", "act", "where", "possessive", "place"), subject, plural)


def vocabulary() -> tuple[str, ...]:
    """Every word of the language, each once, in the order of the tables above."""
    tables: tuple[Sequence[Sequence[str]], ...] = (ANIMALS, DETERMINERS, *ACTS)
    nested = [word for table in tables for row in table for word in row]
    flat = (*ADJECTIVES, *PREPOSITIONS, *ADVERBS, *PRONOUNS, *POSSESSIVES, *WHERE, "and")
    return tuple(dict.fromkeys([*nested, *flat]))


def _noun_phrase(rng: Random, animal: int, plural: bool, roles: tuple[str, str, str]) -> list[tuple[str, str]]:
    """Determiner, perhaps an adjective, and the noun, each with its role."""
    phrase = [(rng.choice(DETERMINERS[plural]), roles[0])]
    if rng.random() < ADJECTIVE:
        phrase.append((rng.choice(ADJECTIVES), roles[1]))
    return [*phrase, (ANIMALS[animal][plural], roles[2])]
