"""A model from files that nobody has vouched for: everything is looked at before it is built, nothing of it is run.

The weights are read with plain reads into memory of our own. The usual way maps the file instead, and a mapped file
that somebody truncates later ends the whole server with SIGBUS.
"""

import json
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import PreTrainedConfig, PreTrainedModel

from explorer.errors import (
    ConfigUnbuildable,
    ConfigUnreadable,
    ExplorerError,
    FileTooLarge,
    ModelTooLarge,
    WeightsMissing,
    WeightsUnlike,
)
from explorer.models import settings
from explorer.models.configs import MAX_CHARACTERS, parse_config, short_reason
from explorer.models.skeleton import skeleton
from explorer.models.spec import Head
from explorer.models.weights import read

CONFIG = "config.json"
# Whatever a tokenizer may need; the first is enough where it is there.
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
    "spiece.model",
    "spm.model",
    "sentencepiece.bpe.model",
    "tokenizer.model",
)
WEIGHTS = re.compile(r"model(-(\d{5})-of-(\d{5}))?\.safetensors")
# The largest tokenizer in wide use (XLM-R, Gemma) has 17 to 34 MB.
SMALL_BYTES = 48 * settings.MB


def weight_files(names: Collection[str]) -> list[str]:
    """The files of weights among these names: one, or all the parts of one; empty when there is no complete set."""
    if "model.safetensors" in names:
        return ["model.safetensors"]
    parts = sorted(name for name in names if (found := WEIGHTS.fullmatch(name)) and found[1])
    expected = [f"model-{i + 1:05}-of-{len(parts):05}.safetensors" for i in range(len(parts))]
    return parts if parts == expected else []


def config_of(text: str) -> PreTrainedConfig:
    """The configuration in the text of a config.json, bounded; it keeps the class names, from which the head is read.

    Raises:
        ConfigUnreadable, ConfigForbidden, ConfigIncomplete, ConfigInvalid, ConfigUnbuildable.
    """
    config = parse_config(text)
    names = json.loads(text).get("architectures")
    config.architectures = [n for n in names if isinstance(n, str)][:4] if isinstance(names, list) else None
    return config


def read_config(folder: Path) -> PreTrainedConfig:
    """The configuration of a folder.

    Raises:
        FileTooLarge, ConfigUnreadable; and as `config_of`.
    """
    try:
        with (folder / CONFIG).open("rb") as file:
            found = file.read(4 * MAX_CHARACTERS + 1)
    except OSError as error:  # gone since it was listed, or not ours to read
        raise ConfigUnreadable(reason=error.strerror or type(error).__name__) from error
    if len(found) > 4 * MAX_CHARACTERS:
        raise FileTooLarge(file=CONFIG, found=len(found), allowed=4 * MAX_CHARACTERS)
    return config_of(found.decode("utf-8", "replace"))


def model_from(folder: Path, head: Head, attention: str) -> PreTrainedModel:
    """The model of a folder with this head, in float32, its weights in our own memory.

    Raises:
        ModelTooLarge, WeightsBroken, WeightsMissing, WeightsUnlike; and as `read_config`.
    """
    config = read_config(folder)
    paths = [folder / name for name in weight_files([path.name for path in folder.iterdir()])]
    bare = skeleton(config, head)
    described = sum(p.numel() for p in bare.parameters())
    _check_memory(described, paths)
    tensors = read(paths)
    _check_count(described, tensors.values())
    try:
        # The library is told no folder: it would look there for adapters, generation settings and code.
        model, report = type(bare).from_pretrained(
            None,
            config=config,
            state_dict=tensors,
            local_files_only=True,
            trust_remote_code=False,
            attn_implementation=attention,
            dtype=torch.float32,
            ignore_mismatched_sizes=True,  # reported, and then refused with the name
            output_loading_info=True,
        )
    except ExplorerError:
        raise
    except Exception as error:  # shapes that do not fit, constructors that refuse: the library raises many types
        raise ConfigUnbuildable(reason=short_reason(error)) from error
    _check_report(model, report)
    found: PreTrainedModel = model
    return found


def _check_memory(described: int, paths: list[Path]) -> None:
    """Before a byte of weights is read: what the configuration needs, and what the files hold."""
    needed, allowed = max(4 * described, sum(path.stat().st_size for path in paths)), settings.memory_bytes()
    if needed > allowed:
        raise ModelTooLarge(found=needed // settings.MB, allowed=allowed // settings.MB)


def _check_count(described: int, tensors: Iterable[Tensor]) -> None:
    """A configuration that describes far more than the files hold is refused before it is built.

    A fifth more may be missing here, a pooler for instance; then the names decide, in `_check_report`.
    """
    held = sum(tensor.numel() for tensor in tensors)
    if described > 1.2 * held + 1_000_000:
        raise WeightsMissing(n=described - held, example="…")


def _check_report(model: PreTrainedModel, report: dict[str, Any]) -> None:
    """Nothing may be drawn at random. A pooler alone that is missing is left out: then the model has none."""
    missing = sorted(report["missing_keys"])
    pooler = [name for name in missing if re.search(r"(^|\.)pooler\.", name)]
    if pooler and pooler == missing and hasattr(model.base_model, "pooler"):
        model.base_model.pooler = None
        missing = []
    if report["mismatched_keys"]:
        name, found, described = sorted(report["mismatched_keys"])[0]
        raise WeightsUnlike(reason=f"{name[:80]}: {tuple(found)} ≠ {tuple(described)}")
    if missing:
        raise WeightsMissing(n=len(missing), example=missing[0])
    if any(not torch.isfinite(p).all() for p in model.parameters()):
        raise WeightsUnlike(reason="NaN, ∞")
