"""The loaded model with what every other layer needs to know of it."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeVar

import torch
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel

from explorer.errors import NoWeights
from explorer.models.sites import Sites, sites, stacks
from explorer.models.spec import ModelSpec

# Tokens that one run reads of a model that has no table of positions, and so no end of its own that matters here.
UNBOUNDED = 512


@dataclass(frozen=True)
class Dims:
    """Sizes of a model, in the names of the field (design: one letter or one name everywhere).

    n_ctx: tokens that one run reads. n_kv_heads: heads of key and value, fewer where several queries share them.
    """

    d_model: int
    d_head: int
    d_ff: int
    n_layers: int
    n_heads: int
    n_ctx: int
    n_vocab: int
    n_segments: int
    n_kv_heads: int = 0

    @classmethod
    def of(cls, config: PreTrainedConfig, stack: str = "") -> "Dims":
        """Read the sizes of a stack from a configuration, whatever the architecture calls them."""
        heads, width = config.num_attention_heads, config.hidden_size
        layers = config.num_hidden_layers * getattr(config, "inner_group_num", 1)
        if stack in ("decoder", "cross"):
            layers = getattr(config, "num_decoder_layers", None) or layers
        return cls(
            d_model=width,
            d_head=_first(config, "head_dim", "d_kv", "d_head") or width // heads,
            d_ff=_first(config, "intermediate_size", "d_ff", "d_inner", "hidden_dim", "n_inner") or 4 * width,
            n_layers=layers,
            n_heads=heads,
            n_ctx=_context(config),
            n_vocab=config.vocab_size,
            n_segments=3 if config.model_type == "xlnet" else getattr(config, "type_vocab_size", 0),  # A, B, <cls>
            n_kv_heads=getattr(config, "num_key_value_heads", None) or heads,
        )


def _first(config: PreTrainedConfig, *names: str) -> int:
    """The first of these fields that holds a number; 0 where none does."""
    return next((value for name in names if isinstance(value := getattr(config, name, None), int)), 0)


def _context(config: PreTrainedConfig) -> int:
    """Rows of the table of positions; `UNBOUNDED` where there is none."""
    rows = _first(config, "max_position_embeddings", "n_positions")
    if sites(config.model_type).order != "table":
        return min(rows, UNBOUNDED) if rows > 0 else UNBOUNDED
    if config.model_type in ("roberta", "xlm-roberta", "camembert"):
        return rows - (config.pad_token_id or 0) - 1  # their positions count from behind the padding's
    return rows


@dataclass(frozen=True, eq=False)
class ModelHandle:
    """A model ready to run, seen as one of its stacks of layers.

    Shared by all visitors: never write to its modules, weights or config.

    spec: the request, with the head that the model really has. remarks: what of the files is not in the model, as keys
        of messages with their facts.
    """

    spec: ModelSpec
    model: PreTrainedModel
    tokenizer: Tokenizer
    sites: Sites
    dims: Dims
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    remarks: tuple[tuple[str, dict[str, object]], ...] = ()
    _views: dict[str, "ModelHandle"] = field(default_factory=dict, repr=False)

    @property
    def config(self) -> Any:
        """The transformers configuration (its fields depend on the architecture, hence untyped)."""
        return self.model.config

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks that can be shown: one, or encoder, decoder and cross attention."""
        return stacks(self.config.model_type)

    @property
    def stack(self) -> str:
        """The stack that this handle shows."""
        return self.spec.stack or self.stacks[0]

    def of_stack(self, stack: str) -> "ModelHandle":
        """The same model seen as another of its stacks; asked twice, the same handle.

        Raises:
            ConfigInvalid: when it has no such stack.
        """
        if stack == self.stack:
            return self
        self._views.setdefault(self.stack, self)
        table, dims = sites(self.config.model_type, stack), Dims.of(self.config, stack)
        view = replace(self, spec=replace(self.spec, stack=stack), sites=table, dims=dims)
        return self._views.setdefault(stack, view)

    @property
    def base(self) -> nn.Module:
        """The model without its task head, whose submodules `sites` names."""
        base: nn.Module = self.model.base_model
        return base

    @property
    def layers(self) -> list[nn.Module]:
        """The layers of the stack, first to last; one module more than once where layers share weights."""
        return layers_of(self.base, self.sites, self.dims)

    @property
    def nbytes(self) -> int:
        """Bytes of parameters and buffers; tied tensors count once."""
        return sum(t.nbytes for t in [*self.model.parameters(), *self.model.buffers()])

    def require_weights(self) -> None:
        """Refuse what needs a forward pass.

        Raises:
            NoWeights: for a model of kind `meta`.
        """
        if self.device.type == "meta":
            raise NoWeights(source=self.spec.source)

    @cached_property
    def unknown(self) -> str | None:
        """The token that stands for what the vocabulary does not hold; None where every byte has a token."""
        name: str | None = getattr(self.tokenizer.model, "unk_token", None)
        if name is None and isinstance(self.tokenizer.model, Unigram):  # says its number in its file alone
            number = json.loads(self.tokenizer.to_str())["model"]["unk_id"]
            return None if number is None else self.tokenizer.id_to_token(number)
        return name

    @cached_property
    def mask_id(self) -> int | None:
        """The token that stands for a hidden word; None where the tokenizer has none."""
        found = (self.tokenizer.token_to_id(name) for name in ("[MASK]", "<mask>"))
        return next((number for number in found if number is not None), None)

    @property
    def words(self) -> nn.Parameter:
        """The word table, V x E."""
        return self.base.get_parameter(f"{self.sites.word}.weight")


def layers_of(base: nn.Module, table: Sites, dims: Dims) -> list[nn.Module]:
    """The layers of a base model, or of a copy of one."""
    found = list(base.get_submodule(table.layers).children())
    if not table.shared:
        return found
    # ALBERT: each group of inner layers is called for its share of the depth, as AlbertTransformer does.
    groups = [list(group.get_submodule("albert_layers").children()) for group in found]
    depth = dims.n_layers // len(groups[0])
    return [layer for at in range(depth) for layer in groups[int(at / (depth / len(groups)))]]


Copied = TypeVar("Copied", bound=nn.Module)


def sharing_copy(module: Copied, instead: Mapping[int, Any] | None = None) -> Copied:
    """Modules of its own over the very same weights: what is replaced in it does not reach the shared model.

    15 ms and less than a megabyte. instead: what stands in the copy for objects of the original, by their `id`.
    """
    shared = {id(tensor): tensor for tensor in [*module.parameters(), *module.buffers()]}
    return copy.deepcopy(module, {**shared, **(instead or {})})


def part(module: nn.Module, path: str | None) -> nn.Module | None:
    """The submodule at a path; None where there is no path, or where this model was built without the part."""
    if path is None:
        return None
    for name in path.split("."):
        found = getattr(module, name, None)
        if not isinstance(found, nn.Module):
            return None
        module = found
    return module
