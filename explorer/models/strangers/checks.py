"""A model from files that nobody has vouched for: everything is looked at before it is built, nothing of it is run.

The weights are read with plain reads into memory of our own. The usual way maps the file instead, and a mapped file
that somebody truncates later ends the whole server with SIGBUS.
"""

import json
import math
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers import PreTrainedConfig, PreTrainedModel

from explorer.errors import (
    AnotherNetwork,
    ConfigUnbuildable,
    ConfigUnreadable,
    ExplorerError,
    FileTooLarge,
    ModelTooLarge,
    WeightsAbsent,
    WeightsIncomplete,
    WeightsMissing,
    WeightsPickled,
    WeightsUnlike,
)
from explorer.models.configs import CODE, MAX_CHARACTERS, parse_config, short_reason
from explorer.models.heads import head_of
from explorer.models.skeleton import skeleton
from explorer.models.spec import Head
from explorer.models.strangers import settings
from explorer.models.strangers.departures import check_config
from explorer.models.strangers.leftovers import Judged, check_depth, check_loaded, judge, modules
from explorer.models.strangers.weights import described, read

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
ADAPTER = "adapter_config.json"
# Weights in other formats: pickles, TensorFlow's, Flax's, and formats that pack numbers.
PICKLED = re.compile(r"\.(bin|pt|pth|ckpt|pkl)$")
OTHER_WEIGHTS = re.compile(r"\.(bin|pt|pth|ckpt|pkl|h5|msgpack|gguf|ggml|onnx|npz|safetensors)$")
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

    A name of code to be run (`auto_map`) is left out where the type is one of the library's own: then its code is.

    Raises:
        ConfigUnreadable, ConfigForbidden, ConfigIncomplete, ConfigInvalid, ConfigUnbuildable: as `parse_config`.
        AnotherNetwork: the library would build another network than the one that is described.
    """
    config = parse_config(text, CODE)
    raw = json.loads(text)
    names = raw.get("architectures")
    config.architectures = [n for n in names if isinstance(n, str)][:4] if isinstance(names, list) else None
    check_config(raw, config)
    return config


def read_config(folder: Path) -> PreTrainedConfig:
    """The configuration of a folder.

    Raises:
        FileTooLarge, ConfigUnreadable; and as `config_of`.
    """
    return config_of(_text(folder))


def _text(folder: Path) -> str:
    try:
        with (folder / CONFIG).open("rb") as file:
            found = file.read(4 * MAX_CHARACTERS + 1)
    except OSError as error:  # gone since it was listed, or not ours to read
        raise ConfigUnreadable(reason=error.strerror or type(error).__name__) from error
    if len(found) > 4 * MAX_CHARACTERS:
        raise FileTooLarge(file=CONFIG, found=len(found), allowed=4 * MAX_CHARACTERS)
    return found.decode("utf-8", "replace")


@dataclass(frozen=True, eq=False)
class Opened:
    """A model in memory, the head that it really has, and what should be said of it: keys of messages, with facts."""

    model: PreTrainedModel
    head: Head
    remarks: tuple[tuple[str, dict[str, object]], ...] = ()


def model_from(folder: Path, head: Head, attention: str, mapped: bool = False) -> Opened:
    """The model of a folder with this head, in float32, its weights in our own memory.

    Without weights of the head in the files the bare model is opened.

    mapped: the weights stay in the file, which is for files that come with the installation and never change.

    Raises:
        AnotherNetwork: the files hold another network than the one that would be built.
        ModelTooLarge, WeightsBroken, WeightsMissing, WeightsUnlike; and as `read_config`, `check_files`.
    """
    text = _text(folder)
    config, raw = config_of(text), json.loads(text)
    files = [path.name for path in folder.iterdir()]
    paths = [folder / name for name in check_weights(files, config)]
    entries = described(paths)
    check_depth(config, entries)
    bare = skeleton(config, head)
    _check_memory(sum(p.numel() for p in bare.parameters()), paths)
    judged = judge(config, head, bare, entries)
    _check_count(sum(p.numel() for p in judged.bare.parameters()), entries.values())
    tensors = {name: t for path in paths for name, t in load_file(path).items()} if mapped else read(paths)
    try:
        # The library is told no folder: it would look there for adapters, generation settings and code.
        model, report = type(judged.bare).from_pretrained(
            None,
            config=config,
            state_dict={own: tensors[name] for own, name in judged.places.items()},
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
    if not judged.pooler:
        model.base_model.pooler = None
    _check_report(model, report, judged)
    check_loaded(model, judged, tensors)
    return Opened(model, judged.head, tuple(_remarks(head, judged, raw, check_config(raw, config))))


def check_weights(names: Collection[str], config: PreTrainedConfig) -> list[str]:
    """The files of weights among the names of a folder's files.

    Raises:
        AnotherNetwork: an adapter lies beside them. WeightsIncomplete, WeightsPickled, WeightsAbsent.
    """
    if ADAPTER in names:
        raise AnotherNetwork(reason="adapter", found=ADAPTER, allowed="-")
    if found := weight_files(names):
        return found
    parts = [match for name in names if (match := WEIGHTS.fullmatch(name)) and match[1]]
    if parts:
        total = int(parts[0][3])
        there = {int(part[2]) for part in parts}
        lacking = [f"model-{n:05}-of-{total:05}.safetensors" for n in range(1, min(total, 999) + 1) if n not in there]
        raise WeightsIncomplete(missing=lacking[0] if lacking else "?", found=len(parts))
    others = sorted(name for name in names if OTHER_WEIGHTS.search(name))
    pickled = next((name for name in others if PICKLED.search(name)), None)
    if pickled:
        raise WeightsPickled(found=pickled[:60], line=conversion(config))
    raise WeightsAbsent(found=", ".join(name[:60] for name in others[:3]) or "-")


def conversion(config: PreTrainedConfig) -> str:
    """One line of Python that reads pickled weights, for somebody who trusts them, and writes them as safetensors."""
    named = type(skeleton(config, head_of(config))).__name__
    return f'from transformers import {named} as M; M.from_pretrained("FOLDER").save_pretrained("FOLDER")'


def _remarks(
    asked: Head, judged: Judged, raw: dict[str, Any], unread: tuple[str, ...]
) -> Iterator[tuple[str, dict[str, object]]]:
    """What is not as the files say, and does not touch what is shown."""
    if judged.head != asked:
        yield "opened.no_head", {"head": asked}
    if not judged.pooler:
        yield "opened.no_pooler", {}
    if judged.left_out:
        yield "opened.left_out", {"names": modules(judged.left_out)}
    if code := [name for name in CODE if name in raw]:
        yield "opened.no_code", {"names": ", ".join(code)}
    if unread:
        yield "opened.unread", {"names": ", ".join(name[:40] for name in unread[:6]), "n": len(unread)}


def _check_memory(described: int, paths: list[Path]) -> None:
    """Before a byte of weights is read: what the configuration needs, and what the files hold."""
    needed, allowed = max(4 * described, sum(path.stat().st_size for path in paths)), settings.memory_bytes()
    if needed > allowed:
        raise ModelTooLarge(found=needed // settings.MB, allowed=allowed // settings.MB)


def _check_count(described: int, entries: Iterable[tuple[str, tuple[int, ...]]]) -> None:
    """A configuration that describes far more than the files hold is refused before it is built.

    Every name is there (see `judge`); sizes that differ a little are named in `_check_report`.
    """
    held = sum(math.prod(shape) for _, shape in entries)
    if described > 1.2 * held + 1_000_000:
        raise WeightsMissing(n=described - held, example="…")


def _check_report(model: PreTrainedModel, report: dict[str, Any], judged: Judged) -> None:
    """Nothing may be drawn at random or left out but what `judge` has found from the names."""
    if report["mismatched_keys"]:
        name, found, described = sorted(report["mismatched_keys"])[0]
        raise WeightsUnlike(reason=f"{name[:80]}: {tuple(found)} ≠ {tuple(described)}")
    missing = sorted(name for name in report["missing_keys"] if judged.pooler or "pooler." not in name)
    if missing:
        raise WeightsMissing(n=len(missing), example=missing[0])
    if left := sorted(report["unexpected_keys"]):
        raise AnotherNetwork(reason="tensor", found=left[0][:120], allowed=model.config.model_type)
    if any(not torch.isfinite(p).all() for p in model.parameters()):
        raise WeightsUnlike(reason="NaN, ∞")
