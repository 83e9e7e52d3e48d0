"""The network without the scale, end to end, against a private copy with scaling = 1 in every layer."""

import numpy as np
import pytest
import torch

from explorer import Scene, Variant, encode, run
from explorer.analysis.scaling.whole_network import factor_curve, factors, network_change
from explorer.capture.heads import word_logits
from explorer.capture.run import inputs
from tests.conftest import eager_copy

SENTENCE = "The animal didn't cross the street because it was too tired."


def eager_hidden(handle, encoded, scaling, layers):
    """Hidden states of transformers' own eager attention with `scaling` in these layers."""
    model = eager_copy(handle)
    for number in layers:
        model.base_model.encoder.layer[number].attention.self.scaling = scaling
    with torch.no_grad():
        return model(**inputs(encoded), output_hidden_states=True).hidden_states


@pytest.mark.parametrize(("factor", "layers"), ((1.0, tuple(range(6))), (1.0, (2,)), (1 / 32, (0, 5))))
def test_end_to_end_equals_an_independent_construction(minilm, factor, layers):
    encoded = encode(minilm, SENTENCE, "It slept.")
    changed = run(minilm, encoded, variant=Variant(scale=factor, layers=layers))
    expected = eager_hidden(minilm, encoded, factor, layers)
    for ours, theirs in zip(changed.hidden, expected, strict=True):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-6)


def test_change_is_one_where_nothing_changed_and_the_pair_is_compared(minilm):
    untouched = run(minilm, SENTENCE, "It slept.")
    scene = Scene.of(minilm, untouched)
    info = network_change(scene, 1.0, (3,))
    np.testing.assert_allclose(info.states[:4], 1, atol=1e-12)
    assert info.states[4].max() < 1
    a, b = untouched.hidden[-1][0], untouched.encoded.sentence_b
    expected = torch.cosine_similarity(a[:b].mean(0), a[b:].mean(0), dim=0).item()
    assert info.pair is not None
    assert info.pair[0] == pytest.approx(expected, abs=1e-6)
    assert info.pair[1] != pytest.approx(expected, abs=1e-3)
    assert info.reading()[0] == "network.reading.changed"
    same = network_change(scene, 1.0, ())
    assert same.reading()[0] == "network.reading.same"
    assert same.predictions == ()


def test_curve_is_one_at_the_models_own_factor(minilm):
    scene, layers = Scene(minilm, "hi"), tuple(range(6))
    assert factors(32)[4] == pytest.approx(32**-0.5)
    steps = factors(32, steps=5)
    changes = [network_change(scene, f, layers) for f in steps]
    curve = factor_curve(changes, 32**-0.5)
    assert curve.pooled[2] == pytest.approx(1, abs=1e-6)
    assert curve.pooled.argmax() == 2
    assert {variant.scale for variant in scene._runs} == {"model", *steps} - {steps[2]}, (
        "its own factor is not run again"
    )
    asked, own = scene.capture(Variant(scale=steps[2])), scene.capture()
    torch.testing.assert_close(asked.hidden[-1], own.hidden[-1], rtol=0, atol=2e-6)
    assert len(curve.table()) == 5
    assert curve.reading()[1]["low"] <= 32**-0.5 <= curve.reading()[1]["high"] + 1e-9


def test_changed_predictions_of_a_model_with_a_head(tiny):
    words = [f"w{i}" for i in range(211)]
    untouched = run(tiny, SENTENCE)
    changed = run(tiny, SENTENCE, variant=Variant(scale="none"))
    info = network_change(Scene.of(tiny, untouched), 1.0, (0, 1, 2), words)
    before, after = (word_logits(tiny, seen)[0].argmax(-1) for seen in (untouched, changed))
    differ = (before != after)[1:-1]  # not [CLS] and [SEP]
    assert len(info.predictions) == int(differ.sum()) > 0
