"""From a request to a model in memory: safetensors only, no remote code, float32, our attention function by name."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import torch
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.utils import logging

from explorer.errors import ConfigInvalid, ModelMissing
from explorer.models import altered_bert, overlay, trained
from explorer.models.build_lock import one_at_a_time
from explorer.models.configs import from_fields
from explorer.models.embedded import EMBEDDED, embedded_folder, toy_folder
from explorer.models.handle import Dims, ModelHandle
from explorer.models.heads import HEADS
from explorer.models.sites import sites_of
from explorer.models.spec import ModelSpec
from explorer.models.strangers import folders
from explorer.models.strangers.checks import Opened, model_from
from explorer.models.strangers.hub import store
from explorer.models.tokenizer import read_tokenizer

logging.disable_progress_bar()
logging.set_verbosity_error()  # what is missing in a checkpoint is an error of ours with words, not a table in the log

# Kinds whose files nobody has vouched for.
STRANGERS = ("hub", "folder")
MIN_TOKENS = 8  # a word needs room beside the special tokens of a pair


@one_at_a_time
def build(spec: ModelSpec, attention: str) -> ModelHandle:
    """Build what the request asks for. Not cached: see `capture.load.load`.

    attention: name under which the attention function is registered with transformers.

    Raises:
        ModelMissing, ModelFileChanged, ModelUnsupported, ConfigInvalid; of files also what `checked.model_from` raises.
    """
    device = torch.device("meta") if spec.kind == "meta" else chosen_device()
    folder = weights_folder(spec)
    found = (
        Opened(_from_config(spec, attention, device), spec.head) if folder is None else _open(spec, folder, attention)
    )
    model, spec = found.model, replace(spec, head=found.head)
    table = sites_of(model.config)
    model.eval().requires_grad_(False).to(device)
    _without_memory(model)
    # Models trained here speak the toy language; drawn weights read with the embedded model's tokenizer.
    dims, files = Dims.of(model.config), toy_folder() if spec.kind == "trained" else folder or embedded_folder()
    if spec.kind == "embedded" and not (files / "tokenizer.json").is_file():
        files = embedded_folder()  # what is stored beside MiniLM reads with its word pieces
    if spec.kind in STRANGERS and dims.n_ctx < MIN_TOKENS:
        raise ConfigInvalid(field="max_position_embeddings", found=dims.n_ctx, allowed=f"≥ {MIN_TOKENS}")
    tokenizer = read_tokenizer(files, dims.n_vocab if spec.kind in STRANGERS else None)
    return ModelHandle(spec, model, tokenizer, table, dims, device, found.remarks)


def weights_folder(spec: ModelSpec) -> Path | None:
    """The local folder that holds weights and tokenizer of the request; None where the weights are drawn or absent.

    Raises:
        ModelMissing, FolderMissing, ModelGone: when no such folder is there.
        ModelFileChanged, FileOutside, FileTooLarge: when what is in it is not what it should be.
    """
    if spec.kind in ("config", "meta"):
        return None
    if spec.kind == "embedded" and spec.source in EMBEDDED:
        return EMBEDDED[spec.source]()
    if spec.kind == "trained":
        return trained.folder_of(spec.source)
    if spec.kind == "hub":
        return store.snapshot(spec.source, spec.revision or "")
    if spec.kind == "folder":
        return folders.folder_of(spec.source)
    raise ModelMissing(source=spec.source)


def model_type(spec: ModelSpec) -> str:
    """The architecture of the request, without loading it.

    Raises:
        ModelMissing: when no such folder is there, or it has no readable configuration.
    """
    if spec.kind == "hub":
        return store.architecture(spec.source, spec.revision or "")
    folder = weights_folder(spec)
    if folder is None:
        return spec.source
    try:
        return str(json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelMissing(source=f"{spec.source}/config.json") from error


def chosen_device() -> torch.device:
    """`EXPLORER_DEVICE`: cpu (default), cuda, a torch device name, or auto (cuda where there is one)."""
    name = os.environ.get("EXPLORER_DEVICE", "cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def configuration(spec: ModelSpec) -> PreTrainedConfig:
    """The configuration of a `config` or `meta` request, its fields bounded before anything is built.

    Raises:
        ConfigInvalid: for an unknown model type or field, a size out of range, or sizes that contradict.
        ConfigUnbuildable: for what the library itself refuses.
    """
    return from_fields(spec.source, dict(spec.overrides), strict=True)


def _open(spec: ModelSpec, folder: Path, attention: str) -> Opened:
    if spec.kind == "trained":
        return Opened(altered_bert.read(folder, attention), spec.head)
    if spec.kind == "embedded" and spec.source == "mini-bert":
        return Opened(overlay.read(folder, spec.head, attention), spec.head)
    return model_from(folder, spec.head, attention, mapped=spec.kind == "embedded")


def _from_config(spec: ModelSpec, attention: str, device: torch.device) -> PreTrainedModel:
    config = configuration(spec)
    if (getattr(config, "pad_token_id", None) or 0) >= config.vocab_size:
        config.pad_token_id = 0  # the library's default belongs to a larger vocabulary
    build_on = torch.device("meta") if device.type == "meta" else torch.device("cpu")
    with _seeded(spec.seed), build_on:
        return HEADS[spec.head].from_config(  # type: ignore[attr-defined]
            config, trust_remote_code=False, attn_implementation=attention, dtype=torch.float32
        )


def _without_memory(model: PreTrainedModel) -> None:
    """A decoder keeps keys and values for the next word unless told not to; a replay would add to them."""
    for module in model.modules():
        config = getattr(module, "config", None)
        for field in ("use_cache", "use_mems_eval"):
            if hasattr(config, field):
                setattr(config, field, False)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the CPU generator for the block only, so that a model's weights do not depend on what ran before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield
