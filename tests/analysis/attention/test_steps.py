"""The chain of one weight: each step follows from the one before, and the whole equals the model."""

from dataclasses import replace

import numpy as np
import pytest

from explorer import Scene, Variant, replay, run
from explorer.analysis.attention.steps import HeadChain, chain_difference, head_chain
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
    step = {step.name: list(step.vectors.values()) for step in info.steps}
    q, k, product = step["product"]
    np.testing.assert_allclose(product, q * k, atol=1e-6)
    scores, probs = step["softmax"]
    # Scores of this head are below 20; the sum of 32 products in another order moves them by a few 1e-6.
    assert scores[2] == pytest.approx(product.sum() / np.sqrt(32), abs=1e-5) and info.score == pytest.approx(scores[2])
    weights = np.exp(scores - scores.max())
    np.testing.assert_allclose(probs, weights / weights.sum(), atol=1e-6)
    v, weighted = step["value"]
    np.testing.assert_allclose(weighted, probs[2] * v, atol=1e-6)
    (joined,) = step["concat"]
    np.testing.assert_array_equal(joined[64:96], step["context"][0])
    state, out, total = step["residual"]
    np.testing.assert_allclose(total, state + out, atol=1e-6)
    dense = minilm.layers[1].attention.output.dense
    expected = joined @ dense.weight.detach().numpy().T + dense.bias.detach().numpy()
    np.testing.assert_allclose(step["output"][1], expected, atol=1e-5)


def test_a_masked_key_is_minus_infinity_and_weighs_nothing(minilm: ModelHandle) -> None:
    seen = Scene(minilm, TEXT, variant=Variant(causal=True))
    info = head_chain(seen, 1, 2, query=2, key=6)
    mask = next(step for step in info.steps if step.name == "mask")
    assert info.weight == 0.0 and np.isnan(mask.vectors["s_i"][6])
    assert info.difference == 0.0
    key, facts = info.reading()  # the score, -3.4e38, is not a number to read out
    assert key == "steps.reading.masked" and set(facts) == {"query", "key"}
    allowed = head_chain(seen, 1, 2, query=2, key=1)
    assert allowed.reading()[1]["even"] == pytest.approx(1 / 3)


def test_table_and_reading(minilm: ModelHandle) -> None:
    info = chain(minilm)
    assert tuple(dict.fromkeys(info.table()["name"])) == info.row.steps
    key, facts = info.reading()
    assert key == "steps.reading" and facts["query"] == "are" and 0 < facts["weight"] < 1
