"""Operations against PyTorch's own counter, memory against what a replay really holds."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from explorer.analysis.structure.cost import (
    activations,
    attention_matrices,
    cost,
    flops,
    products,
    quadratic_share,
    shape,
)
from explorer.analysis.structure.measured_time import measured
from explorer.capture.timing import Timing, lengths, timings
from explorer.errors import ModelUnsupported
from explorer.models.presets import PRESETS
from explorer.models.skeleton import CLASSES, as_config

PLAIN = [
    "bert-base", "bert-large", "minilm", "roberta-base", "distilbert", "electra-small", "albert-base", "gpt", "gpt2",
]  # fmt: skip


@pytest.mark.parametrize("n", [128, 512])
@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("head", ["none", "mlm"])
def test_formula_equals_the_counter(name, head, n):
    """Eager attention on the meta device. With sdpa on a CPU the counter knows no formula for the fused kernel and
    counts attention as nothing: see the test below."""
    config = as_config(PRESETS[name].fields)
    found = next(c for c in CLASSES[head] if type(config) in c._model_mapping)
    with torch.device("meta"):
        model = found.from_config(config, attn_implementation="eager").eval()
        ids = torch.zeros(1, n, dtype=torch.long)
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(input_ids=ids)
    assert products(flops(shape(config), n, mlm=head == "mlm")) - counter.get_total_flops() == 0


_SIZES = {"vocab_size": 97, "hidden_size": 24, "num_attention_heads": 4, "intermediate_size": 40}
OTHERS = {
    "llama": {**_SIZES, "num_hidden_layers": 3, "num_key_value_heads": 2, "head_dim": 6},
    "modernbert": {**_SIZES, "num_hidden_layers": 4, "pad_token_id": 0, "bos_token_id": 1, "cls_token_id": 1}
    | {"eos_token_id": 2, "sep_token_id": 2},
    "t5": {"vocab_size": 97, "d_model": 24, "d_kv": 8, "d_ff": 40, "num_layers": 2, "num_decoder_layers": 3}
    | {"num_heads": 4},
    "xlnet": {"vocab_size": 97, "d_model": 24, "n_layer": 3, "n_head": 4, "d_inner": 40},
}


@pytest.mark.parametrize("gated", [False, True])
@pytest.mark.parametrize("head", ["none", "mlm"])
@pytest.mark.parametrize("kind", OTHERS)
def test_formula_equals_the_counter_for_other_layers(kind, head, gated):
    """Grouped keys, a gated block, an encoder with a decoder, relative positions; small, with weights."""
    fields = {"model_type": kind, **OTHERS[kind]} | ({"feed_forward_proj": "gated-gelu"} if gated else {})
    config = as_config(fields)
    found = next(c for c in CLASSES[head] if type(config) in c._model_mapping)
    model, ids = found.from_config(config, attn_implementation="eager").eval(), torch.ones(1, 16, dtype=torch.long)
    decoder = {"decoder_input_ids": ids} if kind == "t5" else {}
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(input_ids=ids, **decoder)
    assert products(flops(shape(config), 16, mlm=head == "mlm")) == counter.get_total_flops()


def test_the_share_is_that_of_the_counted_parts():
    s = shape(as_config({"model_type": "t5", **OTHERS["t5"]}))
    parts = flops(s, 33)
    square = parts["scores"] + parts["context"]
    assert quadratic_share(s, 33) == pytest.approx(square / products(parts))


def test_the_counter_misses_sdpa_on_cpu():
    from transformers import AutoModel

    config = as_config({**PRESETS["bert-tiny"].fields, "vocab_size": 99})
    model = AutoModel.from_config(config, attn_implementation="sdpa").eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(input_ids=torch.zeros(1, 64, dtype=torch.long))
    parts = flops(shape(config), 64)
    assert counter.get_total_flops() == products(parts) - parts["scores"] - parts["context"]


def test_facts():
    s = shape(as_config(PRESETS["bert-base"].fields))
    encoder = [products(flops(s, n)) - flops(s, n)["head"] for n in (128, 512)]
    assert encoder == [22_347_251_712, 96_636_764_160]
    assert quadratic_share(s, 128) == pytest.approx(0.0270, abs=5e-5)
    assert quadratic_share(s, 512) == pytest.approx(0.1)
    assert s.crossover == 6 * 768 == 4_608
    assert quadratic_share(s, 4_608) == 0.5


def test_the_crossover_is_where_the_parts_are_equal():
    s = shape(as_config({**PRESETS["bert-base"].fields, "intermediate_size": 1_000}))
    parts = flops(s, int(s.crossover))
    assert parts["scores"] + parts["context"] == parts["qkv"] + parts["attn_out"] + parts["ffn"]


def test_memory_is_what_a_replay_holds(minilm):
    from explorer import replay, run

    seen = run(minilm, "The animal did not cross the street.", None)
    layer, n = replay(minilm, seen, 2), seen.encoded.n_tokens
    s = shape(minilm.config)
    vectors = [layer.q, layer.k, layer.v, layer.context, layer.attn_out, layer.attn_norm, layer.ffn_act]
    vectors += [layer.ffn_out, layer.hidden]
    assert sum(v.numel() * 4 for v in vectors) * s.n_layers == activations(s, n)
    assert layer.probs.numel() * 4 * s.n_layers == attention_matrices(s, n)


def test_batch_multiplies_everything():
    s = shape(as_config(PRESETS["bert-base"].fields))
    one, eight = flops(s, 100), flops(s, 100, batch=8)
    assert {part: 8 * n for part, n in one.items()} == eight


def test_cost_over_lengths():
    info = cost(as_config(PRESETS["bert-base"].fields), "BERT base", 512)
    assert info.lengths[0] == 16 and info.lengths[-1] >= 2 * info.shape.crossover
    at = int(np.argmax(info.lengths >= 512))
    assert info.flops["scores"][at] == flops(info.shape, int(info.lengths[at]))["scores"]
    assert info.reading()[1]["crossover"] == 4_600
    assert len(info.table()) == len(info.lengths)


def test_other_layers_are_refused():
    with pytest.raises(ModelUnsupported):
        shape(as_config({"model_type": "mamba"}))


def test_measuring_can_be_stopped_after_one_length(minilm):
    first = next(timings(minilm, repeats=1))
    assert first.n == lengths(minilm)[0] == 16 and 0 < first.seconds < 60
    assert max(lengths(minilm)) <= minilm.dims.n_ctx


def test_prediction_runs_through_a_machine_of_constant_speed(minilm):
    s = shape(minilm.config)
    made_up = [Timing(n, products(flops(s, n)) / 5e9, 5) for n in (16, 128, 512)]
    info = measured(s, made_up)
    assert info.rate == pytest.approx(5e9)
    np.testing.assert_allclose(info.predicted, info.seconds)
    assert info.reading()[0] == "cost.measured"
    assert measured(s, made_up[:1]).reading()[0] == "cost.measuring"
    assert measured(s, []).rate == 0
