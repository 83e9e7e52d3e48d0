"""Neighbours by brute force, PCA against numpy's SVD, one word in two texts."""

import numpy as np
import pytest
import torch

from explorer import Scene, run
from explorer.analysis.input.neighbours import entry, neighbours, paths, shared, two_contexts
from explorer.errors import NoSharedWord, WordNotInVocabulary


def test_neighbours_by_brute_force(minilm):
    table = minilm.model.embeddings.word_embeddings.weight.double()
    at = entry(minilm, "River")
    info = neighbours(minilm, at, 10)
    cosine = torch.nn.functional.cosine_similarity(table, table[at][None], dim=1)
    cosine[at] = -2
    best = cosine.topk(10)
    assert info.ids == tuple(best.indices.tolist())
    assert np.abs(info.cosine - best.values.numpy()).max() <= 1e-6
    assert info.token == "river" and "rivers" in info.entries


@pytest.mark.parametrize("word", ["electroencephalography", "two words", "😀", "", "\ud800x"])
def test_a_word_that_is_no_entry(minilm, word):
    with pytest.raises(WordNotInVocabulary):
        entry(minilm, word)


def test_entries_with_marks_are_found(minilm):
    assert entry(minilm, "##ing") == minilm.tokenizer.token_to_id("##ing")


def test_paths_are_principal_components(minilm):
    seen = run(minilm, "She sat on the bank of the river.")
    info = paths(Scene.of(minilm, seen), 3)
    states = torch.cat([hidden[0] for hidden in seen.hidden]).double().numpy()
    states /= np.linalg.norm(states, axis=1, keepdims=True)
    centred = states - states.mean(0)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    expected = u[:, :2] * s[:2]
    flat = info.points.reshape(-1, 2)
    assert np.abs(np.abs(flat) - np.abs(expected)).max() <= 1e-6
    assert info.explained == pytest.approx((s[:2] ** 2).sum() / (s**2).sum())
    assert len(info.table()) == len(flat)


def test_two_contexts(minilm):
    texts = "He sat on the bank of the river.", "He put his money in the bank."
    first, second = (Scene(minilm, text) for text in texts)
    both = shared(first, second)
    assert next(iter(both)) == "bank" and set(both) == {"bank", "the", "he", "."}
    info = two_contexts(first, second, "bank", both["bank"])
    a, b = (c.capture().hidden[-1][0, at].double() for c, at in zip((first, second), both["bank"], strict=True))
    assert info.same[-1] == pytest.approx(float(a @ b / a.norm() / b.norm()), abs=1e-6)
    same = two_contexts(first, first, "bank", (5, 5))
    assert same.same == pytest.approx(1, abs=1e-6) and (same.others < 0.95).all()


def test_nothing_shared(minilm):
    with pytest.raises(NoSharedWord):
        shared(Scene(minilm, "cats"), Scene(minilm, "dogs"))


def test_pictures_do_not_flip(minilm):
    """An axis may point either way: its largest component decides, whatever the library returns."""
    scene = Scene(minilm, "She sat on the bank of the river.")
    info = paths(scene, 3)
    states = torch.cat([hidden[0] for hidden in scene.capture().hidden]).double()
    states /= states.norm(dim=1, keepdim=True)
    _, _, axes = np.linalg.svd((states - states.mean(0)).numpy(), full_matrices=False)
    axes = axes[:2] * np.sign(axes[[0, 1], np.abs(axes[:2]).argmax(1)])[:, None]
    expected = (states - states.mean(0)).numpy() @ axes.T
    np.testing.assert_allclose(info.points.reshape(-1, 2), expected, atol=1e-6)
