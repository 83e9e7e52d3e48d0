"""The sinusoid by hand, permutation equivariance, and the shared model left as it was."""

import math

import numpy as np
import pytest
import torch

from explorer import Scene, encode, run
from explorer.analysis.input.positions import TABLES, shuffle, shuffled, sinusoid, swapped, tables, wave
from explorer.capture.changes.positions import last_hidden

TEXT = ("The animal didn't cross the street because it was too tired.", "It slept.")


def test_sinusoid_by_hand():
    table = sinusoid(4, 4)
    expected = [[0, 1, 0, 1]] + [[math.sin(p), math.cos(p), math.sin(p / 100), math.cos(p / 100)] for p in (1, 2, 3)]
    assert torch.allclose(table, torch.tensor(expected), atol=1e-7)
    assert float(table[1, 0]) == pytest.approx(0.8414710, abs=1e-6)
    assert float(table[1, 3]) == pytest.approx(0.9999500, abs=1e-6)


def test_sinusoid_rows_depend_on_distance_alone(minilm):
    cosine = tables(minilm).sinusoidal_cosine
    for step in (1, 7, 100):
        assert np.ptp(cosine.diagonal(step)) < 1e-5
    assert np.ptp(tables(minilm).learned_cosine.diagonal(7)) > 0.01


def test_wave(minilm):
    info = wave(minilm, 10, 41)
    assert info.values[10] == pytest.approx(math.cos(10 / 10_000 ** (40 / 384)), abs=1e-6)
    assert info.wavelength == pytest.approx(2 * math.pi * 10_000 ** (40 / 384))


def test_the_models_own_table_gives_the_models_own_output(minilm):
    encoded = encode(minilm, *TEXT)
    own = run(minilm, encoded).hidden[-1]
    weight = minilm.model.embeddings.position_embeddings.weight
    assert torch.equal(last_hidden(minilm, encoded), own)
    assert torch.equal(last_hidden(minilm, encoded, weight.clone()), own)


@pytest.mark.parametrize("text", [TEXT, ("hi", None)])
def test_without_positions_outputs_are_permuted(minilm, text):
    encoded = encode(minilm, *text)
    before = minilm.model.embeddings.position_embeddings.weight.clone()
    order = shuffled(encoded, 3)
    assert sorted(order) == list(range(encoded.n_tokens))
    assert all(order[at] == at for at, special in enumerate(encoded.special) if special)
    info = shuffle(Scene(minilm, *text), 3)
    assert info.order == order
    # Sums over the keys run in another order in each of six layers: about 1e-6 for outputs of size 1.
    assert info.difference_without <= 1e-5
    assert info.difference_with > 0.1 or encoded.n_tokens == 3
    assert torch.equal(minilm.model.embeddings.position_embeddings.weight, before)


def test_swapping_moves_the_outputs(minilm):
    others = ("none", "scaled", "sinusoidal")
    info = swapped(Scene(minilm, *TEXT), (*others, "model"))
    assert info.cosine["model"] == pytest.approx(1, abs=1e-5)
    assert all(info.cosine[name].mean() < 0.99 for name in others)
    encoded = encode(minilm, *TEXT)
    own, bare = (last_hidden(minilm, encoded, table)[0, 4] for table in (None, TABLES["none"](minilm)))
    assert info.cosine["none"][4] == pytest.approx(float(torch.cosine_similarity(own, bare, dim=0)), abs=1e-6)
    lengths = TABLES["scaled"](minilm).norm(dim=1)
    assert lengths.mean() == pytest.approx(minilm.model.embeddings.position_embeddings.weight.norm(dim=1).mean())
