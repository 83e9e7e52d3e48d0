"""What the analyses say of each architecture: exact where it can be computed again, and true where words are chosen."""

import numpy as np
import pytest
import torch

from explorer import Scene, replay, run
from explorer.analysis.attention.heads import head_matrix, merged
from explorer.analysis.attention.patterns import measures, patterns
from explorer.analysis.attention.steps import head_chain
from explorer.analysis.input.sum import one_hot, part_norms, token_sum
from explorer.analysis.scaling.gradients import differentiable_copy, gradient_norms, readout_loss
from explorer.analysis.scaling.scaling import head_both_ways
from explorer.analysis.start.journey import journey
from explorer.analysis.structure.reshape import reshape
from explorer.capture.run import inputs
from explorer.errors import NotInThisModel
from explorer.models.random import random_like
from tests.architectures import SIZES, eager, tiny_model, views

TEXT, PAIR = "the animal was too tired", "it slept in the street"
VIEWS = views()
SQUARE = [view for view in VIEWS if view[1] != "cross"]
IDS = ["-".join(v) for v in VIEWS]
SUMS = (
    "bert",
    "roberta",
    "xlm-roberta",
    "camembert",
    "distilbert",
    "electra",
    "albert",
    "gpt2",
    "openai-gpt",
    "mpnet",
    "bart",
)


def seen_in(name, stack):
    handle = tiny_model(name).of_stack(stack)
    return handle, run(handle, TEXT, PAIR)


@pytest.mark.parametrize(("name", "stack"), VIEWS, ids=IDS)
def test_the_chain_of_a_head_is_the_models(name, stack):
    handle, seen = seen_in(name, stack)
    info = head_chain(Scene.of(handle, seen), 1, 2, 3, 2)
    assert info.difference < 1e-5
    expected = {"bias": "bias", "relative": "relative", "both": "both"}.get(handle.sites.order, "root")
    expected = "factor" if name == "gemma3_text" else expected  # 1/√5 over heads 6 wide
    assert info.row.scaling == ("none" if (name, stack) == ("t5", "cross") else expected)


@pytest.mark.parametrize(
    ("name", "stack"), [v for v in VIEWS if v[1] != "cross"], ids=[i for i in IDS if "cross" not in i]
)
@pytest.mark.parametrize("factor", [1.0, 0.11])
def test_one_head_both_ways(name, stack, factor):
    """The own side is the model's; the other one equals the layer replayed with that scale."""
    from explorer import Variant

    handle, seen = seen_in(name, stack)
    info = head_both_ways(Scene.of(handle, seen), 0, 1, factor)
    assert info.difference < 2e-6
    other = replay(handle, seen, 0, Variant(scale=factor)).probs[0, 1].numpy()
    np.testing.assert_allclose(info.changed, other, atol=3e-6)  # scores up to 100, so 1e-6 of them in the exponent


@pytest.mark.parametrize(
    ("name", "stack"), [v for v in VIEWS if v[1] != "cross"], ids=[i for i in IDS if "cross" not in i]
)
def test_journey_draws_what_the_layer_has(name, stack):
    handle, seen = seen_in(name, stack)
    info = journey(Scene.of(handle, seen), 1, 2, 1)
    names = {s.name for s in info.stations}
    assert info.pre_norm == handle.sites.pre_norm == ("attn_norm" not in names) == ({"attn_in", "ffn_in"} <= names)
    assert ("segment" in names) == (seen.segment is not None)
    assert info.next_word == (seen.guesses == "next")
    wide = {"electra": "widened", "albert": "widened"}
    plain = handle.sites.embedding_norm is None
    assert info.entrance == wide.get(name, "plain" if plain else "norm")
    assert "embedding_sum" not in names or {"position", "segment"} & names


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("bert", "softmax(q·kᵀ / √8)"),
        ("gpt2", "softmax(q·kᵀ / √8 + mask)"),
        ("t5", "softmax(q·kᵀ + b)"),
        ("mpnet", "softmax(q·kᵀ / √8 + b)"),
        ("bart", "softmax(q·kᵀ / √8)"),
        ("xlnet", "softmax((q·kᵀ + r) / √8)"),
        ("deberta-v2", "softmax((q·kᵀ + r) · 0.204)"),
    ],
)
def test_the_formula_is_the_architectures(name, formula):
    handle, seen = seen_in(name, tiny_model(name).stack)
    assert journey(Scene.of(handle, seen), 1, 2, 1).formula == formula


@pytest.mark.parametrize("name", SIZES)
def test_the_sum_is_the_models_or_there_is_none(name):
    handle, seen = seen_in(name, tiny_model(name).stack)
    scene = Scene.of(handle, seen)
    if name not in SUMS:
        for ask in (lambda: token_sum(scene, 1), lambda: part_norms(scene), lambda: one_hot(scene)):
            with pytest.raises(NotInThisModel):
                ask()
        return
    info = token_sum(scene, 3)
    parts = [v for part, v in info.rows.items() if part in ("word", "position", "segment")]
    np.testing.assert_allclose(sum(parts), info.embedding_sum, atol=1e-6)
    assert one_hot(scene).difference < 1e-6
    assert abs(sum(part_norms(scene).shares.values()) - 1) < 1e-5
    assert (info.segment is None) == (handle.dims.n_segments == 0)


FUSED = [("gpt2", "h.{}.attn.c_attn", 1), ("openai-gpt", "h.{}.attn.c_attn", 1)]


@pytest.mark.parametrize(("name", "path", "dim"), FUSED)
def test_gradients_of_a_fused_projection_are_its_thirds(name, path, dim):
    handle, seen = seen_in(name, tiny_model(name).stack)
    model = eager(name).base_model.requires_grad_(True)
    with torch.enable_grad():
        readout_loss(model(**inputs(seen.encoded)).last_hidden_state, 4).backward()
    info = gradient_norms(Scene.of(handle, seen), 4)
    for layer, norms in enumerate(info.scaled):
        thirds = model.get_parameter(f"{path.format(layer)}.weight").grad.chunk(3, dim)
        np.testing.assert_allclose(norms, [float(third.norm()) for third in thirds], rtol=1e-4)


def test_gradients_of_separate_tensors_and_of_shared_layers():
    handle, seen = seen_in("xlnet", "encoder")
    model = eager("xlnet").base_model.requires_grad_(True)
    with torch.enable_grad():
        readout_loss(model(**inputs(seen.encoded)).last_hidden_state, 4).backward()
    norms = gradient_norms(Scene.of(handle, seen), 4).scaled
    for layer, found in enumerate(norms):
        parts = [getattr(model.layer[layer].rel_attn, letter).grad.norm() for letter in "qkv"]
        np.testing.assert_allclose(found, [float(part) for part in parts], rtol=1e-4)
    albert = tiny_model("albert")
    _, leaves = differentiable_copy(albert)
    assert len(leaves) == 3 and leaves[0][0] is leaves[2][0]


@pytest.mark.parametrize("name", ["bert", "roberta", "distilbert", "albert", "electra", "gpt2", "openai-gpt", "bart"])
def test_the_models_own_cut_into_heads_is_the_model(name):
    handle, seen = seen_in(name, tiny_model(name).stack)
    info = reshape(Scene.of(handle, seen), 1, 3)
    assert info.to_model < 2e-6 and info.difference < 1e-5
    assert info.parameters == 4 * 24 * 25


@pytest.mark.parametrize("name", ["t5", "xlnet", "llama", "modernbert", "deberta-v2", "mpnet"])
def test_heads_with_positions_of_their_own_are_not_cut(name):
    handle, seen = seen_in(name, tiny_model(name).stack)
    with pytest.raises(NotInThisModel):
        reshape(Scene.of(handle, seen), 0, 2)


def test_cross_attention_has_two_sides_and_no_neighbours():
    handle, seen = seen_in("t5", "cross")
    scene = Scene.of(handle, seen)
    info = head_matrix(scene, 0, 1)
    assert info.queries.tokens[0] == "[PAD]" and info.keys.tokens[0] == "[CLS]"
    assert info.probs.shape == (seen.encoded.n_tokens, seen.keys.n_tokens)
    assert info.reading()[0] == "heads.reading.head.token"
    words = merged(head_matrix(scene, None, None), seen.encoded, seen.keys)
    np.testing.assert_allclose(words.probs.sum(1), 1, atol=1e-6)
    scores = measures(scene).scores
    assert np.isnan(scores["previous"]).all() and np.isfinite(scores["first"]).all()
    assert patterns(scene).reading()[0] == "patterns.reading.cross"
    for ask in (lambda: head_both_ways(scene, 0, 0, 1.0), lambda: journey(scene, 0, 1, 0)):
        with pytest.raises(NotInThisModel):
            ask()


@pytest.mark.parametrize("name", SIZES)
def test_random_weights_keep_the_architecture(name):
    from explorer import load

    handle = tiny_model(name)
    fresh = load(random_like(handle, 0.05, 1))
    assert fresh.dims == handle.dims and fresh.sites == handle.sites
    seen = run(fresh, TEXT)
    assert (replay(fresh, seen, 1).bias is None) == (handle.sites.order in ("table", "rotary"))
    assert not torch.equal(fresh.words, handle.words)
