"""Two small languages, drawn from templates with a seed; every word comes with what it is (the truth for probes).

A sentence has two clauses. The first names something, perhaps beside something else, and what only this one does; the
second says with a pronoun where it is found:

    that slow wolf beside every cat howls        it roams in its forest
    these geese often honk                       they swim near their pond
    一条在那本书旁边的小鱼跳着                     它在河里游着

To fill a gap a reader must find the right noun (the one in between is a distraction), know its number, and know what it
does and its place. In English the verb agrees with the subject's number, in Chinese the measure word with the noun.
What it does in its place depends on its topic (wild, water, farm, home or things). As one sentence the clauses are
joined by a word. As a pair the second clause either follows the first, or is about another noun: most often its number
or its topic betrays it, and only rarely the place alone.

    >>> sentence(Random(1)).text
    'this brave goose honks and it dives in its pond'
    >>> first, second, follows = pair(Random(2))
    >>> first.text, second.text, follows
    ('many lions roar', 'they swim in their swamp', False)
    >>> sentence(Random(1), CHINESE).text
    '一条黄鱼跳着，它在河里潜着'
"""

from dataclasses import dataclass
from random import Random

from explorer.training.languages import ENGLISH, OF_TOPIC, Language

# How often a clause has an adjective, a noun in between (any noun in any number), an adverb.
ADJECTIVE, ATTRACTOR, ADVERB = 0.5, 0.7, 0.2

# What a word does in its clause.
ROLES = (
    "determiner", "measure", "adjective", "subject", "preposition", "attractor_determiner", "attractor_measure",
    "attractor", "adverb", "verb", "and", "pronoun", "act", "where", "possessive", "place",
)  # fmt: skip


@dataclass(frozen=True)
class Clause:
    """Words with their roles, and the truth about them.

    subject: number of the noun in the language's table; attractor: of the noun in between, if there is one.
    """

    words: tuple[str, ...]
    roles: tuple[str, ...]
    subject: int
    plural: bool
    attractor: int | None = None
    attractor_plural: bool | None = None
    language: Language = ENGLISH

    @property
    def topic(self) -> int:
        """Number of the subject's topic."""
        return self.subject // OF_TOPIC

    @property
    def text(self) -> str:
        """The words as they are written, without a full stop."""
        return self.language.joint.join(self.words)

    @property
    def written(self) -> str:
        """The same as a sentence of its own."""
        return self.text.capitalize() + self.language.stop

    def at(self, role: str) -> int:
        """Position of the first word with this role, which must be there."""
        return self.roles.index(role)


def sentence(rng: Random, language: Language = ENGLISH) -> Clause:
    """Both clauses of one noun, joined."""
    opening = first_clause(rng, language)
    closing = second_clause(rng, opening.subject, opening.plural, language)
    words = (*opening.words, language.linking, *closing.words)
    roles = (*opening.roles, "and", *closing.roles)
    return Clause(words, roles, opening.subject, opening.plural, opening.attractor, opening.attractor_plural, language)


def pair(rng: Random, follows: bool | None = None, language: Language = ENGLISH) -> tuple[Clause, Clause, bool]:
    """Two clauses and whether the second follows the first; by default that is drawn, one half each.

    A second clause that does not follow is of another noun, of any number: it would fit by its number half the time.
    """
    true_next = rng.random() < 0.5 if follows is None else follows
    opening = first_clause(rng, language)
    if true_next:
        return opening, second_clause(rng, opening.subject, opening.plural, language), True
    other = (opening.subject + rng.randrange(1, len(language.nouns))) % len(language.nouns)
    return opening, second_clause(rng, other, rng.random() < 0.5, language), False


def first_clause(rng: Random, language: Language = ENGLISH) -> Clause:
    """A noun, perhaps one beside it, and what it does."""
    subject, plural = rng.randrange(len(language.nouns)), rng.random() < 0.5
    drawn = _noun_phrase(rng, language, subject, plural, "subject", "")
    attractor = attractor_plural = None
    if rng.random() < ATTRACTOR:
        attractor, attractor_plural = rng.randrange(len(language.nouns)), rng.random() < 0.5
        drawn["preposition"], drawn["preposition_end"] = rng.choice(language.prepositions)
        drawn |= _noun_phrase(rng, language, attractor, attractor_plural, "attractor", "attractor_")
    if rng.random() < ADVERB:
        drawn["adverb"] = rng.choice(language.adverbs)
    drawn["verb"] = language.nouns[subject][2 + plural]
    words, roles = language.laid_out(language.first, drawn)
    return Clause(words, roles, subject, plural, attractor, attractor_plural, language)


def second_clause(rng: Random, subject: int, plural: bool, language: Language = ENGLISH) -> Clause:
    """What this one does in the place where it is found."""
    drawn = {"act": rng.choice(language.acts[subject // OF_TOPIC])[plural]}
    drawn["where"], drawn["where_end"] = rng.choice(language.where)
    drawn |= {"pronoun": language.pronouns[plural], "possessive": language.possessives[plural]}
    words, roles = language.laid_out(language.second, drawn | {"place": language.nouns[subject][4]})
    return Clause(words, roles, subject, plural, language=language)


def _noun_phrase(rng: Random, language: Language, noun: int, plural: bool, name: str, prefix: str) -> dict[str, str]:
    """Role → word: determiner, measure word, perhaps an adjective, and the noun."""
    drawn = {f"{prefix}determiner": rng.choice(language.determiners[plural])}
    if language.measures:
        drawn[f"{prefix}measure"] = language.measures[noun]
    if rng.random() < ADJECTIVE:
        drawn[f"{prefix}adjective"] = rng.choice(language.adjectives)
    return drawn | {name: language.nouns[noun][plural]}
