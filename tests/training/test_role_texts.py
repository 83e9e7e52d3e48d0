"""Labels for the words of the small language."""

import pytest

from explorer.training.languages import CHINESE, ENGLISH, LANGUAGES
from explorer.training.role_texts import role_texts, true_pairs, word_labels


def test_sentences_differ_and_come_again():
    found = role_texts(50, 1)
    assert len({clause.text for clause in found}) == 50
    assert [c.text for c in role_texts(50, 1)] == [c.text for c in found] != [c.text for c in role_texts(50, 2)]


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
def test_the_number_is_asked_only_where_the_word_does_not_tell(language):
    """The same words carry both labels."""
    heard: dict[str, set[str]] = {}
    for clause in role_texts(300, 3, language):
        assert word_labels(clause, "role") == clause.roles
        for word, role, label in zip(clause.words, clause.roles, word_labels(clause, "number"), strict=True):
            assert (label is None) == (role in language.numbered)
            if label:
                heard.setdefault(word, set()).add(label)
    both = sum(len(labels) == 2 for labels in heard.values())
    assert both >= 0.9 * len(heard) and heard[language.linking] == {"singular", "plural"}


def test_true_pairs():
    found = true_pairs(20, 3)
    assert true_pairs(20, 3) == found != true_pairs(20, 4)
    for first, second in true_pairs(20, 3, CHINESE):
        assert first.endswith("着。") and second.startswith("它")
        assert {noun for noun, *_, home in CHINESE.nouns if home in second} & set(first)
    for first, second in found:
        assert first[0].isupper() and first.endswith(".") and second.startswith(("It ", "They "))
        (place,) = {home for *_, home in ENGLISH.nouns} & set(second.rstrip(".").split())
        (animal,) = [names for *names, home in ENGLISH.nouns if home == place]
        assert set(animal) & set(first.lower().rstrip(".").split()), "the animal that lives there"
