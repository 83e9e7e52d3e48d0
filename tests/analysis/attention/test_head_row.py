"""The row of a query: every number follows from the model's own, and of a long text little is held."""

import numpy as np
import pytest
import torch

from explorer import Scene
from explorer.analysis.attention.head_row import HELD, NAMES, HeadRow, head_row
from explorer.models.handle import ModelHandle
from tests.architectures import tiny_model, views

TEXT = "The keys to the cabinet are on the table."
VIEWS = views()


def row(handle: ModelHandle, text: str = TEXT, query: int = 3, key: int = 2, head: int = 1) -> HeadRow:
    scene = Scene(handle, text)
    return head_row(scene, scene.layer(1), head, query, key)


@pytest.mark.parametrize(("name", "stack"), VIEWS, ids=["-".join(v) for v in VIEWS])
def test_each_number_follows_from_those_before(name: str, stack: str) -> None:
    handle = tiny_model(name).of_stack(stack)
    scene = Scene(handle, TEXT)
    layer = scene.layer(1)
    found = head_row(scene, layer, 1, 3, 2)
    scores = found.k.astype(float) @ found.q * found.factor + found.added
    # T5's scores are of the size of 100: the sixth digit.
    np.testing.assert_allclose(scores[list(found.visible)], found.scores[list(found.visible)], atol=5e-5)
    assert np.isnan(found.scores[~np.array(found.visible)]).all()
    raised = np.exp(np.nan_to_num(found.scores.astype(float) - np.nanmax(found.scores), nan=-np.inf))
    np.testing.assert_allclose(found.weights, raised / raised.sum(), atol=1e-5)
    own = found.joined.reshape(found.n_heads, -1)[1]
    np.testing.assert_allclose(found.weights @ found.v, own, atol=1e-5)
    assert (found.mixing is None) == (name == "gemma3_text"), "its norm after the block is not linear"
    if found.mixing is not None:
        assert found.mixing @ found.joined + found.shift == pytest.approx(found.attn_out[found.shown], abs=1e-5)
    assert abs(found.attn_out[found.shown]) == abs(found.attn_out).max()
    if stack == "cross":
        assert found.total is None and "residual" not in found.steps
    elif layer.attn_sum is not None:
        np.testing.assert_allclose(found.total, layer.attn_sum[0, 3].numpy(), atol=1e-6)
    else:  # post-LN: one of the layer's own norms makes attn_norm of the sum
        norms = [m for m in handle.layers[1].modules() if isinstance(m, torch.nn.LayerNorm)]
        with torch.no_grad():
            near = min(float((norm(torch.tensor(found.total)) - layer.attn_norm[0, 3]).abs().max()) for norm in norms)
        assert near < 1e-5 and found.normed


def test_steps_that_do_not_exist_are_left_out() -> None:
    without = {
        name: set(NAMES) - set(row(tiny_model(name).of_stack(stack)).steps)
        for name, stack in (("bert", "encoder"), ("gpt2", "decoder"), ("t5", "cross"))
    }
    assert without == {"bert": {"mask"}, "gpt2": set(), "t5": {"scale", "mask", "residual"}}


def test_of_a_long_text_the_neighbourhood_of_the_pair(minilm: ModelHandle) -> None:
    found = row(minilm, "word " * 700, query=300, key=40)
    assert len(found.at) == HELD and {300, 40} <= set(found.at)
    assert all(min(abs(j - 300), abs(j - 40)) <= HELD // 2 for j in found.at)
    own = found.joined.reshape(found.n_heads, -1)[1]
    assert found.weights.sum() + found.rest_weight == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(found.weights @ found.v + found.rest_value, own, atol=1e-5)


def test_one_token() -> None:
    found = row(tiny_model("gpt2").of_stack("decoder"), "hi", query=0, key=0)
    if found.n_keys == 1:
        assert found.weights.tolist() == [1.0] and "mask" not in found.steps
