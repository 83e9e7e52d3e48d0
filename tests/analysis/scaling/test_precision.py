"""Number formats against NumPy's own float16, and what must follow from them."""

import math

import numpy as np
import pytest
import torch

from explorer import Scene
from explorer.analysis.scaling.online_softmax import online_softmax, running
from explorer.analysis.scaling.precision import GROWTHS, TIMES, _ranks, formats, over_growth, precision_map, scale_first
from explorer.capture.rounded import FORMATS, first_overflow, int8, quantised, scores_in
from tests.architectures import tiny_model

TEXT = "The animal didn't cross the street because it was too tired."


@pytest.fixture(scope="module")
def scene(minilm):
    return Scene(minilm, TEXT)


def by_hand(q, k, factor, first):
    """One sum after the other in float64, each result put into NumPy's float16."""
    half = np.float16
    with np.errstate(over="ignore"):
        q, k = q.astype(half), k.astype(half)
        if first:
            q = (q.astype(np.float32) * np.float32(factor)).astype(half)
        sums = np.array([[sum(float(a) * float(b) for a, b in zip(x, y, strict=True)) for y in k] for x in q])
        sums = sums.astype(half)
        return sums if first else (sums.astype(np.float32) * np.float32(factor)).astype(half)


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("times", [1.0, 3600.0])
def test_float16_is_numpys(scene, first, times):
    layer = scene.layer(2)
    q, k = layer.q[0, 0, :6], layer.k[0, 0, :6]
    found = scores_in(q, k, layer.factor, torch.float16, first, times=times).numpy()
    wanted = by_hand((q * times**0.5).numpy(), (k * times**0.5).numpy(), layer.factor, first).astype(np.float32)
    np.testing.assert_array_equal(np.isinf(found), np.isinf(wanted))
    assert np.isinf(wanted).any() == (times > 1 and not first)
    kept = np.isfinite(wanted)
    # A sum in float32 may fall on the other side of the middle between two halves.
    np.testing.assert_allclose(found[kept], wanted[kept], rtol=2**-10, atol=2**-10)
    assert (found[kept] == wanted[kept]).mean() > 0.9


def test_bfloat16_keeps_eight_digits(scene):
    layer = scene.layer(2)
    found = scores_in(layer.q[0, 0], layer.k[0, 0], layer.factor, torch.bfloat16, False)
    mantissa, _ = np.frexp(found.numpy())
    assert np.array_equal(mantissa * 256, np.rint(mantissa * 256))
    assert not np.array_equal(mantissa * 128, np.rint(mantissa * 128))


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "t5", "xlnet"])
def test_the_first_overflow_comes_where_it_was_predicted(name):
    at = scale_first(Scene(tiny_model(name), "one two three four five six"), 1, 0)
    for order in ("after", "before"):
        assert at.seen[order] == pytest.approx(at.predicted[order], rel=2**-9)
    assert at.seen["before"] * at.factor == pytest.approx(at.seen["after"], rel=2**-9)


def test_overflow_is_found_where_torch_itself_overflows():
    q, k = torch.tensor([[8.0]]), torch.tensor([[16.0]])
    seen = first_overflow(q, k, 1.0, False, torch.ones(1, 1, dtype=torch.bool))
    half = (q * seen**0.5).half() @ (k * seen**0.5).half().mT
    assert half.isinf().all()
    assert seen == pytest.approx(65_520 / 128, rel=2**-10)
    assert first_overflow(0 * q, 0 * k, 1.0, False, torch.ones(1, 1, dtype=torch.bool)) == math.inf


def test_rows_are_lost_in_float16_alone_and_come_back_when_q_is_scaled_first(scene):
    lost, kept = (formats(scene, 2, 0, order, "first") for order in ("after", "before"))
    assert {name: at["lost"] for name, at in lost.measures.items()} == dict.fromkeys(FORMATS, 0) | {"float16": 1}
    assert not any(at["lost"] for at in kept.measures.values())
    assert formats(scene, 2, 0, "after", "twice").times == pytest.approx(2 * lost.times)
    own = formats(scene, 2, 0, "after", "own")
    assert own.difference < 1e-6
    for name in FORMATS:
        np.testing.assert_allclose(own.weights[name], own.weights["float32"], atol=0.02)
    kl = {name: own.measures[name]["kl"] for name in FORMATS}
    assert kl["float32"] == 0 < kl["float16"] < kl["bfloat16"] / 16  # three digits more, and KL goes with the square


def test_distances_and_ranks_of_one_head_are_those_of_all(scene):
    """By hand: KL of two softmaxes, and places in a sorted row."""
    found, one = precision_map(scene, "int8"), formats(scene, 3, 5, "after", "own")
    p, q = (torch.from_numpy(one.weights[name]).double() for name in ("float32", "int8"))
    assert found.kl[3, 5] == pytest.approx(float((p * (p / q).log()).sum(-1).mean()), rel=1e-3)
    moved = sum(int((a.argsort() != b.argsort()).sum()) for a, b in zip(p, q, strict=True))
    assert moved > 0
    ranked = (p.argsort(-1).argsort(-1) != q.argsort(-1).argsort(-1)).sum()
    assert found.ranks[3, 5] == one.measures["int8"]["ranks"] == int(ranked)
    grown = over_growth(scene, 3, 5)
    assert grown.kl["int8"][TIMES.index(1.0)] == pytest.approx(found.kl[3, 5], rel=1e-6)


def test_of_a_long_text_the_first_tokens_are_compared(minilm):
    """A row of all tokens would be another one; that the picture is the model's is checked on all of them."""
    long = Scene(minilm, " ".join([TEXT] * 12))
    info = formats(long, 1, 4, "after", "own")
    layer = long.layer(1)
    wanted = (layer.q[0, 4, :128] @ layer.k[0, 4, :128].mT * layer.factor).softmax(-1)
    np.testing.assert_allclose(info.weights["float32"], wanted.numpy(), atol=1e-6)
    assert len(info.tokens) == 128 < long.encoded.n_tokens and info.difference < 1e-6


def test_int8_has_255_steps_in_each_row():
    weight = torch.randn(4, 50, generator=torch.Generator().manual_seed(0))
    weight[3] = 0
    found = int8(weight, 1)
    for row, right in zip(found[:3], weight[:3], strict=True):
        step = right.abs().max() / 127
        assert torch.allclose(row / step, (row / step).round(), atol=1e-4)
        assert (row - right).abs().max() <= step * 0.5001
    assert not found[3].any()


def test_keys_with_equal_scores_share_a_rank():
    assert _ranks(torch.tensor([[1.0, 1.0, 0.0, 2.0]])).tolist() == [[1, 1, 3, 0]]


@pytest.mark.parametrize(("name", "turned"), [("bert", False), ("gpt2", True)])
def test_a_scale_belongs_to_what_makes_one_output(name, turned):
    """W_Q of one layer by hand in NumPy: rows in BERT; in GPT-2, whose matrices lie the other way, columns."""
    scene = Scene(tiny_model(name), "one two three four five six")
    layer = scene.handle.layers[1]
    module = layer.attn.c_attn if turned else layer.attention.self.query
    weight = module.weight.numpy().T if turned else module.weight.numpy()
    scale = np.abs(weight).max(1, keepdims=True) / 127
    own = scene.layer(1)
    x = (own.attn_in if turned else own.input)[0].numpy()
    q = (x @ (np.rint(weight / scale) * scale).T + module.bias.numpy())[:, :8]  # the first of three heads of 24
    np.testing.assert_allclose(quantised(scene, 1).q[0, 0].numpy(), q, atol=1e-5)  # values reach 5


@pytest.mark.parametrize("name", ["bert", "gpt2", "llama", "modernbert", "xlnet", "deberta-v2"])
def test_a_quantised_layer_leaves_the_shared_one_alone(name):
    scene = Scene(tiny_model(name), "one two three four five six")
    before, changed, after = scene.layer(1), quantised(scene, 1), scene.layer(1)
    assert torch.equal(before.q, after.q)
    for letter in "qk":
        a, b = getattr(before, letter), getattr(changed, letter)
        assert 0 < (a - b).abs().max() < 0.03 * a.abs().max()


@pytest.mark.parametrize("tile", [1, 3, 4, 32])
def test_tiles_add_up_to_the_whole_row(scene, tile):
    layer, info = scene.layer(2), online_softmax(scene, 2, 0, 8, tile, 0)
    scores = layer.scores[0, 0, 8]
    assert info.difference <= 1e-6
    np.testing.assert_allclose(info.weights, layer.probs[0, 0, 8].numpy(), atol=1e-6)
    ends = [*range(tile, len(scores), tile), len(scores)]
    np.testing.assert_allclose(info.top, [float(scores[:end].max()) for end in ends])
    wanted = [float((scores[:end] - scores[:end].max()).exp().sum()) for end in ends]
    np.testing.assert_allclose(info.total, wanted, rtol=1e-6)


def test_large_scores_need_the_running_maximum():
    """e^1000 is no number; and of a causal row only the visible keys are read."""
    scores, v = torch.tensor([1000.0, 999.0, 1001.0]), torch.eye(3)
    *_, output = running(scores, v, 2)
    torch.testing.assert_close(output, scores.softmax(-1))
    causal = online_softmax(Scene(tiny_model("gpt2"), "one two three four five six"), 1, 0, 2, 1, 0)
    assert len(causal.scores) == 3 and GROWTHS["own"] == 0
