"""A pasted configuration is bounded and refused before anything is built, run or fetched."""

import json
import time

import pytest

from explorer.errors import (
    ConfigForbidden,
    ConfigIncomplete,
    ConfigInvalid,
    ConfigUnbuildable,
    ConfigUnreadable,
    HeadMissing,
)
from explorer.models.configs import as_text, from_fields, parse_config
from explorer.models.presets import PRESETS
from explorer.models.skeleton import as_config, heads, skeleton

GOOD = {
    "model_type": "bert",
    "hidden_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "vocab_size": 100,
}

BAD = {
    "no json": ("{hidden", ConfigUnreadable),
    "a list": ("[1, 2]", ConfigUnreadable),
    "a number": ("7", ConfigUnreadable),
    "nested too deeply": ("[" * 100_000, ConfigUnreadable),
    "too long": (" " * 300_000, ConfigUnreadable),
    "not a number": (json.dumps({**GOOD, "layer_norm_eps": float("nan")}), ConfigUnreadable),
    "no model type": ("{}", ConfigIncomplete),
    "no sizes": ('{"model_type": "bert"}', ConfigIncomplete),
    "one size missing": (json.dumps({k: v for k, v in GOOD.items() if k != "vocab_size"}), ConfigIncomplete),
    "heads do not divide": (json.dumps({**GOOD, "num_attention_heads": 5}), ConfigInvalid),
    "10^9 layers": (json.dumps({**GOOD, "num_hidden_layers": 10**9}), ConfigInvalid),
    "10^6 width": (json.dumps({**GOOD, "hidden_size": 10**6}), ConfigInvalid),
    "10^9 layers by an old name": ('{"model_type": "gpt2", "n_layer": 1000000000}', ConfigInvalid),
    "10^9 layers as a float": (json.dumps({**GOOD, "num_hidden_layers": 1e9}), ConfigInvalid),
    "10^9 layers one level down": (
        '{"model_type": "gemma3", "text_config": {"num_layers": 1000000000}}',
        ConfigInvalid,
    ),
    "10^9 experts": ('{"model_type": "mixtral", "num_local_experts": 1000000000}', ConfigInvalid),
    "a number of 5000 digits": (f'{{"model_type": "bert", "hidden_size": {"9" * 5000}}}', ConfigUnreadable),
    "a list of a million": (json.dumps({**GOOD, "layer_types": [0] * 60_000}), ConfigInvalid),
    "width as text": (json.dumps({**GOOD, "hidden_size": "768"}), ConfigInvalid),
    "no layers": (json.dumps({**GOOD, "num_hidden_layers": 0}), ConfigInvalid),
    "wrong type": (json.dumps({**GOOD, "hidden_act": 5}), ConfigUnbuildable),
    "unknown type": (json.dumps({**GOOD, "model_type": "<script>"}), ConfigInvalid),
    "remote code": (json.dumps({**GOOD, "auto_map": {"AutoModel": "evil--m.Model"}}), ConfigForbidden),
    "a kernel": (json.dumps({**GOOD, "attn_implementation": "evil-org/kernel"}), ConfigForbidden),
    "a kernel, hidden": (json.dumps({**GOOD, "_attn_implementation": "evil-org/kernel"}), ConfigForbidden),
    "a kernel, internal": (json.dumps({**GOOD, "_attn_implementation_internal": "evil/k"}), ConfigForbidden),
    "a kernel, nested": (json.dumps({**GOOD, "text_config": {"attn_implementation": "evil/k"}}), ConfigForbidden),
}


@pytest.fixture(scope="module", autouse=True)
def _imported():
    parse_config(json.dumps(GOOD))  # the first configuration of a process imports its class


@pytest.mark.parametrize("name", BAD)
def test_refused_in_a_sentence_and_at_once(name):
    text, error = BAD[name]
    begin = time.perf_counter()
    with pytest.raises(error):
        parse_config(text)
    assert time.perf_counter() - begin < 0.1


def test_quantization_and_dtype_change_nothing():
    noted = {
        **GOOD,
        "torch_dtype": "float16",
        "quantization_config": {"quant_method": "gptq"},
        "transformers_version": "4",
    }
    assert as_text(parse_config(json.dumps(noted))) == as_text(parse_config(json.dumps(GOOD)))


def test_text_and_back():
    for preset in PRESETS.values():
        config = as_config(preset.fields)
        again = as_config(json.loads(as_text(config)))
        assert as_text(again) == as_text(config), preset.name


def test_strict_refuses_unknown_fields():
    with pytest.raises(ConfigInvalid):
        from_fields("bert", {"hidden_sise": 3}, strict=True)


def test_nothing_is_built_on_a_head_that_is_not_there():
    with pytest.raises(HeadMissing):
        skeleton(as_config(PRESETS["gpt2"].fields), "nsp")


def test_the_caller_s_configuration_is_not_written_to():
    config = as_config(PRESETS["bert-tiny"].fields)
    before = config.to_dict()
    skeleton(config, "classification", 14)
    assert config.to_dict() == before


@pytest.mark.parametrize("name", PRESETS)
def test_no_storage_is_allocated_for_any_preset(name):
    from torch._subclasses.fake_tensor import FakeTensor

    config = as_config(PRESETS[name].fields)
    for head in heads(config):
        tensors = skeleton(config, head).parameters()
        assert all(t.is_meta or isinstance(t.data, FakeTensor) or isinstance(t, FakeTensor) for t in tensors)
