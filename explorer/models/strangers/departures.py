"""What a config.json asks for and the library does not build: refused by name, or said.

The library keeps a field that it does not know as an attribute that nobody reads. A model with
`position_embedding_type: relative_key` then opens as one with absolute positions, without a word.
"""

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from typing import Any

from transformers import GenerationConfig, PreTrainedConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from explorer.errors import AnotherNetwork

# Notes: how a model was trained, saved, shared or asked to write text. They change no number of a forward pass.
_NOTES = """
_commit_hash _name_or_path adapters architectures attn_implementation auto_map bad_words_ids
chunk_size_feed_forward custom_pipelines cross_attention_hidden_size decoder_start_token_id directionality
do_lower_case down_scale_factor dtype end_n_top experts_implementation finetuning_task forced_bos_token_id
forced_eos_token_id function_to_apply gap_size gradient_checkpointing is_decoder is_encoder_decoder keys_to_ignore
keys_to_ignore_at_inference label2id language languages license mask_token_id max_seq_len max_seq_length
model_max_length model_name model_type n_ctx n_positions n_special name net_structure_type num_labels
num_memory_blocks output_attentions output_hidden_states output_past pipeline_tag pooler_fc_size
pooler_num_attention_heads pooler_num_fc_layers pooler_size_per_head pooler_type predict_special_tokens prefix
pretraining_tp problem_type reference_compile remove_invalid_values repad_logits_with_grad return_dict
sbert_ce_default_activation_function sentence_transformers sep_token_id start_n_top summary_activation
summary_first_dropout summary_last_dropout summary_proj_to_labels summary_type summary_use_proj
task_specific_params tf_legacy_loss tie_weights_ tokenizer_class torch_dtype torchscript
transformers_version trust_remote_code type_vocab_size unsloth_version untie_r use_bfloat16 use_cache use_return_dict
vocab_size_or_config_json_file xla_device
"""
NOTES = frozenset(_NOTES.split())

# Names of what changes every number of the network. Where the library's code does not read such a field, it builds
# another network than the file describes.
_NETWORK = re.compile(
    r"position_embedding|pos_emb|rope|rotary|alibi|relative_|soft_?cap|(qk|query|key)\w*_norm|qk_|query_pre|clip_qkv"
    r"|sliding|attention_window|local_attention|window_size|expert|moe|adapter|lora|peft|prefix_|prompt|prun|sparsity"
    r"|quant|load_in_|compress|parallel_|(pre|post)_?norm|norm_|_norm|normalize_|layer_?norm"
    r"|activation|hidden_act|gated|glu|bottleneck"
    r"|embedding_size|embed_dim|d_embed|emb_dim|multiplier|_scal(e|ing)|scale_|logit_|share|tie_|cross_attention"
    r"|explorer_|attention_type|attn_type|is_causal|head_dim|conv_|residual|_bias$|untie"
)
_TRAINING = re.compile(r"dropout|layerdrop|_pdrop|loss|initializ|init_")
ROPE = ("rope_scaling", "rope_theta")
# Switches that are on unless a field says no; the last is the mark of a model that was trained by this program.
_ON = re.compile(r"scale_attn_weights|use_(absolute_)?pos\w*|position_biased_input|normalize_embedding|explorer_ffn")
_NEUTRAL = ("none", "absolute", "default", "original_full", "full", "full_attention", "softmax", "false")


def check_config(raw: Mapping[str, Any], config: PreTrainedConfig) -> tuple[str, ...]:
    """Refuse what would be another network; the other fields that nothing reads are returned, to be said.

    raw: the fields of the file. config: what the library made of them.

    Raises:
        AnotherNetwork.
    """
    _check_packing(raw)
    if raw.get("add_cross_attention"):
        raise AnotherNetwork(reason="cross_attention", found="add_cross_attention", allowed="false")
    _check_contradictions(raw, config)
    _check_rope(raw, config)
    unread = [name for name in _unread(raw, config) if not _same(raw[name], name, config)]
    for name in unread:
        if _NETWORK.search(name) or _ON.fullmatch(name):
            raise AnotherNetwork(reason="field", found=f"{name} = {_short(raw[name])}", allowed=_allowed(name))
    return tuple(unread)


def _check_packing(raw: Mapping[str, Any]) -> None:
    """Weights that are packed, that something is added to, or that heads were cut out of."""
    for name in ("quantization_config", "compression_config"):
        if found := raw.get(name):
            kind = str(found.get("quant_method") or "?") if isinstance(found, Mapping) else str(found)
            raise AnotherNetwork(reason="quantised", found=f"{name}: {kind[:40]}", allowed="float32, float16, bfloat16")
    if found := raw.get("pruned_heads"):
        raise AnotherNetwork(reason="pruned", found=_short(found), allowed="{}")
    adapters = raw.get("adapters")
    if isinstance(adapters, Mapping):  # a model without any carries empty tables of them
        adapters = adapters.get("adapters", adapters)
    for name, value in (("adapters", adapters), ("peft_type", raw.get("peft_type"))):
        if value:
            raise AnotherNetwork(reason="adapter", found=f"{name}: {_short(value)}", allowed="-")


def _check_contradictions(raw: Mapping[str, Any], config: PreTrainedConfig) -> None:
    """A size under two names, or one that the library replaced: the file does not say which network it means."""
    for name in _declared(config) - NOTES:
        value = raw.get(name)
        if not isinstance(value, int | float | str) or not hasattr(config, name):
            continue
        built = getattr(config, name)
        if isinstance(built, int | float | str) and built != value:
            raise AnotherNetwork(reason="contradiction", found=f"{name} = {_short(value)}", allowed=_short(built))


def _check_rope(raw: Mapping[str, Any], config: PreTrainedConfig) -> None:
    """A rule for rotary positions that the library does not know, or did not take over."""
    built = getattr(config, "rope_parameters", None)
    for name in ("rope_scaling", "rope_parameters"):
        asked = raw.get(name)
        if not isinstance(asked, Mapping) or not asked:
            continue
        tables = [t for t in (built or {}).values() if isinstance(t, Mapping)] or [built or {}]
        wanted = [t for t in asked.values() if isinstance(t, Mapping)] or [asked]
        for table in wanted:
            kind = str(table.get("rope_type", table.get("type", "default")))
            if kind != "default" and kind not in ROPE_INIT_FUNCTIONS:
                known = ", ".join(["default", *ROPE_INIT_FUNCTIONS])
                raise AnotherNetwork(reason="field", found=f"{name}: {kind[:40]}", allowed=known)
            for key, value in table.items():
                if key != "type" and not any(own.get(key) == value for own in tables):
                    raise AnotherNetwork(reason="field", found=f"{name}: {key} = {_short(value)}", allowed="-")


def _unread(raw: Mapping[str, Any], config: PreTrainedConfig) -> Iterator[str]:
    """Fields that are switched on and that neither the class of the configuration nor the code of the model knows."""
    known, code = _declared(config), _code(type(config).__module__)
    known |= set(ROPE) if "rope_parameters" in known else set()  # moved into that table, see `_check_rope`
    for name, value in raw.items():
        note = name in NOTES or name in _generation() or name.endswith("_token_id") or _TRAINING.search(name)
        if name.startswith("_") or name in known or note:
            continue
        if not _off(name, value) and not re.search(
            rf"(config|self)\.{re.escape(name)}\b|[\"']{re.escape(name)}[\"']", code
        ):
            yield name


def _off(name: str, value: Any) -> bool:
    if _ON.fullmatch(name):
        return value is not False
    if name == "explorer_scale":
        return bool(value == "sqrt_d")
    return value in (None, False, 0, "", [], {}) or (isinstance(value, str) and value.lower() in _NEUTRAL)


def _same(value: Any, name: str, config: PreTrainedConfig) -> bool:
    """Whether an unread field says what is built anyway: a factor of 1, or this model's own width, ε or activation."""
    if not _NETWORK.search(name):
        return False
    if value == 1 and not isinstance(value, bool):
        return True
    if name == "extra_pos_embeddings":
        return bool(value == 2)  # the rows that BART's tables always have before the first
    width, heads = getattr(config, "hidden_size", 0), getattr(config, "num_attention_heads", 1)
    if re.search(r"emb", name):
        return bool(value == width)
    if re.search(r"head_dim", name):
        return bool(value * heads == width) if isinstance(value, int) else False
    kin = next((word for word in ("eps", "act", "window") if word in name), None)
    return kin is not None and any(value == getattr(config, own, None) for own in _declared(config) if kin in own)


def _declared(config: PreTrainedConfig) -> set[str]:
    return {field.name for field in fields(config)} | set(config.attribute_map)


@cache
def _code(module: str) -> str:
    """The text of the library's modules that read configurations of the class in this one."""
    modeling = importlib.import_module(module.replace(".configuration_", ".modeling_"))
    text = inspect.getsource(modeling) + inspect.getsource(importlib.import_module(module))
    return re.sub(r"hasattr\([^)]*\)", "", text)  # asks whether a field is there and not what it says


@cache
def _generation() -> frozenset[str]:
    return frozenset(GenerationConfig().to_dict())


def _allowed(name: str) -> str:
    return "absolute" if name == "position_embedding_type" else "-"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
