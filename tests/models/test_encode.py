"""Encoding against the tokenizer that transformers builds from the same files."""

import pytest
from transformers import AutoTokenizer

from explorer import encode
from explorer.errors import EmptyText, TextTooLong
from explorer.models.embedded import embedded_folder

TEXTS = [
    "Unbelievably, tokenization!",
    "naïve café",
    "我爱北京",
    "😀 emoji",
    "مرحبا بالعالم",
    "<script>x</script>",
    "[MASK] it",
]


@pytest.fixture(scope="module")
def reference():
    return AutoTokenizer.from_pretrained(embedded_folder(), local_files_only=True, trust_remote_code=False)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("pair", [None, "A second one."])
def test_equals_the_tokenizer_of_transformers(minilm, reference, text, pair):
    ours = encode(minilm, text, pair)
    theirs = reference(
        text, pair, return_offsets_mapping=True, return_token_type_ids=True, truncation=False, padding=False
    )
    assert ours.ids[0].tolist() == theirs["input_ids"]
    assert ours.segments[0].tolist() == theirs["token_type_ids"]
    assert list(ours.tokens) == reference.convert_ids_to_tokens(theirs["input_ids"])
    assert list(ours.offsets) == [tuple(o) for o in theirs["offset_mapping"]]
    assert ours.sentence_b == (theirs["token_type_ids"].index(1) if pair else None)


def test_too_long_is_cut_and_counted(minilm):
    encoded = encode(minilm, "word " * 600)
    assert (encoded.n_found, encoded.n_tokens, encoded.truncated) == (602, 512, True)
    assert (encoded.tokens[0], encoded.tokens[-1]) == ("[CLS]", "[SEP]")


def test_a_long_pair_is_cut_at_its_longer_text(minilm):
    encoded = encode(minilm, "one " * 700, "two " * 50)
    assert encoded.n_tokens == 512
    assert encoded.tokens.count("two") == 50
    assert encoded.tokens[encoded.sentence_b - 1] == "[SEP]"


@pytest.mark.parametrize("text", ["", "   \n\t", "\x00\x07", "\u200b"])
def test_nothing_to_read(minilm, text):
    with pytest.raises(EmptyText):
        encode(minilm, text)


@pytest.mark.parametrize("pair", ["", "  ", "\x00"])
def test_an_empty_second_text_is_none(minilm, pair):
    encoded = encode(minilm, "hi", pair)
    assert (encoded.sentence_b, encoded.pair, encoded.tokens) == (None, None, ("[CLS]", "hi", "[SEP]"))


def test_too_many_characters(minilm):
    with pytest.raises(TextTooLong) as caught:
        encode(minilm, "x" * 100_000)
    assert caught.value.facts == {"found": 100_000, "allowed": 20_000}


def test_facts_for_the_visitor(minilm):
    encoded = encode(minilm, "hi \x07 😀 \ud800 there")
    assert encoded.n_control == 1
    assert encoded.n_unknown == encoded.tokens.count("[UNK]") == 1


def test_padding(minilm):
    encoded = encode(minilm, "one two", pad_to=9)
    assert encoded.mask[0].tolist() == [1, 1, 1, 1, 0, 0, 0, 0, 0]
    assert encoded.n_tokens == 4


def test_a_smaller_vocabulary_folds_ids(tiny):
    assert encode(tiny, "unbelievable").ids.max() < tiny.dims.n_vocab
