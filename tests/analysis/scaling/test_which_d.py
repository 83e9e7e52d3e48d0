"""Each factor on a real head against PyTorch's own operations, and the three programs run as they are printed."""

import math

import numpy as np
import pytest
import torch

from explorer import Scene
from explorer.analysis.scaling.which_d import LINES, SNIPPETS, WAYS, riddle, which_d
from explorer.capture.changes.rules import ScoreRule
from explorer.capture.changes.variant import Variant
from explorer.capture.rescored import rescored
from tests.architectures import tiny_model

TEXT = "The animal didn't cross the street because it was too tired."


@pytest.fixture(scope="module")
def scene(minilm):
    return Scene(minilm, TEXT)


def test_the_printed_lines_give_the_weights(scene):
    info, layer = which_d(scene, 2, 3), scene.layer(2)
    names = {"q": layer.q[0, 3], "k": layer.k[0, 3], "math": math, "d_head": 32, "d_model": 384}
    for way in WAYS:
        found = dict(names)
        exec(LINES[way], found)
        np.testing.assert_allclose(info.probs[way], found["scores"].softmax(-1).numpy(), atol=1e-6)
    assert info.difference < 1e-6
    assert (info.d_head, info.width) == (32, 384)


def test_the_printed_programs_are_what_they_are_said_to_be(scene):
    """Run with this layer's q and k, joined again as they leave the projection."""
    info, layer = which_d(scene, 2, 3), scene.layer(2)
    joined = {name: getattr(layer, name).transpose(1, 2).flatten(2) for name in "qk"}
    for way, code in SNIPPETS.values():
        found = {"w_q": lambda x: joined["q"], "w_k": lambda x: joined["k"], "x": None}
        found["split"] = lambda x: x.unflatten(-1, (12, 32)).transpose(1, 2)
        exec(code, found)
        np.testing.assert_allclose(info.probs[way], found["weights"][0, 3].numpy(), atol=1e-6)


def test_a_larger_divisor_flattens(scene):
    found = which_d(scene, 2, 3).measures
    order = [found[way]["entropy"] for way in ("none", "sqrt_head", "sqrt_width", "over_d")]
    assert order == sorted(order)
    assert found["fourth_root"] == pytest.approx(found["sqrt_head"], abs=1e-5)


def test_the_riddle_knows_right_and_wrong(scene):
    info = which_d(scene, 2, 3)
    assert riddle(info, 0, "a").reading()[0] == "which_d.riddle.right.sqrt_width"
    assert riddle(info, 5, "a").reading()[0] == "which_d.riddle.wrong"
    assert riddle(info, 1, "open").reading()[0] == "which_d.riddle.open"


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5"])
@pytest.mark.parametrize(
    "rule", [None, ScoreRule(norm="rms"), ScoreRule(times_log_n=(0.5, 0.1)), ScoreRule(sink=(1.0,))]
)
def test_rescored_is_the_replayed_layer(name, rule):
    scene = Scene(tiny_model(name), "one two three four five six")
    variant, n = Variant(scale=0.7, rule=rule), scene.encoded.n_tokens
    wanted = scene.layer(1, variant)
    scores, probs = rescored(scene.layer(1), variant, 2, n)
    torch.testing.assert_close(probs, wanted.probs[0, 2], atol=1e-6, rtol=0)
    seen = wanted.visible[0, 2]
    torch.testing.assert_close(scores[seen], wanted.scores[0, 2][seen], atol=1e-5, rtol=1e-6)  # scores of some tens
