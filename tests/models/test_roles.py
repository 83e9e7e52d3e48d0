"""Special tokens by what they are for, in vocabularies of every spelling."""

from dataclasses import replace

import pytest
import torch
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import decoders as readers

from explorer import Scene, encode, run
from explorer.analysis.attention.heads import axis, head_matrix, merged
from explorer.analysis.attention.patterns import patterns, punctuation
from explorer.analysis.input.neighbours import entry, neighbours
from explorer.analysis.input.tokens import found_in, pieces_of
from explorer.analysis.pretraining.masked import hide, maskable
from explorer.analysis.pretraining.predictions import lens, predictions
from explorer.analysis.use.pooling import poolings_of, sentence_vectors
from explorer.analysis.use.token_labels import first_pieces
from explorer.capture.facts import classification
from explorer.i18n import Translator
from explorer.models.encode import bare, named, readable, written
from tests.architectures import tiny_model
from tests.capture.test_own_copies import _xlnet as xlnet
from tests.models.strangers.test_tokenizers import CORPUS, byte_pairs, roberta, unigram

TEXT = "the animal <mask> cross <mask> street"


def masking_roberta() -> Tokenizer:
    """As published: the mask swallows the space before it."""
    made = Tokenizer(models.BPE())
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), readers.ByteLevel()
    alphabet = sorted(set("".join([*CORPUS, TEXT]).replace(" ", "Ġ")))
    special = ["<s>", "<pad>", "</s>", "<unk>", AddedToken("<mask>", lstrip=True, special=True)]
    made.train_from_iterator(
        CORPUS,
        trainers.BpeTrainer(vocab_size=120, initial_alphabet=alphabet, special_tokens=special, show_progress=False),
    )
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=False)
    return made


def whole_text() -> Tokenizer:
    """As Llama's: no cut before the search, the spaces replaced, bytes for what has no piece."""
    made = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True))
    made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    made.decoder = readers.Sequence([readers.Replace("▁", " "), readers.ByteFallback(), readers.Fuse()])
    special = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(64))]
    made.pre_tokenizer = pre_tokenizers.Metaspace()  # no piece reaches over a space
    made.train_from_iterator(CORPUS, trainers.BpeTrainer(vocab_size=150, special_tokens=special, show_progress=False))
    made.pre_tokenizer = None
    return made


def on(name: str, tokenizer: Tokenizer):
    return replace(tiny_model(name), tokenizer=tokenizer, _views={})


def test_a_mask_with_a_space_before_it_is_a_mask():
    handle = on("roberta", masking_roberta())
    encoded = encode(handle, TEXT)
    at = [place for place, token in enumerate(encoded.tokens) if token == "<mask>"]
    assert encoded.typed_masks == at and len(at) == 2
    assert not any(maskable(handle, encoded)[at])
    info = predictions(Scene(handle, encoded), Scene(handle, encoded), at)
    assert [(guess.truth, guess.rank) for guess in info.guesses] == [(None, None)] * 2
    assert info.reading()[0] == "masked.reading.typed"
    assert lens(Scene(handle, encoded), Scene(handle, encoded), at[0]).truth is None


def test_a_row_that_shares_its_number_with_the_mask_is_no_mask(tiny):
    """Of a small table the ids are taken modulo its size: 103 and 103 + 211 are one row."""
    other = tiny.tokenizer.id_to_token(tiny.mask_id + tiny.dims.n_vocab * 20)
    encoded = encode(tiny, f"the {other} [MASK]")
    assert encoded.ids[0, encoded.tokens.index("[MASK]")] == tiny.mask_id
    assert encoded.typed_masks == [encoded.tokens.index("[MASK]")]


@pytest.mark.parametrize("make", [byte_pairs, masking_roberta])
def test_guesses_and_neighbours_are_read_back_from_bytes(make):
    handle = on("roberta", make())
    names = named(handle, range(handle.dims.n_vocab))
    assert not any("Ġ" in name for name in names)
    every = named(handle, range(handle.tokenizer.get_vocab_size()))
    assert "␣river" in every or "␣r" in every
    encoded = encode(handle, "the river bank")
    scene = Scene(handle, encoded)
    said = {word for guess in predictions(scene, scene, [1, 2], k=50).guesses for word, _ in guess.best}
    close = set(neighbours(handle, 5, 50).table()["entry"])
    assert said | close <= set(names)
    random = {token for row in lens(scene, scene, 1, k=20).words for token in row}
    assert random <= set(names)


def test_rows_without_a_token_have_their_number():
    handle = on("roberta", masking_roberta())
    size = handle.tokenizer.get_vocab_size()
    assert named(handle, [size - 1, size, size + 1])[1:] == (f"#{size}", f"#{size + 1}")


def test_spaces_of_sentencepiece_are_read_as_spaces_and_words_begin_with_them():
    handle = on("t5", unigram())
    encoded = encode(handle, "the bank the")
    assert "▁" not in "".join(encoded.tokens) and "".join(encoded.tokens[:-1]) == "␣the␣bank␣the"
    assert "".join(encoded.bare[:-1]).replace("␣", "") == "thebankthe"
    matrix = head_matrix(Scene(handle, encoded), 0, 0)
    assert merged(matrix, encoded).queries.tokens == ("the", "bank", "the", "</s>")
    assert axis(encoded).tokens == encoded.tokens


def test_words_of_a_vocabulary_that_is_not_cut_beforehand():
    """Llama's tokenizer calls the whole text one word; the words are told by their spaces all the same."""
    handle = on("llama", whole_text())
    encoded = encode(handle, "the river bank")
    assert max(word for word in encoded.words if word is not None) == 2
    assert sum(first_pieces(encoded)) == 3 and pieces_of(handle, encoded).n_split <= 3
    assert "".join(encoded.bare) == "theriverbank"
    assert readable(handle.tokenizer, ["<0x0A>", "▁(", "<s>"]) == ("⟨0a⟩", "␣(", "<s>")


def test_a_mark_after_a_space_is_punctuation():
    made = unigram()
    vocabulary = [("<pad>", 0.0), ("</s>", 0.0), ("<unk>", -9.0), ("▁(", -1.0), ("▁the", -1.0), (")", -1.0)]
    made.model = models.Unigram(vocabulary, unk_id=2, byte_fallback=False)
    encoded = encode(on("t5", made), "the (the)")
    assert encoded.tokens == ("␣the", "␣(", "<unk>", ")", "</s>") or encoded.tokens[:2] == ("␣the", "␣(")
    assert punctuation(encoded)[1] and not punctuation(encoded)[0]
    assert bare(made, ["▁(", "▁"]) == ("(", "␣")


@pytest.mark.parametrize("make", [byte_pairs, unigram, whole_text])
def test_what_is_read_can_be_written_back(make):
    tokenizer = make()
    whole = [name for name in tokenizer.get_vocab() if not name.startswith("<")]
    shown = readable(tokenizer, whole)
    back = [written(tokenizer, name) for name, raw in zip(shown, whole, strict=True) if not name.startswith("⟨")]
    assert back == [raw for raw, name in zip(whole, shown, strict=True) if not name.startswith("⟨")]


def test_a_word_is_found_as_it_is_shown():
    handle = on("roberta", byte_pairs())
    handle = replace(handle, dims=replace(handle.dims, n_vocab=10_000), _views={})
    assert entry(handle, "␣the") == handle.tokenizer.token_to_id("Ġthe")
    assert {name for name, _ in found_in(handle.tokenizer, "␣the").entries} >= {"␣the"}


def test_xlnets_vector_is_that_of_its_last_token():
    handle = on("xlnet", xlnet())
    text = "the river bank was flooded"
    encoded, seen = encode(handle, text), run(handle, text)
    assert classification(handle, encoded) == encoded.n_tokens - 1
    found = sentence_vectors(handle, [text, "the bank"]).vectors["cls"]
    torch.testing.assert_close(torch.from_numpy(found[-1, 0]), seen.last[0, -1], atol=1e-6, rtol=0)
    assert (found[-1, 0] - seen.last[0, 0].numpy()).any()


@pytest.mark.parametrize(
    ("name", "make", "wanted"),
    [
        ("roberta", roberta, ("cls", "pooler", "mean", "max")),
        ("gpt2", byte_pairs, ("mean", "max")),
        ("gpt2", None, ("mean", "max")),  # the embedded tokenizer adds [CLS], which sees nothing there
        ("llama", None, ("mean", "max")),
        ("t5", unigram, ("mean", "max")),
        ("xlnet", xlnet, ("cls", "mean", "max")),
        ("distilbert", None, ("cls", "mean", "max")),
    ],
)
def test_only_models_with_such_a_token_offer_its_vector(name, make, wanted):
    handle = tiny_model(name) if make is None else on(name, make())
    offered = poolings_of(handle)
    found = sentence_vectors(handle, ["the river", "the bank of the river"]).poolings
    assert set(offered) == set(found) and {"mean", "max"} <= set(offered)
    assert set(wanted) - {"pooler"} == set(offered) - {"pooler"}


def test_separators_are_those_of_the_tokenizer():
    handle = on("roberta", masking_roberta())
    seen = Scene(handle, "the river", "the bank")
    info = patterns(seen)
    ends = [at for at, token in enumerate(seen.encoded.tokens) if token == "</s>"]
    assert len(ends) == 3
    by_hand = seen.layer(1).probs[0, :, :, ends].sum(-1).mean(-1).numpy()
    assert info.scores["separator"][1] == pytest.approx(by_hand, abs=1e-6)


def test_messages_name_the_models_own_tokens():
    handle = on("roberta", masking_roberta())
    t = Translator("en").speaking_of(handle.special_names)
    assert t("patterns.name.separator") == "</s>" and "<mask>" in t("masked.click")
    assert Translator("en")("patterns.name.separator") == "[SEP]"
    assert "[CLS]" in t("questions.answer.cls.1"), "what was published of BERT keeps BERT's names"
    hidden = hide(handle, encode(handle, "the river"), [1])
    assert hidden.tokens[1] == "<mask>"
