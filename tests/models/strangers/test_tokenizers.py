"""Texts through tokenizers of other kinds: byte pairs, SentencePiece, and repositories without a tokenizer.json."""

import io
import json
from dataclasses import replace

import pytest
import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers.utils import import_utils
from transformers.utils.import_utils import BACKENDS_MAPPING

from explorer import Scene, encode, run
from explorer.capture.heads import word_logits
from explorer.errors import TokenizerMissing, TokenizerNotConverted
from explorer.i18n import Translator
from explorer.models.encode import readable
from explorer.models.tokenizer import read_tokenizer
from tests.architectures import tiny_model

CORPUS = ["the river bank was flooded", "the bank of the river", "unbelievable things happen at the river"] * 3


def byte_pairs() -> Tokenizer:
    """As GPT-2's and RoBERTa's."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        CORPUS, trainers.BpeTrainer(vocab_size=320, initial_alphabet=alphabet, show_progress=False)
    )
    return made


def roberta() -> Tokenizer:
    made = byte_pairs()
    made.add_special_tokens(["<s>", "</s>"])
    ids = [(name, made.token_to_id(name)) for name in ("</s>", "<s>")]
    made.post_processor = processors.RobertaProcessing(*ids)
    return made


def unigram() -> Tokenizer:
    """As T5's and ALBERT's."""
    made = Tokenizer(models.Unigram())
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer, made.decoder = pre_tokenizers.Metaspace(), decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=60, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False
    )
    made.train_from_iterator(CORPUS, trainer)
    made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    return made


def with_tokenizer(name: str, tokenizer: Tokenizer):
    return replace(tiny_model(name), tokenizer=tokenizer, _views={})


def test_bytes_are_read_back():
    handle = with_tokenizer("gpt2", byte_pairs())
    encoded = encode(handle, "the river 北 é", "left out")
    assert "".join(encoded.tokens).startswith("the␣river␣")
    assert not any("Ġ" in token for token in encoded.tokens)
    assert "⟨e5⟩" in encoded.tokens and encoded.n_unknown == 0 and handle.unknown is None
    assert encoded.pair is None and encoded.sentence_b is None and not any(encoded.special)
    assert encoded.words[0] == 0 and encoded.offsets[0][0] == 0
    run(handle, encoded)


def test_a_pair_without_segments_knows_where_the_second_text_begins():
    handle = with_tokenizer("roberta", roberta())
    encoded = encode(handle, "the river", "the bank")
    first = encoded.tokens.index("</s>")
    assert encoded.tokens[0] == "<s>" and encoded.tokens[first : first + 2] == ("</s>", "</s>")
    assert encoded.sentence_b == first + 2
    assert encoded.segments.max() == 0
    assert [token for token, special in zip(encoded.tokens, encoded.special, strict=True) if special] == [
        "<s>", "</s>", "</s>", "</s>",
    ]  # fmt: skip
    run(handle, encoded)


def test_sentence_pieces_and_the_decoder_of_t5():
    handle = with_tokenizer("t5", unigram())
    encoder = encode(handle, "the river 北")
    assert encoder.tokens[0].startswith("␣") and encoder.tokens[-1] == "</s>" and encoder.special[-1]
    assert handle.unknown == "<unk>" and encoder.n_unknown == 1
    assert encoder.start == 0 and encoder.source is None
    decoder = handle.of_stack("decoder")
    same = encode(decoder, "the river")
    assert same.tokens[0] == "<pad>" and same.tokens[1:] == encode(handle, "the river").tokens[:-1]
    other = encode(decoder, "the river", "the bank")
    assert other.source.tokens == same.source.tokens and other.tokens != same.tokens and other.pair is None
    assert other.ids[0, 0] == 0 and other.ids.shape[1] == other.n_tokens
    assert word_logits(decoder, run(decoder, other)).shape[1] == other.n_tokens


def test_a_lone_token_has_a_run_everywhere():
    for name in ("gpt2", "t5", "xlnet", "deberta-v2"):
        handle = tiny_model(name)
        for stack in handle.stacks:
            assert Scene(handle.of_stack(stack), "hi").heads().entropy.isfinite().all()


def test_long_texts_are_cut_at_what_the_model_reads():
    assert encode(tiny_model("roberta"), "word " * 300).n_tokens == 64
    assert encode(tiny_model("gpt2"), "word " * 300).truncated
    assert tiny_model("xlnet").dims.n_ctx == tiny_model("t5").dims.n_ctx == 512
    run(tiny_model("roberta"), "word " * 300, "other " * 300)
    run(tiny_model("t5").of_stack("cross"), "word " * 600, "other " * 600)


def test_special_tokens_of_byte_pairs_stay_as_they_are():
    assert readable(byte_pairs(), ["<|endoftext|>", "Ġa", "[Ċ"]) == ("<|endoftext|>", "␣a", "[\n")


def test_a_folder_with_only_a_vocabulary(tmp_path):
    (tmp_path / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "river", "##s"]))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    assert read_tokenizer(tmp_path).encode("rivers").tokens == ["[CLS]", "river", "##s", "[SEP]"]


def test_a_folder_with_vocabulary_and_merges(tmp_path):
    byte_pairs().model.save(str(tmp_path))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    made = read_tokenizer(tmp_path)
    assert made.encode("the river").tokens == byte_pairs().encode("the river").tokens
    assert isinstance(made.decoder, decoders.ByteLevel)


def test_a_folder_without_a_tokenizer(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(TokenizerMissing):
        read_tokenizer(tmp_path)


# Architecture → its file of before tokenizer.json, the ids of special pieces in it, and what the model adds to a text.
SENTENCE_PIECES = {
    "t5": ("spiece.model", {"pad_id": 0, "eos_id": 1, "unk_id": 2, "bos_id": -1}, [], ["</s>"]),
    "albert": (
        "spiece.model",
        {"pad_id": 0, "unk_id": 1, "bos_id": -1, "eos_id": -1, "control_symbols": ["[CLS]", "[SEP]"],
         "user_defined_symbols": ["[MASK]"]},
        ["[CLS]"], ["[SEP]"],
    ),
    "xlnet": (
        "spiece.model",
        {"unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": 5, "control_symbols": ["<cls>", "<sep>"],
         "user_defined_symbols": ["<mask>", "<eod>", "<eop>"]},
        [], ["<sep>", "<cls>"],
    ),
    "deberta-v2": (
        "spm.model",
        {"pad_id": 0, "bos_id": 1, "eos_id": 2, "unk_id": 3, "pad_piece": "[PAD]", "bos_piece": "[CLS]",
         "eos_piece": "[SEP]", "unk_piece": "[UNK]", "user_defined_symbols": ["[MASK]"]},
        ["[CLS]"], ["[SEP]"],
    ),
}  # fmt: skip


def sentence_pieces(settings: dict[str, object]) -> bytes:
    """A file as the library of these models writes it, learnt here."""
    file = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS * 5), model_writer=file, vocab_size=70, hard_vocab_limit=False, minloglevel=2,
        **settings,
    )  # fmt: skip
    return file.getvalue()


@pytest.mark.parametrize("name", SENTENCE_PIECES)
def test_a_folder_with_only_sentence_pieces(tmp_path, name):
    """Cut as the library of these files cuts: the same pieces under the same numbers, special tokens around them."""
    file, settings, before, after = SENTENCE_PIECES[name]
    written = sentence_pieces(settings)
    (tmp_path / file).write_bytes(written)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": name}))
    made, own = read_tokenizer(tmp_path), sentencepiece.SentencePieceProcessor(model_proto=written)
    text = "the river bank, unbelievable 北"
    found = made.encode(text)
    inner = slice(len(before), len(found.ids) - len(after))
    assert found.ids[inner] == own.encode(text)
    assert found.tokens[inner][:-1] == own.encode(text, out_type=str)[:-1]
    assert found.tokens[: inner.start] == before and found.tokens[inner.stop :] == after
    handle = with_tokenizer(name, made)
    assert handle.unknown == own.id_to_piece(own.unk_id())
    encoded = encode(handle, text, "it floods")
    assert encoded.n_unknown == own.encode(text).count(own.unk_id()) + (
        0 if name == "t5" else own.encode("it floods").count(own.unk_id())
    )
    run(handle, encoded)


@pytest.mark.parametrize("content", [b"", b"no such thing \x00\x01" * 30, b"x" * 1_000, None])
def test_damaged_sentence_pieces_are_a_sentence(tmp_path, content):
    """None: cut off in the middle. Of an empty file the library would make a tokenizer that knows no word."""
    file, settings, *_ = SENTENCE_PIECES["t5"]
    (tmp_path / file).write_bytes(sentence_pieces(settings)[:-40] if content is None else content)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    with pytest.raises(TokenizerNotConverted) as refused:
        read_tokenizer(tmp_path)
    assert [file in Translator(lang).error(refused.value) for lang in ("en", "zh")] == [True, True]


def test_without_the_library_of_sentence_pieces(tmp_path, monkeypatch):
    file, settings, *_ = SENTENCE_PIECES["albert"]
    (tmp_path / file).write_bytes(sentence_pieces(settings))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "albert"}))
    missing = {**BACKENDS_MAPPING, "sentencepiece": (lambda: False, BACKENDS_MAPPING["sentencepiece"][1])}
    monkeypatch.setattr(import_utils, "BACKENDS_MAPPING", missing)
    with pytest.raises(TokenizerNotConverted):
        read_tokenizer(tmp_path)
