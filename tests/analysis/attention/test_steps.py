"""The chain of one weight: each step follows from the one before, and the whole equals the model."""

from dataclasses import replace

import numpy as np
import pytest

from explorer import Scene, Variant, replay, run
from explorer.analysis.attention.steps import NAMES, HeadChain, chain_difference, head_chain
from explorer.models.handle import ModelHandle

TEXT = "The keys to the cabinet are on the table."


def chain(handle: ModelHandle, variant: Variant = Variant()) -> HeadChain:
    return head_chain(Scene(handle, TEXT, variant=variant), 1, 2, query=6, key=2)


@pytest.mark.parametrize("fixture", ["minilm", "tiny"])
def test_the_chain_equals_the_model_to_the_last_bit(fixture: str, request: pytest.FixtureRequest) -> None:
    assert chain(request.getfixturevalue(fixture)).difference == 0.0


def test_a_wrong_scale_would_show(minilm: ModelHandle) -> None:
    seen = run(minilm, TEXT)
    layer = replay(minilm, seen, 1)
    assert chain_difference(minilm, seen, replace(layer, factor=1 / 8)) > 0.01


def test_every_step_follows_from_the_one_before(minilm: ModelHandle) -> None:
    info = chain(minilm)
    step = dict(zip(NAMES, info.steps, strict=True))
    q, k, product = (strip.values for strip in step["product"].strips)
    np.testing.assert_allclose(product, q * k, atol=1e-6)
    scores, probs = (strip.values for strip in step["softmax"].strips)
    # Scores of this head are below 20; the sum of 32 products in another order moves them by a few 1e-6.
    assert scores[2] == pytest.approx(product.sum() / np.sqrt(32), abs=1e-5) and info.score == pytest.approx(scores[2])
    weights = np.exp(scores - scores.max())
    np.testing.assert_allclose(probs, weights / weights.sum(), atol=1e-6)
    v, weighted = (strip.values for strip in step["value"].strips)
    np.testing.assert_allclose(weighted, probs[2] * v, atol=1e-6)
    joined = step["concat"].strips[0]
    assert joined.marked == (64, 96)
    np.testing.assert_array_equal(joined.values[64:96], step["context"].strips[0].values)
    dense = minilm.layers[1].attention.output.dense
    expected = joined.values @ dense.weight.detach().numpy().T + dense.bias.detach().numpy()
    np.testing.assert_allclose(step["output"].strips[1].values, expected, atol=1e-5)


def test_a_masked_key_is_minus_infinity_and_weighs_nothing(minilm: ModelHandle) -> None:
    seen = Scene(minilm, TEXT, variant=Variant(causal=True))
    info = head_chain(seen, 1, 2, query=2, key=6)
    assert info.weight == 0.0 and "∞" in info.steps[NAMES.index("mask")].equation
    assert np.isnan(info.steps[NAMES.index("mask")].strips[0].values[6])
    assert info.difference == 0.0
    key, facts = info.reading()  # the score, -3.4e38, is not a number to read out
    assert key == "steps.reading.masked" and set(facts) == {"query", "key"}
    allowed = head_chain(seen, 1, 2, query=2, key=1)
    assert allowed.reading()[1]["even"] == pytest.approx(1 / 3)


def test_table_and_reading(minilm: ModelHandle) -> None:
    info = chain(minilm)
    assert set(info.table()["name"]) == set(NAMES)
    key, facts = info.reading()
    assert key == "steps.reading" and facts["query"] == "are" and 0 < facts["weight"] < 1
