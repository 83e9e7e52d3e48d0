"""The tokenizers: one piece a word, in Chinese a character, letters for the rest, the same in every run."""

import pytest

from explorer.training.languages import CHINESE, ENGLISH
from explorer.training.tokenizer import learn, shipped, word_ids

both = pytest.mark.parametrize("language", [ENGLISH, CHINESE], ids=["toy", "toy_zh"])


@both
def test_every_word_is_one_piece(language):
    tokenizer = shipped(language)
    for word in language.vocabulary():
        assert tokenizer.encode(word, add_special_tokens=False).tokens == [word]


def test_foreign_words_fall_into_letters():
    found = shipped().encode("Zürich zebra9!").tokens
    assert " ".join(found) == "[CLS] z ##u ##r ##i ##c ##h z ##e ##b ##r ##a ##9 ! [SEP]"
    assert shipped().encode("狼").tokens == ["[CLS]", "[UNK]", "[SEP]"]
    assert shipped(CHINESE).encode("狼天ok！").tokens == ["[CLS]", "狼", "[UNK]", "o", "##k", "！", "[SEP]"]


def test_a_pair_and_a_mask():
    found = shipped().encode("The wolf [MASK].", "It roams in its forest")
    assert " ".join(found.tokens) == "[CLS] the wolf [MASK] . [SEP] it roams in its forest [SEP]"
    assert found.type_ids == [0] * 6 + [1] * 6
    assert found.special_tokens_mask == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]


def test_a_chinese_pair_and_a_mask():
    found = shipped(CHINESE).encode("一[MASK]鱼跳着。", "它在河里游着。")
    assert " ".join(found.tokens) == "[CLS] 一 [MASK] 鱼 跳 着 。 [SEP] 它 在 河 里 游 着 。 [SEP]"
    assert found.type_ids == [0] * 8 + [1] * 8


@both
def test_the_shipped_one_is_what_the_code_learns(language):
    assert learn(language).to_str(pretty=True) == shipped(language).to_str(pretty=True)
    assert word_ids(shipped(language), language)["[MASK]"] == 4
