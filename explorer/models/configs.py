"""Configurations from fields and from a pasted config.json: bounded and refused before anything is built from them.

Nothing a file says is ever run or fetched: no remote code, no kernel, no quantizer, no weights.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from transformers import AutoConfig, PreTrainedConfig
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

from explorer.errors import ConfigForbidden, ConfigIncomplete, ConfigInvalid, ConfigUnbuildable, ConfigUnreadable

# Largest value a visitor may ask for, field by field: beyond these, building would take the server's memory or time.
LIMITS = {
    "hidden_size": 16_384,
    "num_hidden_layers": 200,
    "num_attention_heads": 1_024,
    "intermediate_size": 65_536,
    "vocab_size": 1_000_000,
    "max_position_embeddings": 1_000_000,
    "type_vocab_size": 1_000,
    "num_labels": 10_000,
}

# The same sizes under the names that older architectures gave them.
ALIASES = {
    "d_model": "hidden_size",
    "dim": "hidden_size",
    "n_embd": "hidden_size",
    "emb_dim": "hidden_size",
    "embedding_size": "hidden_size",
    "num_layers": "num_hidden_layers",
    "n_layer": "num_hidden_layers",
    "n_layers": "num_hidden_layers",
    "encoder_layers": "num_hidden_layers",
    "decoder_layers": "num_hidden_layers",
    "num_decoder_layers": "num_hidden_layers",
    "num_heads": "num_attention_heads",
    "n_head": "num_attention_heads",
    "n_heads": "num_attention_heads",
    "num_key_value_heads": "num_attention_heads",
    "encoder_attention_heads": "num_attention_heads",
    "decoder_attention_heads": "num_attention_heads",
    "d_ff": "intermediate_size",
    "d_inner": "intermediate_size",
    "n_inner": "intermediate_size",
    "hidden_dim": "intermediate_size",
    "ffn_dim": "intermediate_size",
    "encoder_ffn_dim": "intermediate_size",
    "decoder_ffn_dim": "intermediate_size",
    "n_positions": "max_position_embeddings",
    "n_ctx": "max_position_embeddings",
}

# Fields that name code of the model's own.
CODE = ("auto_map", "custom_pipelines", "trust_remote_code")
# Fields that would have the library run code, or fetch or replace something; refused wherever they stand in a file.
FORBIDDEN = (*CODE, "fusion_config", "kernel_config", "transformers_weights")
# Which of the library's own functions computes attention, or experts. Another name would be fetched from the hub.
KERNELS = ("attn_implementation", "experts_implementation")
OWN_KERNELS = re.compile(r"(paged\|)?(eager|sdpa|flex_attention|flash_attention_[234]|batched_mm|grouped_mm)|explorer")
# Fields that say how weights are stored, where they came from or how memory is saved; they change nothing that is
# counted here.
IGNORED = (
    "chunk_size_feed_forward",
    "attn_implementation",
    "experts_implementation",
    "model_type",
    "dtype",
    "torch_dtype",
    "quantization_config",
    "transformers_version",
    "architectures",
    "return_dict",
    "use_return_dict",
    "output_attentions",
    "output_hidden_states",
)

MAX_CHARACTERS = 200_000
# No size that is not in the table above comes near this; token ids and seeds of real files stay below it.
MAX_NUMBER = 20_000_000
MAX_COUNT = 4_096
CORE = ("hidden_size", "num_hidden_layers", "num_attention_heads", "vocab_size")


def parse_config(text: str, dropped: tuple[str, ...] = ()) -> PreTrainedConfig:
    """The configuration that the text of a config.json describes.

    dropped: fields at the top of the file that count as not there.

    Raises:
        ConfigUnreadable: no JSON object, or too long.
        ConfigForbidden: the file asks for remote code or a kernel.
        ConfigIncomplete: no model type, or a size of the model is missing (a default would be a guess).
        ConfigInvalid, ConfigUnbuildable: as `from_fields`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ConfigUnreadable(reason=f"{len(text):,} > {MAX_CHARACTERS:,}")
    try:
        raw = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ConfigUnreadable(reason=str(error)[:120]) from error
    if not isinstance(raw, dict):
        raise ConfigUnreadable(reason=f"{type(raw).__name__}, {{…}}")
    if not isinstance(raw.get("model_type"), str):
        raise ConfigIncomplete(missing="model_type")
    raw = {name: value for name, value in raw.items() if name not in dropped}
    config = from_fields(raw["model_type"], raw)
    known = {**raw, **(raw["text_config"] if isinstance(raw.get("text_config"), dict) else {})}
    renamed = getattr(config, "attribute_map", {})
    missing = [n for n in CORE if hasattr(config, n) and n not in known and renamed.get(n, n) not in known]
    if missing:
        raise ConfigIncomplete(missing=", ".join(missing))
    return config


def from_fields(model_type: str, fields: Mapping[str, Any], strict: bool = False) -> PreTrainedConfig:
    """A configuration from plain values; bounded first, so that an absurd one is refused in microseconds.

    strict: refuse fields that this architecture does not have, instead of ignoring them.

    Raises:
        ConfigForbidden, ConfigInvalid: for a forbidden field, an unknown model type, a size out of range, sizes that
            contradict each other.
        ConfigUnbuildable: for what the library itself refuses, with its reason.
    """
    for name, value in _walk(fields):
        _check(name, value)
    if model_type not in CONFIG_MAPPING_NAMES:
        raise ConfigInvalid(field="model_type", found=model_type[:40], allowed="bert, roberta, gpt2, t5, llama, …")
    if strict:
        _check_known(model_type, fields)
    kept = {name: value for name, value in fields.items() if name not in IGNORED and not name.startswith("_")}
    try:
        config = AutoConfig.for_model(model_type, **kept)
    except Exception as error:  # the library's own checks raise many types; none of them may reach the page
        raise ConfigUnbuildable(reason=short_reason(error)) from error
    _check_division(config)
    return config


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _walk(value: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Every (field name, plain value) of nested fields; an item of a list has the name of its list."""
    if depth > 8:
        raise ConfigInvalid(field=name, found="…", allowed="8 × {…}")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key), None
            _check_kernel(str(key), inner)
            yield from _walk(inner, str(key), depth + 1)
    elif isinstance(value, list | tuple):
        if len(value) > MAX_COUNT:
            raise ConfigInvalid(field=name, found=f"[{len(value):,}]", allowed=f"≤ {MAX_COUNT:,}")
        for inner in value:
            yield from _walk(inner, name, depth + 1)
    else:
        yield name, value


def _check(name: str, value: Any) -> None:
    if name.removeprefix("_").removesuffix("_internal") in FORBIDDEN:
        raise ConfigForbidden(field=name)
    limit = LIMITS.get(ALIASES.get(name, name))
    if value is None or (limit is None and isinstance(value, str)):
        return
    if limit is not None:
        least = int(name != "type_vocab_size")  # DeBERTa has no table of segments and says so with a 0
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= limit:
            raise ConfigInvalid(field=name, found=_found(value), allowed=f"{least} … {limit:,}")
        return
    counts = re.match(r"(num|n)_|.*(layers|depths?|blocks|groups)$", name) is not None
    largest = MAX_COUNT if counts else LIMITS["intermediate_size"] * 4 if _is_width(name) else MAX_NUMBER
    if not isinstance(value, bool) and isinstance(value, int) and abs(value) > largest:
        raise ConfigInvalid(field=name, found=_found(value), allowed=f"≤ {largest:,}")


def _check_kernel(name: str, value: Any) -> None:
    """An attention of the library's own is overridden by ours; a name of something else asks for a download."""
    if name.removeprefix("_").removesuffix("_internal") in KERNELS:
        names = value.values() if isinstance(value, Mapping) else [value]
        if not all(n is None or (isinstance(n, str) and OWN_KERNELS.fullmatch(n)) for n in names):
            raise ConfigForbidden(field=name)


def _is_width(name: str) -> bool:
    return re.search(r"(^d_|_dim$|_size$|width|channels)", name) is not None and "vocab" not in name


def _found(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and abs(value) < 10**18 else str(value)[:40]


def _check_known(model_type: str, fields: Mapping[str, Any]) -> None:
    default = AutoConfig.for_model(model_type)
    for name, value in fields.items():
        if not hasattr(default, name) or name.startswith("_"):
            raise ConfigInvalid(field=name, found=value, allowed="-")


def _check_division(config: PreTrainedConfig) -> None:
    """Heads share the width evenly, unless the architecture sets the width of a head by itself."""
    width, heads = getattr(config, "hidden_size", None), getattr(config, "num_attention_heads", None)
    if not (isinstance(width, int) and isinstance(heads, int)):
        return
    own = any(isinstance(getattr(config, name, None), int) for name in ("head_dim", "d_kv", "attention_head_size"))
    if not own and width % heads:
        raise ConfigInvalid(field="hidden_size / num_attention_heads", found=f"{width} / {heads}", allowed="1, 2, 3, …")


def short_reason(error: BaseException) -> str:
    """The last line of a library's message, without the paths and the length."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return re.sub(r"(/[\w.-]+){2,}", "…", lines[-1] if lines else type(error).__name__)[:160]


def as_text(config: PreTrainedConfig) -> str:
    """A configuration as the text of a config.json without the library's own notes; the key of caches."""
    fields = {name: value for name, value in config.to_dict().items() if not name.startswith("_")}
    return json.dumps({**fields, "model_type": config.model_type}, sort_keys=True, default=str)


# The feed-forward width has no common name in the library's own table of names.
FEED = ("intermediate_size", "hidden_dim", "d_ff", "d_inner", "n_inner")


def canonical(config: PreTrainedConfig, name: str) -> str:
    """The name that this architecture gives to one of BERT's size fields."""
    if name == "intermediate_size":
        return next((field for field in FEED if hasattr(config, field)), name)
    return str(getattr(config, "attribute_map", {}).get(name, name))


def size(config: PreTrainedConfig, name: str) -> int | None:
    """The value of one of BERT's size fields, whatever it is called there; GPT-2 leaves a width of 4 d unsaid."""
    value = getattr(config, canonical(config, name), None)
    if value is None and name == "intermediate_size" and hasattr(config, "n_embd"):
        return 4 * int(config.n_embd)
    return value if isinstance(value, int) and value > 0 else None
