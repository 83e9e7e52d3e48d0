"""Every Variant equals an independent construction on a private copy."""

import math

import pytest
import torch

from explorer import Scene, Variant, encode, load, replay, run
from explorer.capture.heads import word_logits
from explorer.errors import VariantInvalid
from tests.capture.private import eager_copy, outputs, same


@pytest.fixture
def encoded(tiny):
    return encode(tiny, "The cats sleep on the mat.", "They were tired.", pad_to=20)


def scaled(model, factor):
    for layer in model.bert.encoder.layer:
        layer.attention.self.scaling = factor


def identity(model, *names):
    for layer in model.bert.encoder.layer:
        for name in names:
            projection = getattr(layer.attention.self, name)
            projection.weight.copy_(torch.eye(projection.weight.shape[0]))
            projection.bias.zero_()


def without_heads(model, pairs, d_head):
    for layer, head in pairs:
        model.bert.encoder.layer[layer].attention.output.dense.weight[:, head * d_head : (head + 1) * d_head] = 0


def without_ffn(model, layers):
    for layer in layers:
        dense = model.bert.encoder.layer[layer].output.dense
        dense.weight.zero_()
        dense.bias.zero_()


def bypassed(model, layers):
    for layer in layers:
        model.bert.encoder.layer[layer].feed_forward_chunk = lambda attention_output: attention_output


CASES = [
    (Variant(), lambda m: None),
    (Variant(scale="sqrt_d"), lambda m: None),
    (Variant(scale="none"), lambda m: scaled(m, 1.0)),
    (Variant(scale=0.05), lambda m: scaled(m, 0.05)),
    (Variant(scale=0.0), lambda m: scaled(m, 0.0)),
    (Variant(temperature=2.0), lambda m: scaled(m, 8**-0.5 / 2)),
    (Variant(scale="none", layers=(1,)), lambda m: setattr(m.bert.encoder.layer[1].attention.self, "scaling", 1.0)),
    (Variant(identity=("q", "k")), lambda m: identity(m, "query", "key")),
    (Variant(identity=("v",)), lambda m: identity(m, "value")),
    (Variant(ablated=((0, 1), (2, 0))), lambda m: without_heads(m, [(0, 1), (2, 0)], 8)),
    (Variant(without_ffn=(1,)), lambda m: without_ffn(m, [1])),
    (Variant(without_ffn="all"), lambda m: without_ffn(m, [0, 1, 2])),
    (Variant(without_ffn=(0, 2), ffn_mode="skip"), lambda m: bypassed(m, [0, 2])),
]


@pytest.mark.parametrize(("variant", "change"), CASES, ids=[str(v)[8:70] for v, _ in CASES])
def test_equals_a_private_copy(tiny, encoded, variant, change):
    private = eager_copy(tiny)
    change(private)
    seen, theirs = run(tiny, encoded, variant=variant), outputs(private, encoded)
    for ours, reference in zip(seen.hidden, theirs["hidden_states"], strict=True):
        same(ours, reference)
    same(word_logits(tiny, seen), theirs["prediction_logits"])
    for number, reference in enumerate(theirs["attentions"]):
        layer = replay(tiny, seen, number)
        same(layer.probs, reference)
        assert torch.equal(layer.hidden, seen.hidden[number + 1])


@pytest.mark.parametrize("variant", [v for v, _ in CASES if v not in (Variant(), Variant(scale="sqrt_d"))], ids=str)
def test_changes_something(tiny, encoded, variant):
    assert (run(tiny, encoded, variant=variant).hidden[-1] - run(tiny, encoded).hidden[-1]).abs().max() > 1e-3


def test_causal_equals_a_four_dimensional_mask(tiny, encoded):
    allowed = torch.ones(20, 20).tril()[None, None] * encoded.mask[:, None, None, :]
    mask = torch.where(allowed.bool(), 0.0, torch.finfo(torch.float32).min)
    theirs = outputs(eager_copy(tiny), encoded, mask)
    for ours, reference in zip(
        run(tiny, encoded, variant=Variant(causal=True)).hidden, theirs["hidden_states"], strict=True
    ):
        same(ours, reference)


def test_replay_under_another_variant_changes_this_layer_alone(tiny, encoded):
    seen = run(tiny, encoded)
    layer = replay(tiny, seen, 1, Variant(scale="none"))
    own = replay(tiny, seen, 1)
    assert torch.equal(layer.q, own.q)
    assert layer.factor == 1
    real = layer.visible[..., :, :]
    torch.testing.assert_close(layer.scores[real], own.scores[real] * 8**0.5, rtol=1e-6, atol=1e-5)


def test_zero_scale_is_uniform_attention(tiny):
    scene = Scene(tiny, "one two three", variant=Variant(scale=0.0))
    assert torch.allclose(scene.heads().entropy, torch.tensor(math.log(5)), atol=1e-6)


@pytest.mark.parametrize(
    "change",
    [{"scale": -1}, {"scale": math.nan}, {"scale": 1e10}, {"scale": "half"}, {"temperature": 0}, {"identity": ("x",)}],
    ids=str,
)
def test_impossible_changes_are_refused(change):
    with pytest.raises(VariantInvalid):
        Variant(**change)


@pytest.mark.parametrize("change", [{"layers": (3,)}, {"without_ffn": (-1,)}, {"ablated": ((0, 3),)}], ids=str)
def test_layers_and_heads_must_exist(tiny, change):
    with pytest.raises(VariantInvalid):
        run(tiny, "one", variant=Variant(**change))


def test_equal_changes_are_one_key():
    one, other = Variant(identity=("v", "q"), layers=(2, 1)), Variant(identity=("q", "v", "q"), layers=(1, 2))
    assert (one, hash(one)) == (other, hash(other))


def test_the_shared_model_is_untouched(tiny, encoded):
    handle = load(tiny.spec)
    assert handle is tiny
    before = {name: weight.clone() for name, weight in tiny.model.state_dict().items()}
    for variant, _ in CASES:
        run(tiny, encoded, variant=variant)
    assert all(torch.equal(before[name], weight) for name, weight in tiny.model.state_dict().items())
