"""The trace of WordPiece against the tokenizer's own output, and what stands on the cards."""

import hashlib

import pytest
from transformers import BertTokenizer

from explorer import encode
from explorer.analysis.input.tokens import found_in, pieces_of, traces, two_tokenizers, word_at
from explorer.home import ASSETS
from explorer.models.other_tokenizers import SECOND, bert_base_chinese

TEXTS = [
    "Unbelievably, tokenization splits electroencephalography.",
    "Café naïve Zürich Ångström e\u0301 ﬁne",
    "我昨天在河边的银行取了钱。 日本語 한국어",
    "😀 hi 👩‍👩‍👧 ok😀ok",
    "a" * 99 + " " + "a" * 100 + " " + "a" * 101 + " " + "z" * 300,
    "don't U.S.A. 3.14 x²+y³ ½ $5 <b>bold</b> & مرحبا Привет",
    "tab\tnew\nline \x07bell \u200bzero \ufffd",
    "abc\u4e00def ##ing [unused1]",
]


@pytest.mark.parametrize("text", TEXTS)
def test_the_trace_is_the_tokenizers_own_output(minilm, text):
    own = minilm.tokenizer.encode(text, add_special_tokens=False)
    found = traces(minilm.tokenizer, text)
    assert [piece for trace in found for piece in trace.pieces] == own.tokens
    for trace in found:
        for step in trace.rounds:
            assert all(minilm.tokenizer.token_to_id(text) is None for text in step.tried[:-1])
            assert step.id == (None if step.found is None else minilm.tokenizer.token_to_id(step.found))


def test_a_search_by_hand(minilm):
    (trace,) = traces(minilm.tokenizer, "Tokens")
    assert [step.tried for step in trace.rounds] == [("tokens", "token"), ("##s",)]
    assert trace.reading()[1]["n"] == 3


def test_one_unknown_stretch_makes_the_whole_word_unknown(minilm):
    (trace,) = traces(minilm.tokenizer, "abc😀")
    assert trace.pieces == ("[UNK]",)
    assert trace.rounds[-1].found is None and trace.rounds[-1].tried == ("##😀",)
    assert trace.reading()[0] == "tokens.reading.unknown"


def test_nothing_left(minilm):
    assert traces(minilm.tokenizer, "\x07 ") == []


def test_cards(minilm):
    encoded = encode(minilm, "Unbelievably tokenization", "tokenization works")
    info = pieces_of(minilm, encoded)
    assert info.tokens[0] == "[CLS]" and len(info.table()) == encoded.n_tokens
    assert info.segments[encoded.sentence_b] == 1 and info.segments[encoded.sentence_b - 1] == 0
    assert info.n_split == sum(
        len(t.pieces) > 1 for t in traces(minilm.tokenizer, "unbelievably tokenization tokenization")
    )
    assert word_at(encoded, 1) == "Unbelievably"
    assert word_at(encoded, encoded.n_tokens - 2) == "works"
    assert word_at(encoded, 0) == ""


def test_cards_of_a_full_model(minilm):
    info = pieces_of(minilm, encode(minilm, "word " * 600))
    assert info.reading()[1]["share"] == 1


def test_search_in_the_vocabulary(minilm):
    found = found_in(minilm.tokenizer, "Token")
    assert ("token", minilm.tokenizer.token_to_id("token")) in found.entries
    assert found.total == sum("token" in entry or "Token" in entry for entry in minilm.tokenizer.get_vocab())
    assert found_in(minilm.tokenizer, "[unused").total == 994
    assert found_in(minilm.tokenizer, "qqqqqq").total == 0


def test_second_tokenizers(minilm):
    texts = ["The cat sat on the mat.", "我在河边"]
    built = {name: make(minilm.tokenizer, texts) for name, make in SECOND.items()}
    text = "我爱 Café 😀"
    pieces = {name: two_tokenizers(minilm, other, name, text).other for name, other in built.items()}
    assert pieces["chinese"][:2] == ("我", "爱")
    assert "[UNK]" not in pieces["bytes"]
    assert "[UNK]" in pieces["cased"] and "cafe" in two_tokenizers(minilm, built["cased"], "cased", text).own
    # Each gives back its text or says that it cannot.
    ids = built["bytes"].encode(text).ids
    assert built["bytes"].decode(ids) == text


def test_the_vocabulary_of_bert_base_chinese():
    """The published file, and the cut of that model: transformers' own BERT tokenizer over it is the reference."""
    file = ASSETS / "vendor/bert-base-chinese/vocab.txt"
    published = "45bbac6b341c319adc98a532532882e91a9cefc0329aa57bac9ae761c27b291c"
    assert hashlib.sha256(file.read_bytes()).hexdigest() == published
    made = bert_base_chinese()
    assert made.get_vocab_size() == 21_128 and made.token_to_id("[MASK]") == 103 and made.token_to_id("我") == 2769
    library = BertTokenizer(str(file), do_lower_case=True)
    for text in ("我昨天在河边的银行取了钱。", "用BERT做分词，embeddings很好！", "Café 2018年 😀", "龘𠮷[MASK]"):
        assert made.encode(text, add_special_tokens=False).tokens == library.tokenize(text), text
