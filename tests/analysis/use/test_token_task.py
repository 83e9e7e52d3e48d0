"""Labels by hand, the held-out texts, what a probe can and cannot read."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models

from explorer import encode, run
from explorer.analysis.use.token_labels import FROM_TEXT, by_lot, is_foreign, of_words, spelled
from explorer.analysis.use.token_task import Tokens, fitted, marked, parts_of, read, token_scores, tokens
from explorer.errors import ProbeImpossible
from explorer.models.other_tokenizers import byte_pairs

TEXT, PAIR = "Hello, Electroencephalography!", "it's fine"


def labels(minilm, task, text=TEXT, pair=PAIR):
    encoded = encode(minilm, text, pair)
    return dict(enumerate(zip(encoded.tokens, FROM_TEXT[task](encoded), strict=True)))


def test_spelled_keeps_the_visitors_letters(minilm):
    encoded = encode(minilm, TEXT, PAIR)
    assert "".join(spelled(encoded)) == (TEXT + PAIR).replace(" ", "")
    assert spelled(encoded)[0] == "" and encoded.tokens[1] == "hello" and spelled(encoded)[1] == "Hello"


def test_labels_by_hand(minilm):
    encoded = encode(minilm, TEXT, PAIR)
    n = len(encoded.tokens)
    marks = [at for at, token in enumerate(encoded.tokens) if token in ",!'"]
    b = encoded.sentence_b
    for at, (token, label) in labels(minilm, "punctuation").items():
        assert label == (None if token in ("[CLS]", "[SEP]") else "mark" if at in marks else "word")
    for at, (token, label) in labels(minilm, "sentence").items():
        assert label == (None if token in ("[CLS]", "[SEP]") else "B" if at >= b else "A")
    before = labels(minilm, "before")
    for at in range(n):
        judged = at not in marks and not encoded.special[at] and not encoded.special[at + 1]
        assert before[at][1] == (("mark" if at + 1 in marks else "word") if judged else None)
    piece = labels(minilm, "piece")
    assert all((label == "continues") == token.startswith("##") for token, label in piece.values() if label)
    capital = [(token, label) for token, label in labels(minilm, "capital").values() if label]
    assert capital == [("hello", "capital"), ("electro", "capital"), ("it", "small"), ("s", "small"), ("fine", "small")]


@pytest.mark.parametrize("text", ["hi", "😀 …", "我爱北京。", "<b>x</b> & y", "ÅNGSTRÖM"])
def test_any_text_has_a_label_or_none_at_every_token(minilm, text):
    for task in FROM_TEXT:
        encoded = encode(minilm, text)
        assert len(FROM_TEXT[task](encoded)) == encoded.n_tokens


def test_labels_of_words_go_to_all_their_pieces(minilm):
    encoded = encode(minilm, "the parrots chatter")
    assert encoded.tokens == ("[CLS]", "the", "parrot", "##s", "chatter", "[SEP]")
    assert of_words(encoded, ("d", "s", None)) == (None, "d", "s", "s", None, None)


def test_foreign_texts(minilm):
    assert not is_foreign([encode(minilm, TEXT), encode(minilm, "It rains.")])
    assert is_foreign([encode(minilm, "😀 ☃ 🜁"), encode(minilm, "xqzk")])


def test_chinese_pieces_of_whole_characters_are_no_continuations(minilm):
    """A clause has no spaces, so it is one word of many pieces; bytes of a character are none of a whole one."""
    tokenizer = Tokenizer(models.Unigram([("[UNK]", 0.0), ("昨天", -1.0), ("在河边", -1.0), ("取", -1.0)], unk_id=0))
    handle = replace(minilm, tokenizer=tokenizer, _views={})
    chinese = encode(handle, "昨天在河边取在河边昨天")
    assert len(set(chinese.words)) == 1 and chinese.n_tokens == 5
    assert not is_foreign([chinese])
    in_bytes = replace(minilm, tokenizer=byte_pairs(minilm.tokenizer, ["a"]), _views={})
    assert is_foreign([encode(in_bytes, "昨天在河边取")])


def test_by_lot_changes_nothing_that_an_uncased_model_sees(minilm):
    text = "Yesterday Anna took the night train to Prague, and slept badly."
    drawn = by_lot(text, 0)
    assert drawn != text and drawn.lower() == text.lower() and by_lot(text, 0) == drawn != by_lot(text, 1)
    assert encode(minilm, drawn).ids.tolist() == encode(minilm, text).ids.tolist()


@pytest.fixture(scope="module")
def seen(minilm):
    names, verbs = ("Anna", "Peter", "Maria", "Ivan"), ("sleeps", "laughs", "waits", "sings")
    ends = (", and rests.", " here now.", "; then stops!", " all day.")
    return read(minilm, [f"{name} {verb}{end}" for name in names for verb in verbs for end in ends])


def test_states_are_those_of_a_run(minilm, seen):
    encoded, states = seen
    assert len({one.n_tokens for one in encoded[:4]}) > 1  # so some are padded
    for text in range(4):
        capture = run(minilm, encoded[text].text)
        for depth, hidden in enumerate(capture.hidden):
            assert (states[text][depth] - hidden[0]).abs().max() <= 5e-6  # another batch, another order of sums


def test_texts_are_not_divided(seen):
    found = tokens(seen, [FROM_TEXT["before"](one) for one in seen[0]])
    parts = parts_of(found, 0)
    assert not set(found.texts[parts.train]) & set(found.texts[parts.test])
    assert len(np.unique(found.texts[parts.test])) == 16
    assert len(found.labels) == len(found.texts) == len(found.states[0])


def test_what_comes_from_the_neighbour_is_not_in_the_embedding(seen):
    """Every verb stands before a mark in half of its sentences: the embedding can only guess."""
    labels = [FROM_TEXT["before"](one) for one in seen[0]]
    only_verbs = [tuple(label if at == 2 else None for at, label in enumerate(own)) for own in labels]
    info = token_scores(tokens(seen, only_verbs), "before", 0, 3)
    assert info.accuracy[0] <= 0.7 and info.accuracy[3] == 1 and info.control.max() < 0.9
    assert info.n_texts == (48, 16) and len(info.table()) == 7


def test_an_answer_for_every_token(minilm, seen):
    found = tokens(seen, [FROM_TEXT["punctuation"](one) for one in seen[0]])
    probe, classes = fitted(found, 0, 2)
    capture = run(minilm, "Olga sleeps; all is quiet.")
    labels = FROM_TEXT["punctuation"](capture.encoded)
    info = marked(capture.encoded, capture.hidden[2][0], labels, probe, classes)
    assert info.reading()[1] == {"right": 7, "of": 7}
    assert info.predicted[0] is None and info.right[0] is None and classes == ("mark", "word")


def test_one_label_is_no_task(seen):
    with pytest.raises(ProbeImpossible):
        token_scores(tokens(seen, [tuple("A" for _ in one.tokens) for one in seen[0]]), "x", 0, 0)


def test_the_shown_probe_has_not_learnt_from_held_out_texts():
    """Other states at the tokens of the held-out texts change nothing in it."""
    states = torch.randn(40, 6, generator=torch.Generator().manual_seed(0))
    found = Tokens((states,), tuple("ab" * 20), np.repeat(np.arange(10), 4))
    moved = states.clone()
    moved[parts_of(found, 3).test] += 100
    first, again = (fitted(Tokens((x,), found.labels, found.texts), 3, 0)[0] for x in (states, moved))
    assert np.array_equal(first.weight, again.weight) and np.array_equal(first.mean, again.mean)
