"""What a configuration asks for and the library does not build; no field of a published model is refused."""

import json

import pytest
from transformers import AutoConfig

from explorer.errors import AnotherNetwork, ConfigForbidden
from explorer.i18n import LANGUAGES, Translator
from explorer.models.sites import STACKS
from explorer.models.strangers.checks import config_of
from explorer.models.strangers.departures import check_config

BERT = {
    "model_type": "bert",
    "hidden_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "vocab_size": 99,
}
LLAMA = {**BERT, "model_type": "llama", "num_key_value_heads": 2}
BART = {
    "model_type": "bart", "d_model": 48, "vocab_size": 99, "max_position_embeddings": 64, "num_hidden_layers": 3,
    "encoder_layers": 3, "decoder_layers": 3, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
    "encoder_ffn_dim": 96, "decoder_ffn_dim": 96, "pad_token_id": 1,
}  # fmt: skip
GPT2 = {"model_type": "gpt2", "n_embd": 48, "n_layer": 3, "n_head": 4, "vocab_size": 99}

REFUSED = {
    "relative positions": ({**BERT, "position_embedding_type": "relative_key"}, "field"),
    "relative positions of keys and queries": ({**BERT, "position_embedding_type": "relative_key_query"}, "field"),
    "the same in RoBERTa": ({**BERT, "model_type": "roberta", "position_embedding_type": "relative_key"}, "field"),
    "the same in ELECTRA": ({**BERT, "model_type": "electra", "position_embedding_type": "relative_key"}, "field"),
    "the same in ALBERT": ({**BERT, "model_type": "albert", "position_embedding_type": "relative_key"}, "field"),
    "positions by ALiBi": ({**BERT, "position_embedding_type": "alibi"}, "field"),
    "ALiBi by a switch": ({**BERT, "alibi": True}, "field"),
    "rotary positions in BERT": ({**BERT, "rope_theta": 10_000.0}, "field"),
    "a table for rotary positions in BERT": ({**BERT, "rope_scaling": {"type": "linear", "factor": 2.0}}, "field"),
    "an unknown rule in Llama": ({**LLAMA, "rope_scaling": {"rope_type": "spiral", "factor": 2.0}}, "field"),
    "bitsandbytes": (
        {**BERT, "quantization_config": {"quant_method": "bitsandbytes", "load_in_8bit": True}},
        "quantised",
    ),
    "GPTQ": ({**LLAMA, "quantization_config": {"quant_method": "gptq", "bits": 4}}, "quantised"),
    "fp8": ({**LLAMA, "quantization_config": {"quant_method": "fp8"}}, "quantised"),
    "compressed": ({**LLAMA, "compression_config": {"format": "int-quantized"}}, "quantised"),
    "pruned heads": ({**BERT, "pruned_heads": {"0": [1, 2]}}, "pruned"),
    "adapters": ({**BERT, "adapters": {"adapters": {"mine": "text_task"}, "config_map": {}}}, "adapter"),
    "a PEFT configuration": ({**BERT, "peft_type": "LORA"}, "adapter"),
    "cross attention": ({**BERT, "is_decoder": True, "add_cross_attention": True}, "cross_attention"),
    "cross attention in GPT-2": ({**GPT2, "add_cross_attention": True}, "cross_attention"),
    "two numbers of layers": ({**GPT2, "num_hidden_layers": 2}, "contradiction"),
    "two widths": ({**GPT2, "hidden_size": 96}, "contradiction"),
    "soft caps": ({**LLAMA, "attn_logit_softcapping": 50.0}, "field"),
    "norms of q and k": ({**LLAMA, "use_qk_norm": True}, "field"),
    "a window": ({**LLAMA, "sliding_window": 16}, "field"),
    "experts": ({**LLAMA, "num_local_experts": 8}, "field"),
    "narrow embeddings in BERT": ({**BERT, "embedding_size": 16}, "field"),
    "another scale": ({**BERT, "scale_attn_weights": False}, "field"),
    "another ε": ({**BERT, "layer_norm_epsilon": 0.5}, "field"),
    "another activation": ({**GPT2, "hidden_act": "relu"}, "field"),
    "layers before the norm": ({**BERT, "pre_norm": True}, "field"),
    "a scale that this program leaves out": ({**BERT, "explorer_scale": "none"}, "field"),
    "layers of BART before the norm": ({**BART, "normalize_before": True}, "field"),
    "a BART without a norm after the embedding": ({**BART, "normalize_embedding": False}, "field"),
    "a BART with a norm at the end": ({**BART, "add_final_layer_norm": True}, "field"),
    "positions of BART by sines": ({**BART, "static_position_embeddings": True}, "field"),
    "blocks that this program leaves out": ({**BERT, "explorer_ffn": False}, "field"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_another_network_is_refused_by_name(case):
    fields, reason = REFUSED[case]
    with pytest.raises(AnotherNetwork) as caught:
        config_of(json.dumps(fields))
    assert caught.value.facts["reason"] == reason
    for language in LANGUAGES:
        sentence = Translator(language).error(caught.value)
        allowed = str(caught.value.facts["allowed"])
        assert str(caught.value.facts["found"]) in sentence
        assert allowed in sentence or allowed == "-", "nothing is allowed instead, and the sentence says what to do"


HARMLESS = {
    "BERT's own notes": {
        **BERT,
        "position_embedding_type": "absolute",
        "gradient_checkpointing": False,
        "directionality": "bidi",
        "pooler_fc_size": 768,
        "pooler_num_attention_heads": 12,
        "pooler_type": "first_token_transform",
        "layer_norm_eps": 1e-12,
        "layer_norm_epsilon": 1e-12,
        "pruned_heads": {},
        "output_past": True,
        "torchscript": False,
        "max_length": 20,
        "num_beams": 4,
        "top_k": 50,
        "_name_or_path": "x",
        "embedding_size": 48,
        "finetuning_task": "x",
        "rope_scaling": None,
        "adapters": {"adapters": {}, "config_map": {}},
        "sentence_transformers": {"version": "5"},
        "quantization_config": None,
        "add_cross_attention": False,
        "task_specific_params": {"a": {"b": 1}},
        "initializer_factor": 1.0,
        "layerdrop": 0.1,
        "_pre_quantization_dtype": "float16",
        "head_dim": 12,
    },
    "ALBERT's": {
        **BERT,
        "model_type": "albert",
        "embedding_size": 16,
        "down_scale_factor": 1,
        "gap_size": 0,
        "net_structure_type": 0,
        "num_memory_blocks": 0,
        "inner_group_num": 1,
        "num_hidden_groups": 1,
    },
    "ModernBERT's": {
        **BERT,
        "model_type": "modernbert",
        "global_rope_theta": 160_000.0,
        "local_rope_theta": 10_000.0,
        "norm_eps": 1e-5,
        "layer_norm_eps": 1e-5,
        "position_embedding_type": "absolute",
        "local_attention": 128,
        "reference_compile": True,
        "sparse_prediction": False,
        "global_attn_every_n_layers": 3,
        "pad_token_id": 0,
    },
    "GPT-2's": {**GPT2, "n_ctx": 1_024, "n_positions": 1_024, "summary_type": "cls_index", "scale_attn_weights": True},
    "GPT's": {**GPT2, "model_type": "openai-gpt", "n_special": 0, "predict_special_tokens": True, "afn": "gelu"},
    "Llama's": {
        **LLAMA,
        "rope_theta": 500_000.0,
        "pretraining_tp": 1,
        "attention_bias": False,
        "head_dim": 12,
        "rope_scaling": {
            "rope_type": "llama3",
            "factor": 8.0,
            "low_freq_factor": 1.0,
            "high_freq_factor": 4.0,
            "original_max_position_embeddings": 512,
        },
    },
    "Qwen's": {
        **LLAMA,
        "model_type": "qwen2",
        "use_sliding_window": False,
        "sliding_window": 4_096,
        "max_window_layers": 28,
    },
    "XLNet's": {
        "model_type": "xlnet",
        "d_model": 48,
        "n_layer": 3,
        "n_head": 4,
        "d_head": 12,
        "d_inner": 96,
        "vocab_size": 99,
        "untie_r": True,
        "attn_type": "bi",
        "start_n_top": 5,
        "end_n_top": 5,
        "summary_type": "last",
    },
    "T5's": {
        "model_type": "t5",
        "d_model": 48,
        "d_kv": 12,
        "d_ff": 96,
        "num_layers": 3,
        "num_heads": 4,
        "vocab_size": 99,
        "n_positions": 512,
        "output_past": True,
        "is_encoder_decoder": True,
        "feed_forward_proj": "gated-gelu",
    },
    "BART's": {
        **BART,
        "activation_dropout": 0.1,
        "activation_function": "gelu",
        "add_bias_logits": False,
        "add_final_layer_norm": False,
        "classif_dropout": 0.1,
        "decoder_start_token_id": 2,
        "early_stopping": True,
        "extra_pos_embeddings": 2,
        "forced_eos_token_id": 2,
        "gradient_checkpointing": False,
        "init_std": 0.02,
        "is_encoder_decoder": True,
        "no_repeat_ngram_size": 3,
        "normalize_before": False,
        "normalize_embedding": True,
        "scale_embedding": False,
        "static_position_embeddings": False,
        "task_specific_params": {"summarization": {"length_penalty": 1.0}},
    },
    "DeBERTa's": {
        **BERT,
        "model_type": "deberta-v2",
        "pos_att_type": "p2c|c2p",
        "relative_attention": True,
        "share_att_key": True,
        "max_relative_positions": -1,
        "position_buckets": 8,
        "norm_rel_ebd": "layer_norm",
        "position_biased_input": False,
        "pooler_dropout": 0,
        "pooler_hidden_act": "gelu",
        "conv_kernel_size": 3,
        "conv_act": "gelu",
    },
    "DistilBERT's": {
        "model_type": "distilbert",
        "dim": 48,
        "n_layers": 3,
        "n_heads": 4,
        "hidden_dim": 96,
        "vocab_size": 99,
        "tie_weights_": True,
        "sinusoidal_pos_embds": False,
        "seq_classif_dropout": 0.2,
        "output_past": True,
    },
}


@pytest.mark.parametrize("case", HARMLESS)
def test_fields_of_published_models_are_neither_refused_nor_worth_a_word(case):
    fields = HARMLESS[case]
    assert check_config(fields, config_of(json.dumps(fields))) == ()


@pytest.mark.parametrize("model_type", STACKS)
def test_what_the_library_writes_it_also_reads(model_type):
    raw = AutoConfig.for_model(model_type).to_dict()
    assert check_config(json.loads(json.dumps(raw)), AutoConfig.for_model(model_type)) == ()


def test_other_fields_are_returned_to_be_said():
    fields = {**BERT, "my_own_note": "a", "switched_off": False, "my_other_note": 3}
    assert check_config(fields, config_of(json.dumps(fields))) == ("my_own_note", "my_other_note")


@pytest.mark.parametrize("name", ["sdpa", "eager", "flash_attention_2", "flex_attention", "paged|sdpa", None])
@pytest.mark.parametrize("field", ["attn_implementation", "_attn_implementation", "_attn_implementation_internal"])
def test_the_library_s_own_attention_is_no_kernel(field, name):
    config = config_of(json.dumps({**BERT, field: name}))
    assert check_config({**BERT, field: name}, config) == ()
    assert config._attn_implementation != name or name in (None, "eager")


@pytest.mark.parametrize(
    "name", ["org/kernel", "org/kernel@main:f", "sdpa/x", "kernels-community/flash-attn", 5, ["a/b"]]
)
def test_another_is_one(name):
    for field in ("attn_implementation", "_attn_implementation"):
        with pytest.raises(ConfigForbidden):
            config_of(json.dumps({**BERT, field: name}))
        with pytest.raises(ConfigForbidden):
            config_of(json.dumps({**BERT, field: {"": name}}))
