"""The tokenizer: one piece a word, letters for the rest, the same in every run."""

from explorer.training.grammar import vocabulary
from explorer.training.tokenizer import learn, shipped, word_ids


def test_every_word_is_one_piece():
    tokenizer = shipped()
    for word in vocabulary():
        assert tokenizer.encode(word, add_special_tokens=False).tokens == [word]


def test_foreign_words_fall_into_letters():
    found = shipped().encode("Zürich zebra9!").tokens
    assert " ".join(found) == "[CLS] z ##u ##r ##i ##c ##h z ##e ##b ##r ##a ##9 ! [SEP]"
    assert shipped().encode("狼").tokens == ["[CLS]", "[UNK]", "[SEP]"]


def test_a_pair_and_a_mask():
    found = shipped().encode("The wolf [MASK].", "It roams in its forest")
    assert " ".join(found.tokens) == "[CLS] the wolf [MASK] . [SEP] it roams in its forest [SEP]"
    assert found.type_ids == [0] * 6 + [1] * 6
    assert found.special_tokens_mask == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_the_shipped_one_is_what_the_code_learns():
    assert learn().to_str(pretty=True) == shipped().to_str(pretty=True)
    assert word_ids(shipped())["[MASK]"] == 4
