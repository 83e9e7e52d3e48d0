"""The small language: what is said of a sentence is true of its words."""

import doctest
from random import Random

import pytest

from explorer.training import grammar
from explorer.training.grammar import ANIMALS, NUMBERED, ROLES, first_clause, pair, sentence, vocabulary


def test_a_seed_draws_one_sentence():
    drawn = [sentence(Random(1)).text for _ in range(2)]
    assert drawn[0] == drawn[1] == "this brave goose honks and it dives in its pond"
    assert sentence(Random(2)).text != drawn[0]


@pytest.mark.parametrize("seed", range(50))
def test_labels_agree_with_the_words(seed):
    clause = sentence(Random(seed))
    assert len(clause.words) == len(clause.roles)
    assert set(clause.roles) <= set(ROLES)
    one, many, sound, sound_many, home = ANIMALS[clause.subject]
    said = dict(zip(clause.roles, clause.words, strict=True))
    assert said["subject"] == (many if clause.plural else one)
    assert said["verb"] == (sound_many if clause.plural else sound)
    assert said["place"] == home
    assert said["pronoun"] == ("they" if clause.plural else "it")
    assert said["possessive"] == ("their" if clause.plural else "its")
    assert ("attractor" in said) == (clause.attractor is not None)
    if clause.attractor is not None:
        assert said["attractor"] == ANIMALS[clause.attractor][clause.attractor_plural]


def test_the_words_between_tell_nothing():
    """Attractors are of any animal and any number, so that the nearest noun is no shortcut."""
    rng = Random(0)
    with_one = [c for c in (first_clause(rng) for _ in range(4_000)) if c.attractor is not None]
    assert abs(len(with_one) / 4_000 - 0.7) < 0.03
    assert abs(sum(c.plural == c.attractor_plural for c in with_one) / len(with_one) - 0.5) < 0.04
    assert abs(sum(c.subject == c.attractor for c in with_one) / len(with_one) - 1 / 16) < 0.02


def test_pairs():
    rng = Random(0)
    drawn = [pair(rng) for _ in range(2_000)]
    assert abs(sum(follows for *_, follows in drawn) / 2_000 - 0.5) < 0.04
    for first, second, follows in drawn:
        assert (first.subject == second.subject) == follows
        if follows:
            assert first.plural == second.plural
    fits = [a.plural == b.plural for a, b, follows in drawn if not follows]
    assert abs(sum(fits) / len(fits) - 0.5) < 0.05, "number alone must not tell"


def test_topics():
    topics = [sentence(Random(seed)) for seed in range(400)]
    acts = {topic: {c.words[c.at("act")] for c in topics if c.topic == topic} for topic in range(4)}
    assert all(len(words) == 6 for words in acts.values()), "three acts in two numbers"
    assert len(set.union(*acts.values())) == 24, "no act belongs to two topics"


def test_every_word_is_listed():
    rng, words = Random(0), set()
    for _ in range(3_000):
        words |= set(sentence(rng).words)
    assert words == set(vocabulary())
    assert set(NUMBERED) <= set(ROLES)


def test_the_examples_in_its_description():
    found = doctest.testmod(grammar, extraglobs={"Random": Random})
    assert found.attempted == 3 and not found.failed
