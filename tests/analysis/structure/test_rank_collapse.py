"""The measure by hand, and the series that the lesson prints."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import Scene, run
from explorer.analysis.structure.rank_collapse import rank_paths, residual
from explorer.capture.changes.rank import ALL_KEPT, ATTENTION_ALONE, COMBINATIONS, Kept, states_by_layer
from explorer.home import ASSETS


@pytest.fixture(scope="module")
def paragraph(minilm):
    return rank_paths(Scene(minilm, (ASSETS / "examples/island.txt").read_text("utf-8")))


def test_residual_by_hand():
    same, opposite = torch.ones(4, 3).double(), torch.tensor([[1.0, 0], [-1, 0]]).double()
    assert residual(same) == 0
    assert residual(opposite) == 1
    # Rows (2, 0) and (0, 2): mean (1, 1), both rows √2 from it, both 2 long.
    assert residual(torch.tensor([[2.0, 0], [0, 2]])) == pytest.approx(0.5**0.5)
    x = torch.randn(5, 8, generator=torch.Generator().manual_seed(0))
    assert residual(3 * x) == pytest.approx(float(residual(x)), abs=1e-6)
    ones = torch.eye(5) - torch.ones(5, 5) / 5
    assert residual(x) == pytest.approx(float(torch.linalg.norm(ones @ x) / torch.linalg.norm(x)), abs=1e-6)
    assert residual(torch.stack([x, x + 1]))[0] == residual(x)


def test_the_known_series(paragraph):
    alone, full = paragraph.residual[ATTENTION_ALONE], paragraph.residual[ALL_KEPT]
    # As first measured on MiniLM, on another English text of this length: within 5 %, the last to its one digit.
    assert alone[:3] == pytest.approx([0.961, 0.795, 0.027], rel=0.05)
    assert 0.5e-6 < alone[3] < 1.5e-6
    assert full.min() >= 0.86
    assert alone[4] < 1e-13


def test_skips_are_what_prevents_it(paragraph):
    for kept in COMBINATIONS:
        assert (paragraph.residual[kept][-1] > 0.1) == kept.skips
    faster = paragraph.residual[ATTENTION_ALONE][2], paragraph.residual[Kept(False, True, False)][2]
    assert faster[0] < faster[1]


def test_cosines(paragraph, minilm):
    states = run(minilm, (ASSETS / "examples/island.txt").read_text("utf-8")).hidden[-1][0].double().numpy()
    unit = states / np.linalg.norm(states, axis=1, keepdims=True)
    expected = (unit @ unit.T)[~np.eye(len(unit), dtype=bool)].mean()
    assert paragraph.cosine[ALL_KEPT][-1] == pytest.approx(expected, abs=1e-5)  # the run is in single precision
    assert paragraph.cosine[ATTENTION_ALONE][-1] == pytest.approx(1, abs=1e-12)
    assert paragraph.cosines[ALL_KEPT].shape == (7, 48, 48)


def test_table_and_readings(paragraph):
    assert len(paragraph.table()) == 8 * 7
    assert paragraph.difference is not None and paragraph.difference < 1e-5
    key, facts = paragraph.reading()
    assert key.endswith("collapses") and facts["layer"] == 2
    assert replace(paragraph, chosen=ALL_KEPT).reading()[0].endswith("full")
    assert replace(paragraph, chosen=Kept(True, False, False)).reading()[0].endswith("stays")


def test_a_cut_text_is_not_compared_nor_run(minilm):
    scene = Scene(minilm, "word " * 200)
    info = rank_paths(scene)
    assert info.difference is None and len(info.tokens) == 128 and not scene._runs
    seen = run(minilm, scene.encoded)
    expected = [float(residual(states)[0]) for states in states_by_layer(minilm, seen.hidden[0])]
    np.testing.assert_array_equal(info.residual[ALL_KEPT], expected)
