"""Poolings against a private eager model and sentence-transformers' recipe, padding, scores by hand."""

import numpy as np
import pytest
import torch

from explorer import encode
from explorer.analysis.use.classifier_input import classifier_input
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.analysis.use.pooling import normalised, principal, sentence_vectors
from explorer.analysis.use.sentences import (
    MAX_SENTENCES,
    by_depth,
    nearest_score,
    pair_score,
    ranking,
    sentence_list,
    sentence_map,
    similarities,
)
from explorer.capture import batch
from explorer.errors import EmptyText, TooFewSentences, TooManySentences
from tests.capture.private import eager_copy, outputs

SENTENCES = ("It rains.", "A long sentence about the weather in the northern part of the country.", "hi")


@pytest.fixture(scope="module")
def found(minilm):
    return sentence_vectors(minilm, SENTENCES)


def test_against_a_private_model_one_sentence_at_a_time(minilm, found):
    """Last layer, mean where the mask is 1, length 1: what sentence-transformers computes for this model."""
    private = eager_copy(minilm)
    for at, sentence in enumerate(SENTENCES):
        encoded = encode(minilm, sentence)
        reference = outputs(private, encoded)
        for depth, hidden in enumerate(reference.hidden_states):
            h = hidden[0]
            assert np.abs(found.vectors["cls"][depth, at] - h[0].numpy()).max() <= 5e-6
            assert np.abs(found.vectors["mean"][depth, at] - h.mean(0).numpy()).max() <= 5e-6
            assert np.abs(found.vectors["max"][depth, at] - h.amax(0).numpy()).max() <= 5e-6
        last = torch.nn.functional.normalize(reference.last_hidden_state[0].mean(0), dim=0)
        assert np.abs(normalised(found.vectors["mean"][-1])[at] - last.numpy()).max() <= 1e-6
        assert np.abs(found.vectors["pooler"][-1, at] - reference.pooler_output[0].numpy()).max() <= 1e-6


def test_the_pooler_is_not_the_state(found):
    assert np.abs(found.vectors["pooler"]).max() <= 1
    assert np.abs(found.vectors["pooler"][-1] - found.vectors["cls"][-1]).max() > 0.1


def test_a_sentence_does_not_depend_on_its_neighbours(minilm, found):
    alone = sentence_vectors(minilm, ["hi"])
    for name in found.poolings:
        assert np.abs(alone.vectors[name][:, 0] - found.vectors[name][:, 2]).max() <= 5e-6


def test_texts_one_by_one_as_together(minilm, found, monkeypatch):
    monkeypatch.setattr(batch, "PADDED", ())
    alone = sentence_vectors(minilm, SENTENCES)
    for name in found.poolings:
        assert np.abs(alone.vectors[name] - found.vectors[name]).max() <= 5e-6
    pair = ("It rains.", "We stay.")
    assert next(batch.batches(minilm, [pair])).encoded[0].sentence_b is not None


def test_special_tokens_left_out(minilm):
    found = sentence_vectors(minilm, ["hi"], special=False)
    assert np.array_equal(found.vectors["mean"], found.vectors["max"])  # one word: mean and maximum are its state
    assert not np.allclose(found.vectors["mean"], sentence_vectors(minilm, ["hi"]).vectors["mean"])


def test_before_the_first_layer_cls_knows_nothing(found):
    assert found.cosine("cls", 0) == pytest.approx(1, abs=1e-12)


def test_an_unreadable_sentence(minilm):
    with pytest.raises(EmptyText):
        sentence_vectors(minilm, ["fine", "\x07"])


def test_lists():
    listed = sentence_list("\n\n a \nb\n\n\nc\n")
    assert listed.sentences == ("a", "b", "c") and listed.groups == (0, 0, 1) and listed.scored
    assert not sentence_list("a\nb").scored and not sentence_list("a\n\nb").scored
    assert sentence_list("a\n" + "x" * 500).cut == 1
    with pytest.raises(TooFewSentences):
        sentence_list("one\n\n")
    with pytest.raises(TooManySentences):
        sentence_list("x\n" * (MAX_SENTENCES + 1))


def test_scores_by_hand():
    related = sentence_list("a\nb\n\nc\nd").related
    # a is nearest to b; b is nearest to c; c is nearest to d; d has two equals, one of them related.
    cosine = np.array([[1, 0.9, 0.1, 0.2], [0.5, 1, 0.8, 0.1], [0.1, 0.2, 1, 0.9], [0.3, 0.7, 0.7, 1]])
    assert nearest_score(cosine, related) == pytest.approx((1 + 0 + 1 + 0.5) / 4)
    assert pair_score(cosine, related) == pytest.approx((1 + 0.5 + 1 + 0.75) / 4)
    assert pair_score(np.ones((4, 4)), related) == 0.5 and nearest_score(np.ones((4, 4)), related) == pytest.approx(
        1 / 3
    )


def test_infos(minilm):
    listed = sentence_list("The cat sleeps.\nA kitten naps.\n\nStocks fell.\nThe market lost.")
    found = sentence_vectors(minilm, listed.sentences)
    info = similarities(found, listed, 6)
    assert info.scores["mean"]["pairs"] == 1 and info.scores["cls"]["pairs"] <= 1
    assert len(info.table()) == 6 and np.allclose(np.diag(info.cosine["mean"]), 1)
    order = ranking(found, listed, 6, 0)
    assert order.order["mean"][0][0] == 1 and order.order["mean"][0][2]
    values = [value for _, value, _ in order.order["max"]]
    assert values == sorted(values, reverse=True) and len(order.table()) == 12
    layers = by_depth(found, listed, "pairs")
    assert layers.chance == 0.5 and layers.scores["cls"][0] == 0.5
    assert layers.scores["mean"][6] == info.scores["mean"]["pairs"]


def test_map_is_the_best_plane():
    """Points in a plane: the two axes carry everything and keep all distances."""
    rng = np.random.default_rng(0)
    flat = rng.normal(size=(9, 2)) @ rng.normal(size=(2, 7)) + 0.0
    points, explained = principal(flat)
    unit = normalised(flat)
    assert explained == pytest.approx(1)
    mirrored, _ = principal(-flat)
    assert np.allclose(mirrored, -points), "the axes have a fixed sign, so the mirrored points are the mirror image"
    assert np.linalg.norm(points[0] - points[5]) == pytest.approx(np.linalg.norm(unit[0] - unit[5]))


def test_map_of_equal_vectors(minilm):
    listed = sentence_list("hi\nhi")
    info = sentence_map(sentence_vectors(minilm, listed.sentences), listed, 6, "mean")
    assert np.abs(info.points).max() <= 1e-6 and info.explained == 1


def test_what_a_classifier_reads(minilm):
    """Texts whose label is their first word: its state gives the label away. Where only the last word says it, the
    first word's state of a network without layers would be at a loss; here attention has told it a little."""
    animals, verbs = ("dogs", "cats", "birds", "mice", "wolves", "horses"), ("sleep", "eat", "run", "hide")
    texts = tuple(f"{animal} {verb}" for animal in animals for verb in verbs)
    first = LabelledTexts(texts, tuple(text.split()[0] for text in texts))
    info = classifier_input(minilm, first, seeds=(0, 1))
    assert set(info.right) == {"cls", "pooler", "mean", "max", "word"}
    assert info.right["word"].tolist() == [1.0, 1.0] and info.majority == pytest.approx(1 / 6)
    last = LabelledTexts(texts, tuple(text.split()[1] for text in texts))
    again = classifier_input(minilm, last, seeds=(0,))
    assert again.right["word"][0] < info.right["word"][0] and again.n_labels == 4
