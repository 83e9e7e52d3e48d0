"""Counts against the table of known ones, against really built models, and against the formula."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from explorer.analysis.structure.closed_form import FORMS
from explorer.analysis.structure.module_tree import kind, module_tree
from explorer.analysis.structure.parameters import counted, parameters
from explorer.models.presets import PRESETS
from explorer.models.skeleton import as_config, heads, skeleton

KNOWN = json.loads((Path(__file__).parents[2] / "data" / "param_counts.json").read_text(encoding="utf-8"))
TYPES = {"bert": "bert", "MiniLM": "bert", "distilbert": "distilbert", "roberta": "roberta", "openai": "openai-gpt"}


def request(entry):
    """(fields, head) of an entry of the table."""
    kind_of = next((v for k, v in TYPES.items() if entry["name"].startswith(k)), "gpt2")
    ends = {"MaskedLM": "mlm", "LMHeadModel": "mlm", "PreTraining": "pretraining", "Classification": "classification"}
    head = next((v for k, v in ends.items() if entry["class"].endswith(k)), "none")
    return {**entry["config"], "model_type": kind_of}, head


@pytest.mark.parametrize("entry", KNOWN, ids=lambda e: f"{e['name']}-{e['class']}")
def test_known_counts(entry):
    info = parameters(*request(entry))
    assert info.class_name == entry["class"]
    assert info.total == entry["total"]
    assert info.modules == entry["modules"]
    assert [list(group) for group in info.tied] == entry["tied_groups"]
    assert info.printed == entry["total_if_tied_counted_twice"]
    assert info.formula is not None and info.formula.value == entry["total"]


def test_the_sum_on_the_screen():
    info = parameters(PRESETS["bert-base"].fields, "mlm")
    assert sum(count for _, count in info.parts) == info.printed == 132_985_716
    assert info.printed - sum(count for *_, count in info.again) == info.total == 109_514_298
    assert sum(row.total for row in info.rows() if not row.module.children or row.module.tensors) >= info.total


def test_facts_of_the_chinese_model():
    fields = PRESETS["bert-chinese"].fields
    assert parameters(fields, "mlm").printed == 118_537_744
    assert parameters(fields, "classification", 14).modules["classifier"] == 10_766
    layer = next(m for m in parameters(fields).tree.walk() if m.path == "encoder.layer.0")
    assert [c.owned for c in layer.children] == [2_363_904, 2_362_368, 2_361_600]


def test_stacks_of_equal_size():
    stacks = {"bert-base": "encoder", "gpt": "h", "gpt2": "h", "roberta-base": "encoder"}
    assert {parameters(PRESETS[name].fields).modules[part] for name, part in stacks.items()} == {85_054_464}


def test_without_feed_forward_blocks():
    fields = PRESETS["bert-base"].fields
    assert parameters(fields, without_ffn=12).total == 52_794_624
    assert parameters(fields).total - parameters(fields, without_ffn=1).total == 4_723_968


def test_memory_of_the_weights():
    info = parameters(PRESETS["bert-base"].fields)
    assert [info.nbytes(d) for d in ("float32", "bfloat16", "int8")] == [437_928_960, 218_964_480, 109_482_240]


@pytest.mark.parametrize("name", [n for n in PRESETS if n not in ("t5-small", "xlnet-base")])
def test_formula_for_every_head_of_the_presets(name):
    for head in heads(as_config(PRESETS[name].fields)):
        info = parameters(PRESETS[name].fields, head)
        assert info.formula is not None and info.formula.value == info.total, head


SMALL = {
    "bert": {},
    "roberta": {},
    "electra": {"embedding_size": 16},
    "albert": {"embedding_size": 16},
    "distilbert": {},
    "modernbert": {},
    "llama": {"num_key_value_heads": 2},
    "gpt2": {},
    "openai-gpt": {},
    "t5": {},
    "xlnet": {},
}
NAMES = {
    "gpt2": ("n_embd", "n_layer", "n_head", "n_inner", "n_positions"),
    "openai-gpt": ("n_embd", "n_layer", "n_head", None, "n_positions"),
    "distilbert": ("dim", "n_layers", "n_heads", "hidden_dim", "max_position_embeddings"),
    "t5": ("d_model", "num_layers", "num_heads", "d_ff", None),
    "xlnet": ("d_model", "n_layer", "n_head", "d_inner", None),
}
BERT = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size", "max_position_embeddings")


def fields(model_type, d, layers, h, f, positions, vocabulary):
    names = NAMES.get(model_type, BERT)
    sizes = dict(zip(names, (d, layers, h, f, positions), strict=True))
    sizes.pop(None, None)
    rest = {
        "modernbert": {"pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0, "cls_token_id": 0, "sep_token_id": 0}
    }
    return {
        "model_type": model_type,
        "vocab_size": vocabulary,
        **sizes,
        **SMALL[model_type],
        **rest.get(model_type, {}),
    }


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(SMALL)),
    st.integers(1, 6),
    st.sampled_from([2, 4, 8]),
    st.integers(1, 40),
    st.integers(1, 300),
    st.integers(2, 600),
    st.integers(7, 3_000),
    st.integers(1, 30),
    st.randoms(use_true_random=False),
)
def test_closed_form_of_random_configurations(model_type, layers, h, k, f, positions, vocabulary, labels, random):
    given_fields = fields(model_type, h * k * 2, layers, h, f, positions, vocabulary)
    head = random.choice([h for h in heads(as_config(given_fields)) if h in FORMS[model_type][1]])
    info = parameters(given_fields, head, labels)
    assert info.formula is not None and info.formula.value == info.total


@pytest.mark.parametrize("model_type", SMALL)
def test_really_built_models(model_type):
    from transformers import AutoModel

    config = as_config(fields(model_type, 32, 2, 4, 48, 40, 99))
    model = AutoModel.from_config(config)
    info = parameters(config)
    assert info.reconciled == info.total
    assert info.total == sum(p.numel() for p in model.parameters()) == counted(model).total
    assert [(t.path, t.shape) for t in info.tensors] == [
        (name, tuple(p.shape)) for name, p in model.named_parameters(remove_duplicate=False)
    ]


def test_ties_are_found_by_identity():
    from torch import nn

    first, second, third = (nn.Linear(3, 4, bias=False, device="meta") for _ in range(3))
    second.weight = first.weight
    tree = module_tree(nn.Sequential(first, second, third))
    assert (tree.owned, tree.printed) == (24, 36)
    assert [c.tensors[0].owner for c in tree.children] == [None, "0.weight", None]


def test_the_loaded_model(minilm):
    assert counted(minilm.model).total == parameters(minilm.config).total == 22_713_216


def test_equal_neighbours_are_one_line():
    rows = parameters(PRESETS["bert-base"].fields).rows()
    layer = next(row for row in rows if row.module.class_name == "BertLayer")
    assert (layer.label, layer.times_here, layer.total) == ("0-11", 12, 85_054_464)
    t5 = [row.label for row in parameters(PRESETS["t5-small"].fields).rows() if row.module.class_name == "T5Block"]
    assert t5 == ["0", "1-5", "0", "1-5"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("encoder.layer.0.attention.self.query", "query"),
        ("encoder.layer.0.attention.output.LayerNorm", "norm"),
        ("encoder.layer.0.attention.output.dense", "attention"),
        ("encoder.layer.0.output.dense", "ffn"),
        ("h.0.mlp.c_fc", "ffn"),
        ("embeddings.token_type_embeddings", "segment"),
        ("layer.0.rel_attn.q", "query"),
        ("cls.predictions.transform.dense", "head"),
    ],
)
def test_what_a_module_is_for(path, expected):
    assert kind(path) == expected


def test_reading_and_table():
    info = parameters(PRESETS["bert-base"].fields, "mlm")
    key, facts = info.reading()
    assert key == "parameters.reading.tied" and facts["tied"] == 23_471_418
    table = info.table()
    assert table["counted (count)"].sum() == info.total
    assert table["share (%)"].sum() == pytest.approx(100)


def test_settings_are_those_that_pytorch_prints():
    """padding_idx of BERT's word table, eps of its norms, p of its dropouts: each stands in the module's own line."""
    model = skeleton(as_config(PRESETS["bert-base"].fields))
    found = {module.path: module for module in module_tree(model).walk()}
    assert found["embeddings.word_embeddings"].settings == ("padding_idx=0",)
    assert found["embeddings.position_embeddings"].settings == ()
    assert found["embeddings.LayerNorm"].settings == ("eps=1e-12",) and found["embeddings.dropout"].settings == (
        "p=0.1",
    )
    printed = dict(model.named_modules())
    for path, module in found.items():
        assert all(setting in repr(printed[path]) for setting in module.settings), path
    assert sum(bool(module.settings) for module in found.values()) == 1 + 25 + 1 + 12 * 3
