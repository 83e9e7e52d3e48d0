"""The first token in every head, against a BERT written out by hand in float64, and what closing it does."""

import math

import numpy as np
import pytest
import torch

from explorer import Scene, Variant, run
from explorer.analysis.attention.sink import closed, place_of, sink, sink_head
from explorer.errors import VariantInvalid
from explorer.models.handle import ModelHandle
from tests.architectures import tiny_model, views
from tests.conftest import eager_copy

TEXT = "The keys to the cabinet are on the table."


def norm(x, weight, bias, eps):
    centred = x - x.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + eps) * weight + bias


def by_hand(handle: ModelHandle, ids, segments, shut=None):
    """States, weights and values of every layer of a BERT; shut: a key that no query sees. numpy, float64."""
    w = {name: tensor.double().numpy() for name, tensor in handle.base.state_dict().items()}
    config, n = handle.config, len(ids)
    eps, n_heads = config.layer_norm_eps, config.num_attention_heads

    def linear(x, name):
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    def normed(x, name):
        return norm(x, w[f"{name}.weight"], w[f"{name}.bias"], eps)

    e = "embeddings."
    x = w[f"{e}word_embeddings.weight"][ids] + w[f"{e}position_embeddings.weight"][:n]
    x = normed(x + w[f"{e}token_type_embeddings.weight"][segments], f"{e}LayerNorm")
    states, weights, values = [x], [], []
    for layer in range(config.num_hidden_layers):
        at = f"encoder.layer.{layer}."
        q, k, v = (
            linear(x, f"{at}attention.self.{name}").reshape(n, n_heads, -1).transpose(1, 0, 2)
            for name in ("query", "key", "value")
        )
        scores = q @ k.transpose(0, 2, 1) / math.sqrt(q.shape[-1])
        if shut is not None:
            scores[:, :, shut] = -np.inf
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        joined = (p @ v).transpose(1, 0, 2).reshape(n, -1)
        a = normed(x + linear(joined, f"{at}attention.output.dense"), f"{at}attention.output.LayerNorm")
        wide = linear(a, f"{at}intermediate.dense")
        wide = wide * 0.5 * (1 + np.vectorize(math.erf)(wide / math.sqrt(2)))
        x = normed(a + linear(wide, f"{at}output.dense"), f"{at}output.LayerNorm")
        states.append(x)
        weights.append(p)
        values.append(v)
    return states, np.stack(weights), np.stack(values)


def given(handle):
    scene = Scene(handle, TEXT)
    encoded = scene.encoded
    return scene, encoded.ids[0].numpy(), encoded.segments[0].numpy()


@pytest.mark.parametrize("name", ["tiny", "minilm"])
def test_the_sinks_share_is_that_of_a_bert_by_hand(name, request):
    handle = request.getfixturevalue(name)
    scene, ids, segments = given(handle)
    _, p, v = by_hand(handle, ids, segments)
    info, length = sink(scene), np.linalg.norm(v, axis=-1)
    np.testing.assert_allclose(info.weight, p[..., 0].mean(-1), atol=1e-6)
    handed = p * length[:, :, None, :]
    # Five digits of a float32 network.
    np.testing.assert_allclose(info.handed, handed[..., 0].sum(-1) / handed.sum((-1, -2)), atol=2e-5)
    np.testing.assert_allclose(info.length, length[..., 0] / length[..., 1:].mean(-1), rtol=2e-4)
    assert info.place == 0 and info.even == pytest.approx(1 / len(ids))
    layer, head = info.strongest
    assert info.weight[layer, head] - info.handed[layer, head] == (info.weight - info.handed).max()


@pytest.mark.parametrize("name", ["tiny", "minilm"])
def test_one_head_closed_afterwards_is_that_of_a_bert_by_hand(name, request):
    handle = request.getfixturevalue(name)
    scene, ids, segments = given(handle)
    _, p, v = by_hand(handle, ids, segments)
    info = sink_head(scene, 1, 2)
    p, v = p[1, 2], v[1, 2]
    np.testing.assert_allclose(info.weight, p.mean(0), atol=1e-6)
    np.testing.assert_allclose(info.length, np.linalg.norm(v, axis=-1), rtol=1e-5)
    assert info.handed.sum() == pytest.approx(1) and info.weight.sum() == pytest.approx(1)
    # Closed before softmax: the scores without their first column.
    own, left = p @ v, (p[:, 1:] / p[:, 1:].sum(-1, keepdims=True)) @ v[1:]
    sizes = np.linalg.norm(own, axis=-1), np.linalg.norm(left, axis=-1)
    assert info.cosine == pytest.approx(((own * left).sum(-1) / sizes[0] / sizes[1]).mean(), abs=1e-4)
    assert info.longer == pytest.approx((sizes[1] / sizes[0]).mean(), rel=1e-3)


@pytest.mark.parametrize("name", ["tiny", "minilm"])
def test_closed_in_the_network_is_that_of_a_bert_by_hand(name, request):
    handle = request.getfixturevalue(name)
    scene, ids, segments = given(handle)
    own, *_ = by_hand(handle, ids, segments)
    info, other = closed(scene, 4), [at for at in range(len(ids)) if at not in (0, 4)]
    for shut, found in ((0, info.change), (4, info.change_other)):
        changed, *_ = by_hand(handle, ids, segments, shut)
        moved = [
            np.linalg.norm((b - a)[other], axis=-1) / np.linalg.norm(a[other], axis=-1)
            for a, b in zip(own[1:], changed[1:], strict=True)
        ]
        np.testing.assert_allclose(found, [row.mean() for row in moved], rtol=1e-3, atol=1e-6)
    last = own[-1][other]
    apart = [np.linalg.norm(b - a) / np.linalg.norm(a) for i, a in enumerate(last) for j, b in enumerate(last) if i - j]
    assert info.apart == pytest.approx(np.mean(apart), rel=1e-4)


def test_the_shipped_model_has_a_sink_and_random_weights_have_none(minilm, tiny):
    info = sink(Scene(minilm, "The animal didn't cross the street because it was too tired."))
    assert info.is_sink and info.reading()[0] == "sink.reading"
    assert not sink(Scene(tiny, TEXT)).is_sink


def test_a_decoder_closed_is_transformers_own_with_a_mask_of_four_axes():
    handle = tiny_model("gpt2")
    scene = Scene(handle, TEXT)
    n, ids = scene.encoded.n_tokens, scene.encoded.ids
    mask = torch.full((1, 1, n, n), torch.finfo(torch.float32).min).triu(1)
    plain = mask.clone()
    mask[..., 1:, 0] = torch.finfo(torch.float32).min
    with torch.no_grad():
        base = getattr(eager_copy(handle), handle.model.base_model_prefix, None) or eager_copy(handle)
        states = [
            base(input_ids=ids, attention_mask=one, output_hidden_states=True).hidden_states for one in (plain, mask)
        ]
    rest = [at for at in range(n) if at not in (0, 3)]
    info = closed(scene, 3)
    moved = (states[1][1] - states[0][1])[0, rest].norm(dim=-1) / states[0][1][0, rest].norm(dim=-1)
    assert info.place == 0 and info.change[0] == pytest.approx(float(moved.mean()), rel=1e-4)
    assert sink(scene).even == pytest.approx(np.mean([1 / (at + 1) for at in range(n)]))


@pytest.mark.parametrize(("name", "stack"), views(), ids=["-".join(view) for view in views()])
def test_every_architecture(name, stack):
    """The weight is the model's own, and in a run with the token closed no row that sees another one sees it."""
    handle = tiny_model(name).of_stack(stack)
    scene = Scene(handle, "the animal was too tired")
    place, info = place_of(scene), sink(scene)
    np.testing.assert_allclose(info.weight[1], scene.layer(1).probs[0, :, :, place].mean(1), atol=1e-6)
    found = sink_head(scene, 1, 0)
    assert found.handed.sum() == pytest.approx(1) and (np.isnan(found.cosine) or -1 <= found.cosine <= 1 + 1e-9)
    change = closed(scene, 2)
    assert (change is None) == (stack == "cross")
    if change is None:
        return
    assert (change.change > 0).all() and np.isfinite(change.change).all()
    shut = scene.layer(1, of=Variant(closed=(place,)))
    rows = [
        at for at in range(scene.encoded.n_tokens) if at != place and shut.visible[0, 0, at].any()
    ]  # XLNet: itself always
    assert len(rows) == scene.encoded.n_tokens - 1
    assert float(shut.probs[0, :, rows, place].max()) == 0


def test_nothing_else_changes_and_nonsense_is_refused(tiny):
    own, shut = run(tiny, TEXT), run(tiny, TEXT, variant=Variant(closed=(3,)))
    assert torch.equal(own.hidden[0], shut.hidden[0]) and not torch.equal(own.hidden[1], shut.hidden[1])
    assert own.encoded.tokens == shut.encoded.tokens and torch.equal(own.encoded.mask, shut.encoded.mask)
    n = own.encoded.n_tokens
    for places in ((n,), (-1,), tuple(range(n))):
        with pytest.raises(VariantInvalid):
            run(tiny, TEXT, variant=Variant(closed=places))


def test_one_token_and_two(tiny):
    one = Scene(tiny, run(tiny, "a").encoded)
    assert closed(one, 0) is None
    left = closed(one, 2)
    assert left is not None and left.tokens[left.other] and math.isnan(left.apart)
    assert left.reading()[0] == "sink.closed.reading.two"
