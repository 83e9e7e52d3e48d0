"""Runs and replays of every architecture equal what transformers' own eager forward reports of the same checkpoint."""

import pytest
import torch

from explorer import ModelSpec, Scene, Variant, encode, load, replay, run
from explorer.analysis.pretraining.predictions import lens
from explorer.analysis.use.pooling import sentence_vectors
from explorer.capture.changes.positions import last_hidden
from explorer.capture.heads import as_heads_read, mlm_logits, word_logits
from explorer.capture.run import inputs
from explorer.capture.states import hidden_states, together
from explorer.errors import NotInThisModel
from explorer.models.sites import sites, stacks
from tests.architectures import SIZES, eager, tiny_model, views
from tests.conftest import eager_copy

TEXTS = [("The cats sleep on the mat, unbelievably.", "They were tired."), ("hi", None)]
VIEWS = views()

# Rotary angles, GPT's own order of operations and XLNet's einsum are done by the model's own code in both, so that
# nothing but the place of a head's matrix in memory differs. 1e-6 of values that reach 30.
CLOSE = {"atol": 1e-6, "rtol": 1e-6}
# Rows of a batch of two add up in another order.
BATCHED = {"atol": 1e-5, "rtol": 1e-5}


def reported(name: str, stack: str, encoded) -> tuple[list[torch.Tensor], list[torch.Tensor], dict]:
    """Hidden states, attention probabilities and everything else that transformers says."""
    with torch.no_grad():
        found = eager(name)(**inputs(encoded), output_attentions=True, output_hidden_states=True)
    if len(stacks(name)) == 1:
        return list(found["hidden_states"]), list(found["attentions"]), found
    side = "encoder" if stack == "encoder" else "decoder"
    attentions = "cross_attentions" if stack == "cross" else f"{side}_attentions"
    return list(found[f"{side}_hidden_states"]), list(found[attentions]), found


@pytest.mark.parametrize(("name", "stack"), VIEWS, ids=["-".join(v) for v in VIEWS])
@pytest.mark.parametrize(("text", "pair"), TEXTS, ids=["pair", "one"])
@pytest.mark.parametrize("padding", [0, 5])
def test_a_run_and_its_replays_equal_eager(name, stack, text, pair, padding):
    handle = tiny_model(name).of_stack(stack)
    encoded = encode(handle, text, pair)
    if padding:
        encoded = encode(handle, text, pair, pad_to=(encoded.source or encoded).n_tokens + padding)
    scene = Scene(handle, encoded)
    heads, seen = scene.heads(), scene.capture()
    hidden, attentions, found = reported(name, stack, encoded)
    assert len(attentions) == handle.dims.n_layers
    for ours, theirs in zip([*seen.hidden[:-1], seen.last], hidden, strict=True):
        torch.testing.assert_close(ours, theirs, **CLOSE)
    for number, theirs in enumerate(attentions):
        layer = replay(handle, seen, number)
        torch.testing.assert_close(layer.probs, theirs, **CLOSE)
        assert torch.equal(layer.hidden, seen.hidden[number + 1])
        assert heads.max_prob[number].equal(layer.probs.amax(-1))
    for ours in (seen.class_logits, None if seen.guesses is None else word_logits(handle, seen)):
        if ours is not None:
            torch.testing.assert_close(ours, found["prediction_logits" if name == "bert" else "logits"], **CLOSE)
    if name == "electra":
        torch.testing.assert_close(seen.token_logits[..., 0], found["logits"], **CLOSE)
    if name == "camembert":
        torch.testing.assert_close(seen.token_logits, found["logits"], **CLOSE)


@pytest.mark.parametrize(("name", "stack"), VIEWS, ids=["-".join(v) for v in VIEWS])
def test_the_parts_of_a_layer_fit_together(name, stack):
    """Scores are q·k and what the model adds; residuals add up; the stack's tables add up to its embedding."""
    handle = tiny_model(name).of_stack(stack)
    seen = run(handle, "one two three four", "five six")
    layer = replay(handle, seen, 1)
    shown = (layer.q @ layer.k.mT * layer.factor + layer.bias_at(layer.factor))[layer.visible]
    # scores reach a few hundred here: 1e-6 of them
    torch.testing.assert_close(layer.scores[layer.visible], shown, atol=3e-4, rtol=1e-6)
    torch.testing.assert_close(layer.probs @ layer.v, layer.context, atol=1e-5, rtol=1e-5)
    assert (layer.bias is not None) == (handle.sites.order in ("bias", "relative", "both") and stack != "cross")
    assert (layer.attn_norm is None) == handle.sites.pre_norm
    if handle.sites.pre_norm and stack != "cross":  # cross attention reads what the decoder's own attention left
        torch.testing.assert_close(layer.attn_sum, layer.input + layer.attn_out, **CLOSE)
    if handle.sites.pre_norm and (name, stack) != ("t5", "decoder"):
        torch.testing.assert_close(layer.hidden, layer.attn_sum + layer.ffn_out, **CLOSE)
    if seen.embedding_sum is not None:
        parts = [part for part in (seen.word, seen.position, seen.segment) if part is not None]
        torch.testing.assert_close(sum(parts), seen.embedding_sum, **CLOSE)


@pytest.mark.parametrize("name", ["gpt2", "openai-gpt", "llama", "gemma3_text", "t5", "bart"])
def test_a_decoder_does_not_see_later_words(name):
    handle = tiny_model(name)
    handle = handle.of_stack("decoder")
    first, second = (run(handle, "same text", f"one two {last}") for last in ("three", "eight"))
    if len(handle.stacks) == 1:
        first, second = run(handle, "one two three"), run(handle, "one two eight")
    n = first.encoded.n_tokens - 1
    same = [i for i in range(n) if first.encoded.tokens[: i + 1] == second.encoded.tokens[: i + 1]]
    assert len(same) >= 3
    for ours, other in zip(first.hidden, second.hidden, strict=True):
        torch.testing.assert_close(ours[:, same], other[:, same], **CLOSE)


def test_modernbert_looks_near_in_its_local_layers():
    handle = tiny_model("modernbert")
    seen = run(handle, "a b c d e f g h i j k l m n o p")
    near = [replay(handle, seen, number).visible[0, 0].sum(-1).max().item() for number in range(3)]
    assert near == [18, 7, 18]


def test_one_model_stands_behind_all_stacks_of_t5():
    handle = tiny_model("t5")
    encoder, decoder, cross = (handle.of_stack(stack) for stack in handle.stacks)
    assert encoder.model is decoder.model is cross.model
    assert handle.of_stack("decoder") is decoder and decoder.of_stack("encoder") is handle
    seen = run(cross, "one two three four five", "six seven")
    layer = replay(cross, seen, 0)
    assert layer.probs.shape[2:] == (seen.encoded.n_tokens, seen.keys.n_tokens)
    assert seen.encoded.tokens[0] == "[PAD]" and seen.encoded.pair is None
    heads = Scene.of(cross, seen).heads()
    assert heads.thumbnails.shape[-2:] == layer.probs.shape[2:]
    assert (heads.to_self == 0).all()


@pytest.mark.parametrize(
    "name", ["xlnet", "deberta-v2", "openai-gpt", "albert", "gpt2", "t5", "llama", "modernbert", "mpnet"]
)
@pytest.mark.parametrize("change", [{"scale": 0.5}, {"temperature": 2.0}], ids=str)
def test_a_factor_multiplies_the_models_own_scores(name, change):
    """Against eager, with the scale of its modules set by hand where the module has one."""
    handle = tiny_model(name)
    encoded = encode(handle, "one two three four")
    changed = replay(handle, run(handle, encoded), 1, Variant(**change))
    own = replay(handle, run(handle, encoded), 1)
    times = (0.5 / own.factor) if "scale" in change else 0.5
    bias = own.bias if own.bias is not None else torch.zeros_like(own.scores)
    product = own.q @ own.k.mT * own.factor
    wanted = product * times + bias * (times if own.bias_scaled or "temperature" in change else 1)
    torch.testing.assert_close(changed.scores[own.visible], wanted[own.visible], atol=3e-4, rtol=1e-5)
    assert torch.equal(changed.visible, own.visible)


@pytest.mark.parametrize(("name", "stack"), VIEWS, ids=["-".join(v) for v in VIEWS])
def test_what_the_model_gives_out_is_transformers_last_hidden_state(name, stack):
    """In pre-LN models that is not the last layer's output: one more norm follows."""
    handle = tiny_model(name).of_stack(stack)
    encoded = encode(handle, *TEXTS[0])
    with torch.no_grad():
        theirs = eager(name).base_model(**inputs(encoded)).get("last_hidden_state")
    if len(handle.stacks) > 1:  # it would be the decoder's: the last of the stack's own states, normalised too
        theirs = reported(name, stack, encoded)[0][-1]
    seen = run(handle, encoded)
    for ours in (seen.last, seen.states[-1], last_hidden(handle, encoded)):
        torch.testing.assert_close(ours, theirs, **CLOSE)
    assert torch.equal(seen.last, seen.hidden[-1]) == (handle.sites.final_norm is None)
    assert torch.equal(as_heads_read(handle, seen.hidden[-1]), seen.last)


@pytest.mark.parametrize(("name", "stack"), VIEWS, ids=["-".join(v) for v in VIEWS])
def test_states_of_several_texts_are_transformers_hidden_states(name, stack):
    """Of each text padded as the longest, whichever of encoder and decoder reads it."""
    handle = tiny_model(name).of_stack(stack)
    texts = together(handle, [("one two three four", "it"), ("it", "five six seven eight nine ten")])
    found = hidden_states(handle, texts)
    for row, encoded in enumerate(texts):
        for ours, theirs in zip(found, reported(name, stack, encoded)[0], strict=True):
            torch.testing.assert_close(ours[row : row + 1], theirs, **BATCHED)


@pytest.mark.parametrize("name", sorted({name for name, stack in VIEWS}))
def test_sentence_vectors_are_means_of_transformers_hidden_states(name):
    handle, text = tiny_model(name), "one two three four"
    vectors = sentence_vectors(handle, [text]).vectors["mean"]
    for ours, theirs in zip(vectors, reported(name, handle.stack, encode(handle, text))[0], strict=True):
        torch.testing.assert_close(torch.from_numpy(ours[0]), theirs[0].mean(0), **CLOSE)


def test_a_change_that_does_nothing_is_refused_for_several_texts_too():
    handle = tiny_model("gpt2")
    with pytest.raises(NotInThisModel):
        hidden_states(handle, together(handle, [("one", "")]), Variant(without_ffn="all", ffn_mode="skip"))


@pytest.mark.parametrize("name", ["bert", "roberta", "albert", "modernbert", "deberta-v2"])
def test_the_lens_ends_with_the_models_own_words(name):
    """Each layer's state goes through the norm that stands before the head, as the last one does."""
    handle = tiny_model(name)
    encoded = encode(handle, "one two three four")
    seen = run(handle, encoded)
    info = lens(Scene(handle, encoded), Scene.of(handle, seen), 2, k=3)
    assert info.difference < 1e-5
    torch.testing.assert_close(mlm_logits(handle, seen.last), word_logits(handle, seen), atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", [name for name in SIZES if sites(name).order == "table"])
def test_a_text_may_have_as_many_tokens_as_the_table_has_rows(name):
    """One more, and transformers itself looks beyond the table. Where one less does: `after_padding` in the sites."""
    n, model = tiny_model(name).dims.n_ctx, eager(name)
    model(torch.full((1, n), 5))
    with pytest.raises((IndexError, RuntimeError)):
        model(torch.full((1, n + 1), 5))


def test_layers_of_several_groups_stand_in_their_order():
    """ALBERT can have more than one group of weights: the first serves the lower layers."""
    sizes = {**SIZES["albert"][0], "num_hidden_groups": 2, "num_hidden_layers": 4}
    handle = load(ModelSpec("config", "albert", overrides={**sizes, "vocab_size": 211}, head="mlm", seed=3))
    seen = run(handle, "the cat sat")
    own = eager_copy(handle)(**inputs(seen.encoded), output_attentions=True).attentions
    assert handle.layers[0] is handle.layers[1] and handle.layers[1] is not handle.layers[2]
    for number, attention in enumerate(own):
        torch.testing.assert_close(replay(handle, seen, number).probs, attention, **CLOSE)


def test_bart_fills_a_gap_in_the_encoders_text_as_the_library_does():
    """Its decoder reads the same text, so a hidden word is guessed at its place; T5's reads one start token."""
    handle = tiny_model("bart")
    encoded = encode(handle, "one [MASK] three four")
    assert encoded.typed_masks == [2]
    with torch.no_grad():
        found = eager("bart")(input_ids=encoded.ids, attention_mask=encoded.mask).logits
    seen = run(handle, encoded)
    assert seen.guesses == "masked"
    torch.testing.assert_close(word_logits(handle, seen, (0, 2)), found[0, 2], **BATCHED)
    assert not torch.allclose(word_logits(handle, run(handle, "one [MASK] three five"), (0, 2)), found[0, 2])
    assert run(tiny_model("t5"), "one two").guesses is None
