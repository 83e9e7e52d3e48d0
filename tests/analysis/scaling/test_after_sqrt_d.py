"""What a chosen rule is said to do, by consequence."""

import math

import numpy as np
import pytest
import torch

from explorer import Scene, Variant
from explorer.analysis.scaling.after_sqrt_d import (
    OWN,
    RULES,
    TIMES,
    after_sqrt_d,
    over_length,
    repeated,
    scale_in_gain,
    why_one,
)
from explorer.errors import NotInThisModel
from tests.architectures import tiny_model

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


def test_the_rules_of_the_page_are_the_formulas(scene):
    """Each written out once more in float64, with the numbers that the page says."""
    layer = scene.layer(2)
    all_q, all_k = layer.q[0].double().numpy(), layer.k[0].double().numpy()
    q, k, n = all_q[3], all_k[3], all_q.shape[1]
    s = q @ k.T / math.sqrt(32)

    def softmax(x):
        e = np.exp(x - x.max(-1, keepdims=True))
        return e / e.sum(-1, keepdims=True)

    def rms(x, axis=-1):
        return x / np.sqrt((x * x).mean(axis, keepdims=True) + 1e-6)

    def standard(x):
        return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-6)

    cosine = q @ k.T / np.linalg.norm(q, axis=-1)[:, None] / np.linalg.norm(k, axis=-1)
    wanted = {
        "own": softmax(s),
        "none": softmax(q @ k.T),
        "over_d": softmax(q @ k.T / 32),
        "fourth_root": softmax(s),
        "norm_rms": softmax(rms(q) @ rms(k).T / math.sqrt(32)),
        "norm_one": softmax(rms(q) @ rms(k).T),
        "norm_all": softmax(rms(all_q, (0, 2))[3] @ rms(all_k, (0, 2))[3].T / math.sqrt(32)),
        "norm_layer": softmax(standard(q) @ standard(k).T / math.sqrt(32)),
        "cosine": softmax(cosine / 0.1),
        "cap": softmax(5 * np.tanh(s / 5)),
        "log_n": softmax(s * math.log(n) / math.log(512)),
        "ssmax": softmax(s * 0.43 * math.log(n)),
        "shift": softmax(s),
        "sink": np.exp(s) / (1 + np.exp(s).sum(-1, keepdims=True)),
        "sigmoid": 1 / (1 + n * np.exp(-s)),
    }
    found = after_sqrt_d(scene, 2, 3, OWN).weights
    assert set(wanted) == set(RULES) == set(found)
    for rule, right in wanted.items():
        # Scores of some tens in float32: 1e-6 of them in the exponent.
        np.testing.assert_allclose(found[rule], right, atol=2e-5, err_msg=rule)


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
    for rule in ("norm_one", "norm_rms", "norm_all", "cosine"):
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


@pytest.mark.parametrize("name", ["gemma3_text", "qwen3"])
def test_a_scale_in_the_gains_is_the_same_network(name):
    """Also where the gains are no longer 1; a factor alone is another network."""
    scene = Scene(tiny_model(name), "one two three four five six")
    info = scale_in_gain(scene)
    assert info.difference < 1e-5 and info.factor == scene.layer(0).factor  # values reach 5
    other = scene.capture(Variant(scale="none")).last - scene.capture().last
    assert float(other.abs().max()) > 0.1
    with pytest.raises(NotInThisModel):
        scale_in_gain(Scene(tiny_model("llama"), "one two"))


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
