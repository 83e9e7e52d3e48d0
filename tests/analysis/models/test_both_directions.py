"""The same head both ways: what goes to the right is gone under the mask."""

import numpy as np
import pytest

from explorer import Scene, Variant
from explorer.analysis.models.both_directions import both_directions

CAUSAL = Variant(causal=True)


@pytest.mark.parametrize(("layer", "head"), [(1, 8), (0, 2), (5, 0)])
def test_both_ways(minilm, layer, head):
    as_is = Scene(minilm, "The cat sat on the mat.")
    info = both_directions(as_is, layer, head)
    n = as_is.encoded.n_tokens
    by_hand = sum(float(info.own.probs[i, j]) for i in range(n) for j in range(n) if j > i) / (
        n - 1
    )  # the last has none
    assert info.right == pytest.approx(by_hand, abs=1e-6)
    assert np.triu(info.causal.probs, 1).max() == 0
    np.testing.assert_allclose(info.causal.probs.sum(1), 1, atol=1e-6)
    assert info.causal.probs[0, 0] == 1, "the first token can look at itself alone"
    moved = [[max(0.0, float(info.causal.probs[i, j] - info.own.probs[i, j])) for j in range(n)] for i in range(n)]
    gain = np.sum(moved, 0)
    facts = info.reading()[1]
    assert facts["position"] == gain.argmax() and facts["part"] == pytest.approx(gain.max() / gain.sum(), rel=1e-5)
    assert "causal" in info.table().columns[-1]


def test_a_model_that_is_causal_itself_has_no_second_run(minilm):
    info = both_directions(Scene(minilm, "The cat sat.", variant=CAUSAL), 1, 8)
    assert info.reading() == ("who_sees_whom.attention.already", {"layer": 1, "head": 8, "right": 0.0})
    assert len(info.table().columns) == 5
