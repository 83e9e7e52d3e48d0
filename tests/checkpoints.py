"""Small checkpoints on disk, as people publish them."""

import json
import shutil
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertForMaskedLM, BertModel, PreTrainedModel

from explorer.models.embedded import package_folder

SIZES = {
    "vocab_size": 30_522,
    "hidden_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 40,
    "max_position_embeddings": 64,
}


def checkpoint(folder: Path, built: type[PreTrainedModel] = BertForMaskedLM, **settings: Any) -> Path:
    """A tiny BERT with random weights and the embedded model's tokenizer; 3 MB of weights."""
    folder.mkdir(parents=True, exist_ok=True)
    built(BertConfig(**SIZES), **settings).save_pretrained(folder)
    shutil.copy(package_folder() / "tokenizer.json", folder)
    return folder


def bare(folder: Path) -> Path:
    """The same without a head."""
    return checkpoint(folder, BertModel)


def rewrite_config(folder: Path, **fields: object) -> None:
    """Change fields of a checkpoint's configuration."""
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def rewrite_tokenizer(folder: Path, **parts: object) -> None:
    """Change parts of a checkpoint's tokenizer."""
    path = folder / "tokenizer.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **parts}))


def drop_weights(folder: Path, *names: str) -> None:
    """Take tensors out of a checkpoint."""
    path = folder / "model.safetensors"
    tensors = {name: tensor for name, tensor in load_file(path).items() if not name.startswith(names)}
    save_file(tensors, path, {"format": "pt"})
