"""The sentences that ask what a model knows: their own sense, and the numbers against a plain forward pass."""

import pytest
import torch

from explorer import ModelSpec, load
from explorer.analysis.pretraining import knowledge
from explorer.analysis.pretraining.knowledge import COMPARED, GAP, Filled, Knowledge


@pytest.fixture(scope="module")
def mini():
    return load(ModelSpec("embedded", "mini-bert", head="pretraining"))


@pytest.mark.parametrize("kind", knowledge.kinds())
def test_the_sentences_have_one_gap_and_words_that_the_vocabulary_has(mini, kind):
    found = knowledge.knowledge(mini, kind)
    assert len(found.filled) >= 6 and len(found.table()) == len(found.filled) * (2 if kind == COMPARED else 5)
    for one in found.filled:
        assert one.text.count(GAP) == 1
        ids = [mini.tokenizer.token_to_id(word) for word, _ in one.accepted]
        assert sum(i is not None for i in ids) > len(ids) / 2, one.text
        encoded = mini.tokenizer.encode(one.text.replace(GAP, "[MASK]"))
        with torch.no_grad():
            logits = mini.model(torch.tensor([encoded.ids])).prediction_logits[0, encoded.ids.index(mini.mask_id)]
        probs = logits.softmax(-1)
        for (word, share), number in zip(one.accepted, ids, strict=True):
            assert share == pytest.approx(0.0 if number is None else probs[number].item(), abs=1e-5), word
        assert [share for _, share in one.best] == pytest.approx(probs.topk(5).values.tolist(), abs=1e-5)


def test_what_counts_as_right():
    fits = (("tea", 0.2),)
    first, second, none = (
        Filled("a ___", fits, tuple((word, 0.1) for word in words))
        for words in (("Tea", "x"), ("x", " tea"), ("x", "y"))
    )
    assert (first.right, second.right, none.right) == (1, 2, None)
    assert Knowledge("facts", (first, second, none)).reading() == (
        "knowledge.reading",
        {"n": 3, "right": 1, "shown": 2, "among": 2},
    )


def test_who_speaks_english(mini):
    assert knowledge.speaks(mini)
    assert not knowledge.speaks(load(ModelSpec("embedded", "toy-bert", head="pretraining")))
