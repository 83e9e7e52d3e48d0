"""A model that is stored as what differs from MiniLM's file: tensors in float16, and rows of the word table.

In `model.safetensors` a tensor has the name that it has in `BertForPreTraining`; what is missing there is MiniLM's.
`rows.ids` (N) and `rows.weight` (N × D) are the rows of the word table, which is the decoder as well, that differ.
"""

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import AutoConfig, PreTrainedModel

from explorer.errors import ModelFileChanged
from explorer.models.build_lock import one_at_a_time
from explorer.models.embedded import embedded_folder
from explorer.models.heads import HEADS
from explorer.models.spec import Head

FILE = "model.safetensors"
TABLE = "bert.embeddings.word_embeddings.weight"
_TIED = ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias")  # the word table and the bias again


def _base() -> dict[str, Tensor]:
    """MiniLM's tensors under the names that they have below a head; position ids are no weights."""
    found = load_file(str(embedded_folder() / FILE))
    return {f"bert.{name}": tensor for name, tensor in found.items() if not name.endswith("position_ids")}


def state_of(folder: Path) -> dict[str, Tensor]:
    """Every tensor of the stored model, in float32."""
    state = _base()
    stored = load_file(str(folder / FILE))
    ids, rows = stored.pop("rows.ids", None), stored.pop("rows.weight", None)
    state |= {name: tensor.float() for name, tensor in stored.items()}
    if ids is not None and rows is not None:
        state[TABLE][ids.long()] = rows.float()
    return state


@one_at_a_time
def read(folder: Path, head: Head, attention: str) -> PreTrainedModel:
    """The model with a head, or without; every weight must be there.

    Raises:
        ModelFileChanged: when a weight of the head is not.
    """
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    built: Any = HEADS[head]
    model: PreTrainedModel = built.from_config(config, attn_implementation=attention, dtype=torch.float32)
    state = state_of(folder)
    if head == "none":  # a bare model: without the prefix, without what is above
        state = {name.removeprefix("bert."): tensor for name, tensor in state.items() if name.startswith("bert.")}
    missing, _ = model.load_state_dict(state, strict=False)
    wrong = [name for name in missing if name not in _TIED]
    if wrong:
        raise ModelFileChanged(file=FILE, found=wrong[0], expected=type(model).__name__)
    model.tie_weights()
    return model


def write(model: Any, folder: Path) -> None:
    """Store what differs from MiniLM's file, and the configuration."""
    folder.mkdir(parents=True, exist_ok=True)
    base = _base()
    state = {name: tensor for name, tensor in model.state_dict().items() if name not in _TIED}
    differs = {n: t.half().contiguous() for n, t in state.items() if n not in base or not torch.equal(t, base[n])}
    if differs.pop(TABLE, None) is not None:
        ids = (state[TABLE] != base[TABLE]).any(-1).nonzero()[:, 0]
        differs |= {"rows.ids": ids.int(), "rows.weight": state[TABLE][ids].half()}
    save_file(differs, str(folder / FILE), metadata={"format": "pt", "beside": "all-MiniLM-L6-v2"})
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
