"""The small languages: what is said of a sentence is true of its words."""

import doctest
from random import Random

import pytest

from explorer.training import grammar
from explorer.training.grammar import ROLES, first_clause, pair, sentence
from explorer.training.languages import CHINESE, ENGLISH, LANGUAGES

both = pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)


def test_a_seed_draws_one_sentence():
    drawn = [sentence(Random(1)).text for _ in range(2)]
    assert drawn[0] == drawn[1] == "this brave goose honks and it dives in its pond"
    assert sentence(Random(2)).text != drawn[0]


@pytest.mark.parametrize("seed", range(50))
def test_labels_agree_with_the_words(seed):
    clause = sentence(Random(seed))
    assert len(clause.words) == len(clause.roles)
    assert set(clause.roles) <= set(ROLES)
    one, many, sound, sound_many, home = ENGLISH.nouns[clause.subject]
    said = dict(zip(clause.roles, clause.words, strict=True))
    assert said["subject"] == (many if clause.plural else one)
    assert said["verb"] == (sound_many if clause.plural else sound)
    assert said["place"] == home
    assert said["pronoun"] == ("they" if clause.plural else "it")
    assert said["possessive"] == ("their" if clause.plural else "its")
    assert ("attractor" in said) == (clause.attractor is not None)
    if clause.attractor is not None:
        assert said["attractor"] == ENGLISH.nouns[clause.attractor][clause.attractor_plural]


@pytest.mark.parametrize("seed", range(50))
def test_labels_agree_with_the_characters(seed):
    """In Chinese the words of a role, joined, are what the tables say, and the measure word is the noun's own."""
    clause = sentence(Random(seed), CHINESE)
    assert "".join(clause.words) == clause.text and all(len(word) == 1 for word in clause.words)
    assert set(clause.roles) <= set(ROLES)
    said = dict.fromkeys(clause.roles, "")
    for word, role in zip(clause.words, clause.roles, strict=True):
        said[role] += word
    noun, _, does, _, place = CHINESE.nouns[clause.subject]
    assert (said["subject"], said["verb"], said["place"]) == (noun, does, place)
    assert said["measure"] == CHINESE.measures[clause.subject]
    assert said["pronoun"] == ("它们" if clause.plural else "它")
    assert said["determiner"] in CHINESE.determiners[clause.plural]
    assert ("attractor" in said) == (clause.attractor is not None)
    if clause.attractor is not None:
        assert said["attractor"] == CHINESE.nouns[clause.attractor][0]
        assert said["attractor_measure"] == CHINESE.measures[clause.attractor]
        between = clause.at("attractor_measure"), clause.at("attractor"), clause.at("subject")
        assert clause.at("measure") < between[0] < between[1] < between[2], "what agrees stands around the other noun"


def test_chinese_is_written_as_it_should_be():
    assert sentence(Random(4), CHINESE).written == "这几只在一本青书前面的大龟缩着，它们在海里游着。"
    first, second, follows = pair(Random(1), language=CHINESE)
    assert (first.written, second.written, follows) == ("这几条在某本红书旁边的蛇盘着。", "它们在草边走着。", True)


@both
def test_what_only_one_noun_does_and_has_tells_it(language):
    names, _, verbs, _, places = zip(*language.nouns, strict=True)
    first = {language.words(verb)[0] for verb in verbs}
    assert 16 == len(set(names)) == len(first) == len(set(places)) and len(language.acts) == 4


@both
def test_the_words_between_tell_nothing(language):
    """Attractors are of any noun and any number, so that the nearest noun is no shortcut."""
    rng = Random(0)
    with_one = [c for c in (first_clause(rng, language) for _ in range(4_000)) if c.attractor is not None]
    assert abs(len(with_one) / 4_000 - 0.7) < 0.03
    assert abs(sum(c.plural == c.attractor_plural for c in with_one) / len(with_one) - 0.5) < 0.04
    assert abs(sum(c.subject == c.attractor for c in with_one) / len(with_one) - 1 / 16) < 0.02


@both
def test_pairs(language):
    rng = Random(0)
    drawn = [pair(rng, language=language) for _ in range(2_000)]
    assert abs(sum(follows for *_, follows in drawn) / 2_000 - 0.5) < 0.04
    for first, second, follows in drawn:
        assert (first.subject == second.subject) == follows
        if follows:
            assert first.plural == second.plural
    fits = [a.plural == b.plural for a, b, follows in drawn if not follows]
    assert abs(sum(fits) / len(fits) - 0.5) < 0.05, "number alone must not tell"


@both
def test_topics(language):
    topics = [sentence(Random(seed), language) for seed in range(400)]
    acts = {topic: {c.words[c.at("act")] for c in topics if c.topic == topic} for topic in range(4)}
    forms = 6 if language is ENGLISH else 3
    assert all(len(words) == forms for words in acts.values()), "three acts, in English in two numbers"
    assert len(set.union(*acts.values())) == 4 * forms, "no act belongs to two topics"


@both
def test_every_word_is_listed(language):
    rng, words = Random(0), set()
    for _ in range(3_000):
        words |= set(sentence(rng, language).words)
    assert words == set(language.vocabulary())
    assert set(language.numbered) <= set(ROLES)


def test_the_examples_in_its_description():
    found = doctest.testmod(grammar, extraglobs={"Random": Random, "CHINESE": CHINESE})
    assert found.attempted == 4 and not found.failed
