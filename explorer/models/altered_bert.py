"""A BERT with other parts than the library's: without the scale, without feed-forward blocks; made, saved and read.

For private models only, before anybody shares them. The altered parts keep their names, so that every page still finds
its tensors: a missing block shows an activation of zeros and hands on what attention returned.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import AutoConfig, BertForPreTraining, PreTrainedModel

from explorer.errors import ModelFileChanged
from explorer.models.build_lock import one_at_a_time


class _NoActivation(nn.Module):
    """In place of the intermediate layer: zeros of its width, no parameters."""

    def __init__(self, d_ff: int) -> None:
        super().__init__()
        self.d_ff = d_ff

    def forward(self, states: Tensor) -> Tensor:
        return states.new_zeros(*states.shape[:-1], self.d_ff)


class _NoFeedForward(nn.Module):
    """In place of the block's output: the residual as it is."""

    def __init__(self, d_model: int) -> None:
        super().__init__()
        self.dense = _NoActivation(d_model)

    def forward(self, activation: Tensor, residual: Tensor) -> Tensor:
        self.dense(activation)
        return residual


def without_scale(model: PreTrainedModel) -> None:
    """Every attention of this BERT takes softmax(q·k) instead of softmax(q·k/√d_head)."""
    for layer in model.base_model.encoder.layer:
        layer.attention.self.scaling = 1.0


def without_ffn(model: PreTrainedModel) -> None:
    """Every layer of this BERT returns what its attention block returned ("Undivided Attention", arXiv:2012.11881)."""
    for layer in model.base_model.encoder.layer:
        layer.intermediate = _NoActivation(model.config.intermediate_size)
        layer.output = _NoFeedForward(model.config.hidden_size)


def alter(model: PreTrainedModel) -> None:
    """Give a freshly built model the parts that its configuration names (`explorer_scale`, `explorer_ffn`)."""
    if getattr(model.config, "explorer_scale", "sqrt_d") == "none":
        without_scale(model)
    if not getattr(model.config, "explorer_ffn", True):
        without_ffn(model)


def n_parameters(model: nn.Module) -> int:
    """Parameters, tied ones once."""
    return sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())


def save(model: PreTrainedModel, folder: Path) -> None:
    """Write weights and configuration, nothing else."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)


@one_at_a_time
def read(folder: Path, attention: str) -> PreTrainedModel:
    """A saved model, built with the parts that its configuration names; every weight must be there and no other."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    model: PreTrainedModel = BertForPreTraining._from_config(config, attn_implementation=attention, dtype=torch.float32)
    alter(model)
    missing, unexpected = model.load_state_dict(load_file(str(folder / "model.safetensors")), strict=False)
    wrong = [*unexpected, *(name for name in missing if not name.startswith("cls.predictions.decoder."))]
    if wrong:  # the decoder alone may be missing: it is the word table
        raise ModelFileChanged(file="model.safetensors", found=wrong[0], expected=config.architectures)
    return model
