"""From a request to a model in memory: safetensors only, no remote code, float32, our attention function by name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedConfig, PreTrainedModel
from transformers.utils import logging

from explorer.errors import ModelMissing
from explorer.models import altered, trained
from explorer.models.configs import from_fields
from explorer.models.embedded import EMBEDDED, embedded_folder, toy_folder
from explorer.models.handle import Dims, ModelHandle
from explorer.models.heads import HEADS
from explorer.models.sites import sites
from explorer.models.spec import Head, ModelSpec

logging.disable_progress_bar()


def build(spec: ModelSpec, attention: str) -> ModelHandle:
    """Build what the request asks for. Not cached: see `capture.load.load`.

    attention: name under which the attention function is registered with transformers.

    Raises:
        ModelMissing, ModelFileChanged, ModelUnsupported, ConfigInvalid.
    """
    device = torch.device("meta") if spec.kind == "meta" else chosen_device()
    folder = weights_folder(spec)
    if spec.kind == "trained" and folder is not None:
        model = altered.read(folder, attention)
    elif folder is not None:
        model = _from_folder(folder, spec.head, attention)
    else:
        model = _from_config(spec, attention, device)
    table = sites(model.config.model_type)
    model.eval().requires_grad_(False).to(device)
    return ModelHandle(spec, model, _tokenizer(_tokenizer_folder(spec, folder)), table, Dims.of(model.config), device)


def weights_folder(spec: ModelSpec) -> Path | None:
    """The local folder that holds weights and tokenizer of the request; None where the weights are drawn or absent.

    Raises:
        ModelMissing, ModelGone: when no such folder is there.
    """
    if spec.kind in ("config", "meta"):
        return None
    if spec.kind == "embedded" and spec.source in EMBEDDED:
        return EMBEDDED[spec.source]()
    if spec.kind == "trained":
        return trained.folder_of(spec.source)
    raise ModelMissing(source=spec.source)


def _tokenizer_folder(spec: ModelSpec, folder: Path | None) -> Path:
    """Models trained here speak the toy language; drawn weights read with the embedded model's tokenizer."""
    if spec.kind == "trained":
        return toy_folder()
    return folder or embedded_folder()


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


def _from_folder(folder: Path, head: Head, attention: str) -> PreTrainedModel:
    return HEADS[head].from_pretrained(  # type: ignore[attr-defined]
        folder,
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,
        attn_implementation=attention,
        dtype=torch.float32,
    )


def _from_config(spec: ModelSpec, attention: str, device: torch.device) -> PreTrainedModel:
    config = configuration(spec)
    build_on = torch.device("meta") if device.type == "meta" else torch.device("cpu")
    with _seeded(spec.seed), build_on:
        return HEADS[spec.head].from_config(  # type: ignore[attr-defined]
            config, trust_remote_code=False, attn_implementation=attention, dtype=torch.float32
        )


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the CPU generator for the block only, so that a model's weights do not depend on what ran before."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def _tokenizer(folder: Path) -> Tokenizer:
    """The fast tokenizer, with the file's own truncation and padding off.

    The Rust object is shared by all threads: changing its settings per call would race, so they are set once here.
    """
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
