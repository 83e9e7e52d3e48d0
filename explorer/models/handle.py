"""The loaded model with what every other layer needs to know of it."""

from dataclasses import dataclass, field
from typing import Any

import torch
from tokenizers import Tokenizer
from transformers import PreTrainedConfig, PreTrainedModel

from explorer.models.sites import Sites
from explorer.models.spec import ModelSpec


@dataclass(frozen=True)
class Dims:
    """Sizes of a model, in the names of the field (design: one letter or one name everywhere)."""

    d_model: int
    d_head: int
    d_ff: int
    n_layers: int
    n_heads: int
    n_ctx: int
    n_vocab: int
    n_segments: int

    @classmethod
    def of(cls, config: PreTrainedConfig) -> "Dims":
        """Read the sizes from a configuration that uses BERT's field names."""
        return cls(
            d_model=config.hidden_size,
            d_head=getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads,
            d_ff=config.intermediate_size,
            n_layers=config.num_hidden_layers,
            n_heads=config.num_attention_heads,
            n_ctx=config.max_position_embeddings,
            n_vocab=config.vocab_size,
            n_segments=getattr(config, "type_vocab_size", 0),
        )


@dataclass(frozen=True, eq=False)
class ModelHandle:
    """A model ready to run. Shared by all visitors: never write to its modules, weights or config."""

    spec: ModelSpec
    model: PreTrainedModel
    tokenizer: Tokenizer
    sites: Sites
    dims: Dims
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))

    @property
    def config(self) -> Any:
        """The transformers configuration (its fields depend on the architecture, hence untyped)."""
        return self.model.config

    @property
    def base(self) -> torch.nn.Module:
        """The model without its task head, whose submodules `sites` names."""
        base: torch.nn.Module = self.model.base_model
        return base

    @property
    def layers(self) -> list[torch.nn.Module]:
        """The encoder layers, first to last."""
        return list(self.base.get_submodule(self.sites.layers).children())

    @property
    def nbytes(self) -> int:
        """Bytes of parameters and buffers; tied tensors count once."""
        return sum(t.nbytes for t in [*self.model.parameters(), *self.model.buffers()])
