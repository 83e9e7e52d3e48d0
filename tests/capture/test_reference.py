"""What a run and a replay show equals what transformers' own eager attention reports."""

import pytest
import torch

from explorer import Scene, Variant, encode, replay, run
from explorer.capture.heads import word_logits
from tests.capture.private import eager_copy, outputs, same

TEXTS = [("The cats sleep on the mat, unbelievably.", "They were tired."), ("hi", None)]


@pytest.mark.parametrize("name", ["tiny", "minilm"])
@pytest.mark.parametrize(("text", "pair"), TEXTS)
@pytest.mark.parametrize("padding", [0, 5])
def test_a_run_equals_eager(name, text, pair, padding, request):
    handle = request.getfixturevalue(name)
    encoded = encode(handle, text, pair)
    encoded = encode(handle, text, pair, pad_to=encoded.n_tokens + padding)
    seen, theirs = run(handle, encoded), outputs(eager_copy(handle), encoded)
    for ours, reference in zip(seen.hidden, theirs["hidden_states"], strict=True):
        same(ours, reference)
    for number, reference in enumerate(theirs["attentions"]):
        layer = replay(handle, seen, number)
        same(layer.probs, reference)
        assert torch.equal(layer.hidden, seen.hidden[number + 1])
    if name == "tiny":
        same(word_logits(handle, seen), theirs["prediction_logits"])
        same(seen.nsp_logits, theirs["seq_relationship_logits"])
    else:
        same(seen.pooled, theirs["pooler_output"])


def test_padding_gets_no_attention(tiny):
    encoded = encode(tiny, "one two three", pad_to=12)
    seen = run(tiny, encoded)
    probs = replay(tiny, seen, 1).probs
    assert probs[..., encoded.n_tokens :].max() == 0
    assert (~replay(tiny, seen, 1).visible[..., encoded.n_tokens :]).all()


def test_embeddings_add_up(tiny):
    seen = run(tiny, "one two", "three")
    total = seen.word + seen.segment + seen.position
    assert torch.equal(total, seen.embedding_sum)
    norm = tiny.base.get_submodule(tiny.sites.embedding_norm)
    assert torch.equal(norm(total), seen.hidden[0])


def test_named_tensors_of_a_layer(tiny):
    """Each tensor recomputed from the one before it, by the equations."""
    seen = run(tiny, "one two three", "four")
    layer, module = replay(tiny, seen, 2), tiny.layers[2]
    heads = lambda x: x.unflatten(-1, (tiny.dims.n_heads, tiny.dims.d_head)).transpose(1, 2)  # noqa: E731
    attention = module.attention
    close = {"atol": 1e-6, "rtol": 1e-6}
    torch.testing.assert_close(layer.q, heads(attention.self.query(layer.input)), **close)
    torch.testing.assert_close(layer.k, heads(attention.self.key(layer.input)), **close)
    torch.testing.assert_close(layer.v, heads(attention.self.value(layer.input)), **close)
    # Scores here are up to 30, so 1e-6 of them is 3e-5 absolute.
    torch.testing.assert_close(layer.scores, layer.q @ layer.k.mT / tiny.dims.d_head**0.5, atol=3e-5, rtol=1e-6)
    torch.testing.assert_close(layer.probs, layer.scores.softmax(-1), **close)
    torch.testing.assert_close(layer.context, layer.probs @ layer.v, **close)
    joined = layer.context.transpose(1, 2).flatten(2)
    torch.testing.assert_close(layer.attn_out, attention.output.dense(joined), **close)
    torch.testing.assert_close(layer.attn_norm, attention.output.LayerNorm(layer.input + layer.attn_out), **close)
    torch.testing.assert_close(
        layer.ffn_act, torch.nn.functional.gelu(module.intermediate.dense(layer.attn_norm)), **close
    )
    torch.testing.assert_close(layer.ffn_out, module.output.dense(layer.ffn_act), **close)
    torch.testing.assert_close(layer.hidden, module.output.LayerNorm(layer.attn_norm + layer.ffn_out), **close)


@pytest.mark.parametrize("variant", [Variant(), Variant(scale="none"), Variant(causal=True)])
@pytest.mark.parametrize("n_words", [1, 40])
def test_reductions_equal_the_full_matrix(tiny, variant, n_words):
    encoded = encode(tiny, "word " * n_words, pad_to=n_words + 7)
    scene = Scene(tiny, encoded, variant=variant)
    heads_of_all, seen, last = scene.heads(), scene.capture(), encoded.n_tokens - 1
    for number in range(tiny.dims.n_layers):
        p = replay(tiny, seen, number).probs.double()
        heads = {name: getattr(heads_of_all, name)[number].double() for name in REDUCTIONS}
        # float32 against float64: a few units in the last place of numbers up to log(64).
        torch.testing.assert_close(heads["entropy"], torch.special.entr(p).sum(-1), atol=2e-6, rtol=1e-6)
        torch.testing.assert_close(heads["trace_jacobian"], 1 - p.square().sum(-1), atol=1e-6, rtol=0)
        assert torch.equal(heads["max_prob"], p.amax(-1))
        assert torch.equal(heads["to_first"], p[..., 0])
        assert torch.equal(heads["to_last"], p[..., last])
        assert torch.equal(heads["to_self"], p.diagonal(dim1=-2, dim2=-1))
        assert torch.equal(heads["to_previous"][..., 1:], p.diagonal(-1, -2, -1))
        assert torch.equal(heads["to_next"][..., :-1], p.diagonal(1, -2, -1))


REDUCTIONS = ("entropy", "max_prob", "trace_jacobian", "to_first", "to_last", "to_self", "to_previous", "to_next")


def test_thumbnails_are_block_maxima(minilm):
    scene = Scene(minilm, "word " * 150)
    heads, n = scene.heads(), scene.encoded.n_tokens
    assert (n, heads.step, heads.thumbnails.shape[-1]) == (152, 3, 51)
    p = scene.layer(4).probs[0, 7]
    for row, column in ((0, 0), (50, 50), (17, 3)):
        block = p[row * 3 : row * 3 + 3, column * 3 : column * 3 + 3].max()
        assert heads.thumbnails[4, 0, 7, row, column] == (block.sqrt() * 255).round()


def test_a_causal_run_does_not_see_later_words(tiny):
    first, second = (run(tiny, text, variant=Variant(causal=True)) for text in ("one two three", "one two eight"))
    for ours, other in zip(first.hidden, second.hidden, strict=True):
        assert torch.equal(ours[:, :3], other[:, :3])
    assert not torch.equal(run(tiny, "one two three").hidden[1][:, 1], run(tiny, "one two eight").hidden[1][:, 1])
