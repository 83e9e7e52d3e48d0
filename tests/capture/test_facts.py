"""Facts of a model are the run's, not the architecture's: every field of a config that changes the attention."""

import math
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
import torch
from tokenizers import Tokenizer, models
from transformers import AutoConfig

from explorer import ModelHandle, ModelSpec, Scene, encode, load, replay, run
from explorer.analysis.models.who_sees_whom import difference, masks, own_family
from explorer.analysis.scaling.gradients import gradient_norms
from explorer.analysis.scaling.whole_network import factors
from explorer.analysis.start.journey import formula
from explorer.analysis.structure.reshape import reshape
from explorer.capture.facts import classification, facts_of, spelled
from explorer.models.embedded import EMBEDDED, embedded_folder
from explorer.models.heads import HEADS
from tests.architectures import SIZES, tiny_model, views

TEXT = "The cats sleep on the mat."
D = 8  # width of a head in all of these
BUILT = {
    "inverse": ("gpt2", {"scale_attn_by_inverse_layer_idx": True}, "lm", [D**-0.5 / n for n in (1, 2, 3)], True),
    "unscaled": ("gpt2", {"scale_attn_weights": False}, "lm", [1.0] * 3, True),
    "both": ("gpt2", {"scale_attn_weights": False, "scale_attn_by_inverse_layer_idx": True}, "lm",
             [1.0, 1 / 2, 1 / 3], True),
    "bert": ("bert", {"is_decoder": True}, "lm", [D**-0.5] * 3, True),
    "roberta": ("roberta", {"is_decoder": True}, "lm", [D**-0.5] * 3, True),
    "electra": ("electra", {"is_decoder": True}, "lm", [D**-0.5] * 3, True),
    "left": ("xlnet", {"attn_type": "uni"}, "lm", [D**-0.5] * 3, True),
    "plain": ("deberta-v2", {"pos_att_type": None}, "mlm", [D**-0.5] * 3, False),
    "near": ("modernbert", {}, "mlm", [D**-0.5] * 3, False),
}  # fmt: skip


@cache
def built(name: str) -> ModelHandle:
    """A tiny checkpoint of an architecture with these fields in its configuration."""
    kind, fields, head, _, _ = BUILT[name]
    folder = Path(mkdtemp(prefix=f"built-{name}-"))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        config = AutoConfig.for_model(kind, vocab_size=211, **{**SIZES[kind][0], **fields})
        HEADS[head].from_config(config, dtype=torch.float32).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((embedded_folder() / "tokenizer.json").read_bytes())
    EMBEDDED[f"built-{name}"] = lambda: folder
    return load(ModelSpec("embedded", f"built-{name}", head=head))


@pytest.mark.parametrize("name", BUILT)
def test_factor_and_mask_are_those_of_the_configuration(name):
    handle, (_, _, _, wanted, causal) = built(name), BUILT[name]
    assert facts_of(handle).factors == pytest.approx(wanted)
    assert facts_of(handle).causal == (causal,) * 3
    seen = run(handle, TEXT)
    for number in range(3):
        layer = replay(handle, seen, number)
        assert layer.factor == pytest.approx(wanted[number])
        assert bool(layer.visible.triu(1).any()) != causal
        assert ("mask" in formula(handle, layer)) == causal
    assert own_family(handle) == ("gpt" if causal else "bert")
    if causal:
        assert difference(masks(seen.encoded, "gpt").panels[0], replay(handle, seen, 0)) == 0


@pytest.mark.parametrize("name", ["inverse", "unscaled", "both", "bert", "roberta", "electra"])
@pytest.mark.parametrize("layer", [0, 2])
def test_reshape_is_the_models_own_attention(name, layer):
    handle = built(name)
    seen = run(handle, TEXT)
    info = reshape(Scene.of(handle, seen), layer, handle.dims.n_heads)
    assert info.to_model < 1e-6 and info.difference < 1e-5
    assert "mask" in {step: code for step, code, _ in info.steps()}["scores"]


def test_other_heads_keep_the_models_rule():
    """Twelve heads of 2 in place of three of 8: 1/√2 where it was 1/√8, and nothing where there was nothing."""
    for name, wanted in {"bert": 2**-0.5, "unscaled": 1.0, "inverse": 2**-0.5 / 3, "both": 1 / 3}.items():
        handle = built(name)
        seen = run(handle, TEXT)
        info = reshape(Scene.of(handle, seen), 2, 12)
        assert info.factor == pytest.approx(wanted), name
        assert info.maps.shape[0] == 12 and (info.maps[:, 0, 1:] == 0).all()


def test_a_single_token_does_not_make_a_model_causal():
    """Of a tokenizer that adds no special tokens and cuts a text into one piece, as if there were no words in it."""
    one_piece = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    for name, masked in (("bert", False), ("gpt2", True)):
        handle = replace(tiny_model(name), tokenizer=one_piece, _views={})
        seen = run(handle, TEXT)
        assert seen.encoded.n_tokens == 1 and facts_of(handle).causal == (masked,) * 3
        assert ("mask" in formula(handle, replay(handle, seen, 0))) == masked


@pytest.mark.parametrize(("name", "stack"), views(), ids=["-".join(v) for v in views()])
def test_facts_are_those_of_replays(name, stack):
    handle = tiny_model(name).of_stack(stack)
    seen = run(handle, "one two three four", "five six seven")
    for number in range(handle.dims.n_layers):
        layer = replay(handle, seen, number)
        assert facts_of(handle).factors[number] == layer.factor
        square = layer.visible.shape[2] == layer.visible.shape[3]
        assert facts_of(handle).causal[number] == (square and not bool(layer.visible.triu(1).any()))


@pytest.mark.parametrize(
    ("name", "growth", "by"),
    [("unscaled", 1, "1/f"), ("inverse", 2 * math.sqrt(D), "1/f"), ("bert", math.sqrt(D), "√d")],
)
def test_gradients_name_what_the_scores_grow_by(name, growth, by):
    handle = built(name)
    info = gradient_norms(Scene(handle, TEXT))
    assert info.growth == pytest.approx(growth) and info.growth_name == by


def test_the_models_own_factor_is_among_those_that_are_tried():
    deberta = facts_of(tiny_model("deberta-v2")).factor
    assert deberta == pytest.approx((3 * D) ** -0.5)
    assert deberta in factors(D, deberta) and len(factors(D, deberta)) == 10
    assert len(factors(D, D**-0.5)) == 9 and facts_of(built("inverse")).factor is None
    assert (spelled(D**-0.5, D), spelled(1.0, D), spelled(None, D)) == ("1/√d", "1", "–")


def test_only_what_has_read_the_text_stands_for_it():
    """A decoder's first token has seen itself alone; the last one of an XLNet that reads from the left has seen all."""
    places = {name: classification(built(name), encode(built(name), TEXT)) for name in BUILT}
    assert places["bert"] is places["roberta"] is places["electra"] is places["inverse"] is None
    assert places["near"] == places["plain"] == 0
