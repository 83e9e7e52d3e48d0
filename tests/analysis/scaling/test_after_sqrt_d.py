"""What a chosen rule is said to do, by consequence."""

import math

import numpy as np
import pytest
import torch

from explorer import Scene
from explorer.analysis.scaling.after_sqrt_d import OWN, RULES, TIMES, after_sqrt_d, over_length, repeated, why_one

TEXT = "The animal didn't cross the street because it was too tired."


@pytest.fixture(scope="module")
def scene(minilm):
    return Scene(minilm, TEXT)


@pytest.mark.parametrize("rule", RULES)
def test_the_weights_are_those_of_the_layer_replayed_under_the_rule(scene, rule):
    info = after_sqrt_d(scene, 2, 3, rule)
    wanted = scene.layer(2, RULES[rule]).probs[0, 3]
    np.testing.assert_allclose(info.weights[rule], wanted.numpy(), atol=1e-6)
    np.testing.assert_allclose(info.passed[rule], (wanted * (1 - wanted)).sum(-1).numpy(), atol=1e-6)
    assert info.difference < 1e-6


def test_what_changes_nothing_is_said_to_change_nothing(scene):
    for rule in ("shift", "fourth_root", OWN):
        assert after_sqrt_d(scene, 2, 3, rule).reading()[0] == "after_sqrt_d.reading.same"
        assert over_length(scene, 2, 3, rule).reading()[0] == "after_sqrt_d.length.same"
    assert after_sqrt_d(scene, 2, 3, "none").reading()[0] == "after_sqrt_d.reading.sharper"
    assert after_sqrt_d(scene, 2, 3, "over_d").reading()[0] == "after_sqrt_d.reading.flatter"
    assert after_sqrt_d(scene, 2, 3, "sink").reading()[0] == "after_sqrt_d.reading.open"


def test_a_norm_makes_the_size_of_the_score_unimportant(scene):
    """16 times smaller or larger; without a norm the largest weight follows."""
    largest = after_sqrt_d(scene, 2, 3, OWN).largest
    for rule in ("norm_one", "norm_rms", "cosine"):
        assert np.ptp(largest[rule]) < 1e-4
    for rule in (OWN, "none", "over_d"):
        assert list(largest[rule]) == sorted(largest[rule])
        assert np.ptp(largest[rule]) > 0.2
    assert TIMES[0] * TIMES[-1] == 1


def test_lengths_are_the_first_tokens_of_a_long_text(minilm):
    text = repeated(TEXT, Scene(minilm, TEXT).encoded.n_tokens, 512)
    scene = Scene(minilm, text)
    info, layer = over_length(scene, 1, 4, "log_n"), scene.layer(1)
    assert info.lengths[:5] == (16, 32, 64, 128, 256)
    assert 256 < info.lengths[-1] <= 512
    q, k = layer.q[0, 4, :64], layer.k[0, 4, :64]
    wanted = (q @ k.mT / math.sqrt(32) * math.log(64) / math.log(512)).softmax(-1)
    assert info.values["log_n"]["max_prob"][2] == pytest.approx(float(wanted.amax(-1).mean()), abs=1e-6)
    assert info.values["log_n"]["first"][2] == pytest.approx(float(wanted[:, 0].mean()), abs=1e-6)


def test_a_gain_stands_for_the_scale(scene):
    info = why_one(scene, 2, 3)
    assert info.gain == pytest.approx(32**-0.25)
    assert info.difference < 1e-6
    layer = scene.layer(2)
    q, k = layer.q[0, 3], layer.k[0, 3]
    cosine = torch.nn.functional.cosine_similarity(q[:, None], k[None], dim=-1)
    # The mean square has 1e-6 added to it, so a length is not √32 to the last digit.
    assert info.normed[1] == pytest.approx(32 * float(cosine.abs().max()), rel=1e-4)
    assert info.normed[1] <= 32
