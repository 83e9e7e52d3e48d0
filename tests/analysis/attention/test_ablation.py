"""Leaving heads out, by its consequences."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from explorer import Scene, Variant, run
from explorer.analysis.attention.ablation import Removals, ablation, removals
from explorer.capture.heads import word_logits
from explorer.models.handle import ModelHandle

TEXT = "The keys to the cabinet are on the table."


def test_nothing_left_out_changes_nothing(minilm: ModelHandle) -> None:
    info = ablation(Scene(minilm, TEXT), ())
    assert not info.change.any() and info.pooled == pytest.approx(1.0) and info.reading()[0] == "ablation.none"


def test_the_change_is_measured_against_the_untouched_state(tiny: ModelHandle) -> None:
    """By hand: a state twice as long has moved by once its length, one turned around by twice its length."""
    seen = run(tiny, TEXT)
    states = [2 * state if layer == 1 else -state for layer, state in enumerate(seen.hidden)]
    changed = replace(seen, hidden=tuple(states), variant=Variant(ablated=((0, 0),)))
    info = ablation(Scene.of(tiny, seen, changed), ((0, 0),))
    np.testing.assert_allclose(info.change, np.repeat([[1.0], [2.0], [2.0]], seen.encoded.n_tokens, 1), atol=1e-6)


def test_layers_before_the_head_stay_as_they_are(tiny: ModelHandle) -> None:
    info = ablation(Scene(tiny, TEXT), ((1, 0),))
    assert not info.change[0].any() and (info.change[1:] > 0).all()
    assert info.reading()[1]["n"] == 1


def test_all_heads_equal_an_output_projection_of_zeros(tiny: ModelHandle) -> None:
    """The independent way: the projection's input is replaced by zeros with a hook of our own."""
    everything = tuple((1, head) for head in range(tiny.dims.n_heads))
    info = ablation(Scene(tiny, TEXT), everything)
    dense = tiny.layers[1].attention.output.dense
    handle = dense.register_forward_pre_hook(lambda module, args: (torch.zeros_like(args[0]),))
    try:
        zeroed = ablation(Scene(tiny, TEXT), ())
        by_hook = run(tiny, TEXT)
    finally:
        handle.remove()
    untouched = run(tiny, TEXT)
    pairs = zip(untouched.hidden[1:], by_hook.hidden[1:], strict=True)
    expected = torch.stack([(b - a)[0].norm(dim=-1) / a[0].norm(dim=-1) for a, b in pairs])
    np.testing.assert_allclose(info.change, expected.numpy(), atol=1e-6)
    assert not zeroed.change.any()


def test_predictions_are_compared_where_the_model_makes_them(tiny: ModelHandle) -> None:
    seen, changed = run(tiny, TEXT), run(tiny, TEXT, variant=Variant(ablated=((0, 1),)))
    info = ablation(Scene.of(tiny, seen, changed), ((0, 1),))
    words = slice(1, -1)  # not [CLS] and [SEP]
    p, q = (word_logits(tiny, one)[0, words].softmax(-1) for one in (seen, changed))
    assert info.divergence == pytest.approx(float((p * (p / q).log()).sum(-1).mean()), abs=1e-6)
    assert info.outputs() is not None and info.outputs()[0] == "ablation.outputs"
    assert len(info.table()) == 3 * seen.encoded.n_tokens


def test_every_head_left_out_alone_is_its_own_ablation(tiny: ModelHandle) -> None:
    found = removals(Scene(tiny, TEXT))
    assert found.shape == (tiny.dims.n_layers, tiny.dims.n_heads)
    for layer, head in np.ndindex(found.shape):
        one = ablation(Scene(tiny, TEXT), ((layer, head),))
        assert found[layer, head] == pytest.approx(one.change[-1].mean(), rel=1e-5)


def test_a_head_is_counted_against_the_others_and_not_against_itself() -> None:
    change = np.array([[0.1, 0.4], [0.2, 0.3]], dtype=np.float32)
    key, facts = Removals(change, ((0, 1),), 0.4).reading()
    assert (key, facts["below"], facts["others"]) == ("ablation.removals", 3, 3)
    assert (facts["layer"], facts["head"]) == (0, 1) and facts["typical"] == pytest.approx(0.25)
    assert Removals(change, ((1, 0),), 0.2).reading()[1]["below"] == 1
