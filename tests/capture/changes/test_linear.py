"""Copies without their non-linear parts: exact with nothing replaced, affine with everything, the model untouched."""

from threading import Thread

import pytest
import torch
from torch import nn

from explorer import Variant, encode, load, replay, run
from explorer.capture.changes.linear import PARTS, outputs, word_vectors
from explorer.errors import NoWeights
from explorer.models.spec import ModelSpec

TEXT = "The animal didn't cross the street because it was too tired."


def test_nothing_replaced_is_the_plain_run_to_the_bit(minilm):
    encoded, seen = encode(minilm, TEXT), run(minilm, TEXT)
    found = outputs(minilm, encoded, word_vectors(minilm, encoded))
    assert torch.equal(found.hidden, seen.hidden[-1]) and torch.equal(found.pooled, seen.pooled)


def test_held_weights_of_the_same_text_change_nothing(minilm):
    encoded, seen = encode(minilm, TEXT), run(minilm, TEXT)
    probs = [replay(minilm, seen, number).probs for number in range(6)]
    found = outputs(minilm, encoded, word_vectors(minilm, encoded), (), probs)
    torch.testing.assert_close(found.hidden, seen.hidden[-1], atol=1e-6, rtol=0)


@pytest.mark.parametrize("part", PARTS)
def test_each_part_alone_against_a_copy_written_by_hand(tiny, part):
    """An independent forward of BERT's equations in which the part is left out."""
    encoded = encode(tiny, TEXT)
    words = word_vectors(tiny, encoded)
    found = outputs(tiny, encoded, words, (part,))
    hidden, pooled = by_hand(tiny, encoded, words, part)
    # Relative to the whole, 1e-5: without LayerNorm values grow, and float32 has seven digits for the largest.
    assert float((found.hidden - hidden).norm() / hidden.norm()) < 1e-5
    assert float((found.pooled - pooled).norm() / pooled.norm()) < 1e-5


def by_hand(handle, encoded, words, part):
    """BERT's equations, module by module, in float32."""
    base, dims = handle.base, handle.dims
    norm = (lambda module, x: x) if part == "layernorm" else (lambda module, x: module(x))
    places = base.embeddings.position_embeddings.weight[: words.shape[1]]
    x = words + places + base.embeddings.token_type_embeddings(encoded.segments)
    with torch.no_grad():
        x = norm(base.embeddings.LayerNorm, x)
        for layer in base.encoder.layer:
            own = layer.attention.self
            q, k, v = (
                module(x).view(1, -1, dims.n_heads, dims.d_head).transpose(1, 2)
                for module in (own.query, own.key, own.value)
            )
            weights = q @ k.mT / dims.d_head**0.5
            weights = weights if part == "softmax" else weights.softmax(-1)
            mixed = layer.attention.output.dense((weights @ v).transpose(1, 2).flatten(2))
            x = norm(layer.attention.output.LayerNorm, mixed + x)
            inner = layer.intermediate.dense(x)
            inner = inner if part == "gelu" else nn.functional.gelu(inner)
            x = norm(layer.output.LayerNorm, layer.output.dense(inner) + x)
        pooled = base.pooler.dense(x[:, 0])
    return x, pooled if part == "tanh" else pooled.tanh()


def test_with_all_four_gone_and_weights_held_the_network_is_affine(minilm):
    encoded, seen = encode(minilm, TEXT), run(minilm, TEXT)
    probs = [replay(minilm, seen, number).probs for number in range(6)]
    x = word_vectors(minilm, encoded)
    three = torch.cat([x, torch.zeros_like(x), 3 * x])
    full, zero, triple = outputs(minilm, encoded, three, PARTS, probs).hidden
    # 1e-4: the values reach tens of thousands in float32, which has seven digits.
    assert float((triple - (3 * full - 2 * zero)).norm() / (full - zero).norm()) < 1e-4
    bent = outputs(minilm, encoded, three, ("gelu",)).hidden
    assert float((bent[2] - (3 * bent[0] - 2 * bent[1])).norm() / (bent[0] - bent[1]).norm()) > 0.1


def test_padding_is_not_attended_without_softmax(tiny):
    plain, padded = encode(tiny, TEXT), encode(tiny, TEXT, pad_to=40)
    found = outputs(tiny, padded, word_vectors(tiny, padded), ("softmax",)).hidden[:, : plain.n_tokens]
    expected = outputs(tiny, plain, word_vectors(tiny, plain), ("softmax",)).hidden
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_the_shared_model_is_untouched_while_copies_run(minilm):
    before, kinds = run(minilm, TEXT), [type(module) for module in minilm.model.modules()]
    encoded = encode(minilm, TEXT)
    found: dict[str, torch.Tensor] = {}

    def changed(part: str) -> None:
        found[part] = outputs(minilm, encoded, word_vectors(minilm, encoded), (part,)).hidden

    threads = [Thread(target=changed, args=(part,)) for part in PARTS]
    for thread in threads:
        thread.start()
    during = [run(minilm, TEXT, variant=Variant()) for _ in range(3)]
    for thread in threads:
        thread.join()
    assert all(torch.equal(seen.hidden[-1], before.hidden[-1]) for seen in (*during, run(minilm, TEXT)))
    assert [type(module) for module in minilm.model.modules()] == kinds
    assert minilm.config._attn_implementation == "explorer"
    for part in PARTS:
        alone = outputs(minilm, encoded, word_vectors(minilm, encoded), (part,)).hidden
        assert torch.equal(found[part], alone)


def test_an_unknown_part_and_a_model_without_weights(tiny, minilm):
    encoded = encode(tiny, "hi")
    with pytest.raises(ValueError, match="relu"):
        outputs(tiny, encoded, word_vectors(tiny, encoded), ("relu",))
    with pytest.raises(NoWeights):
        outputs(load(ModelSpec("meta", "bert")), encode(minilm, "hi"), torch.zeros(1, 3, 768))
