"""The rows of a table and its transpose against the plain product, and by hand."""

import numpy as np
import pytest
import torch

from explorer.analysis.pretraining import own_argmax
from explorer.analysis.pretraining.own_argmax import n_blocks, own_rows
from explorer.models.encode import named


def result(table, names=None):
    found = list(own_rows(table, names))
    assert len(found) == n_blocks(len(table)) and found[:-1] == [None] * (len(found) - 1)
    return found[-1]


@pytest.mark.parametrize("block", [7, 64, 1000])
def test_equal_to_the_plain_product(monkeypatch, block):
    monkeypatch.setattr(own_argmax, "BLOCK", block)
    table = torch.randn(300, 6, generator=torch.Generator().manual_seed(1)).double()
    info = result(table)
    product = table @ table.T
    np.testing.assert_array_equal(info.wins, (product.argmax(1) == torch.arange(300)).numpy())
    assert 0 < len(info.losers) < 300
    norms = table.norm(dim=1)
    for i in range(300):
        longer = (norms > norms[i]).nonzero()[:, 0]
        if not len(longer):
            assert info.rival[i] == -1
            continue
        j = int(longer[product[i, longer].argmax()])
        assert info.rival[i] == j
        assert info.cosine[i] == pytest.approx((product[i, j] / norms[i] / norms[j]).item(), abs=1e-9)
        assert info.ratio[i] == pytest.approx((norms[i] / norms[j]).item(), abs=1e-9)
        assert info.wins[i] == (info.ratio[i] >= info.cosine[i])


def test_by_hand():
    """(1, 0) loses to (2, 0.1): 2 > 1. (0, 1) keeps its place: 0.1 < 1."""
    info = result(torch.tensor([[1.0, 0.0], [2.0, 0.1], [0.0, 1.0]]))
    assert info.wins.tolist() == [False, True, True]
    assert info.losers == [0] and info.rival[0] == 1
    assert info.ratio[0] == pytest.approx(1 / 4.01**0.5)
    key, facts = info.reading()
    assert key == "tied.reading.rows.some" and facts["word"] == "#0" and facts["n"] == 1
    assert len(info.table()) == 1


def test_orthogonal_and_equal_rows_are_their_own():
    assert result(torch.eye(5)).share == 1
    assert result(torch.ones(4, 3)).share == 1
    assert result(torch.ones(1, 3)).reading()[0] == "tied.reading.rows.all"


@pytest.mark.timeout(120)
def test_the_embedded_model(minilm):
    """99.94 % of 30,522 rows, as the plain product gave once."""
    info = result(minilm.base.get_parameter("embeddings.word_embeddings.weight"), named(minilm, range(30_522)))
    assert len(info.words) == 30_522
    assert info.share == pytest.approx(0.9994, abs=5e-5)
    table = minilm.base.get_parameter("embeddings.word_embeddings.weight")
    for i in info.losers:
        assert int((table @ table[i]).argmax()) != i
    kept = info.drawn[:100]
    assert ((table @ table[kept].T).argmax(0) == torch.tensor(kept)).all()
