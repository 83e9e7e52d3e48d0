"""The loaded model with what every other layer needs to know of it."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeVar

import torch
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from torch import nn
from transformers import PreTrainedConfig, PreTrainedModel

from explorer.errors import NoWeights
from explorer.models.sites import Sites, sites_of, stacks
from explorer.models.spec import ModelSpec

# What a special token is for → what tokenizers call it; the first that a vocabulary has is meant.
Role = Literal["cls", "sep", "mask", "unknown"]
ROLES: Mapping[Role, tuple[str, ...]] = {
    "cls": ("[CLS]", "<cls>", "<s>"),
    "sep": ("[SEP]", "<sep>", "</s>"),
    "mask": ("[MASK]", "<mask>"),
}

# Tokens that one run reads of a model that has no table of positions, and so no end of its own that matters here.
UNBOUNDED = 512
# Architectures whose decoder is trained to write the undamaged text, place by place.
RESTORES = ("bart",)


@dataclass(frozen=True)
class Dims:
    """Sizes of a model, in the names of the field (design: one letter or one name everywhere).

    n_ctx: tokens that one run reads. first_row: of the table of positions, the row of the text's first token; RoBERTa's
    count from behind the padding's. n_kv_heads: heads of key and value, fewer where several queries share them.
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
    first_row: int = 0

    @classmethod
    def of(cls, config: PreTrainedConfig, stack: str = "") -> "Dims":
        """Read the sizes of a stack from a configuration, whatever the architecture calls them."""
        heads, width = config.num_attention_heads, config.hidden_size
        layers = config.num_hidden_layers * getattr(config, "inner_group_num", 1)
        side = "decoder" if stack in ("decoder", "cross") else "encoder"
        if side == "decoder":
            layers = _first(config, "num_decoder_layers", "decoder_layers") or layers
            heads = _first(config, "decoder_attention_heads") or heads
        return cls(
            d_model=width,
            d_head=_first(config, "head_dim", "d_kv", "d_head") or width // heads,
            d_ff=_first(config, f"{side}_ffn_dim", "intermediate_size", "d_ff", "d_inner", "hidden_dim", "n_inner")
            or 4 * width,
            n_layers=layers,
            n_heads=heads,
            n_ctx=_context(config),
            n_vocab=config.vocab_size,
            n_segments=3 if config.model_type == "xlnet" else getattr(config, "type_vocab_size", 0),  # A, B, <cls>
            n_kv_heads=getattr(config, "num_key_value_heads", None) or heads,
            first_row=_first_row(config),
        )


def _first(config: PreTrainedConfig, *names: str) -> int:
    """The first of these fields that holds a number; 0 where none does."""
    return next((value for name in names if isinstance(value := getattr(config, name, None), int)), 0)


def _context(config: PreTrainedConfig) -> int:
    """Rows of the table of positions; `UNBOUNDED` where there is none."""
    rows = _first(config, "max_position_embeddings", "n_positions")
    if sites_of(config).order not in ("table", "both"):
        return min(rows, UNBOUNDED) if rows > 0 else UNBOUNDED
    return rows - (_first_row(config) if sites_of(config).after_padding else 0)


def _first_row(config: PreTrainedConfig) -> int:
    """Row of the table of positions that the first token of a text reads."""
    table = sites_of(config)
    return (config.pad_token_id or 0) + 1 if table.after_padding else table.first_row


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
    def word_table(self) -> nn.Linear | None:
        """The last step of a head that says words, where it is a module that makes scores of all words, and nothing
        follows (BART adds a bias of its own, Gemma may cap)."""
        if getattr(self.config, "final_logit_softcapping", None):
            return None
        if self.spec.head not in ("mlm", "pretraining", "lm", "seq2seq") or hasattr(self.model, "final_logits_bias"):
            return None
        table = self.model.get_output_embeddings()
        return table if isinstance(table, nn.Linear) and table.out_features == self.dims.n_vocab else None

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
        table, dims = sites_of(self.config, stack), Dims.of(self.config, stack)
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
    def roles(self) -> Mapping[int, Role]:
        """The tokenizer's ids that stand for no word, and what for."""
        found = {role: self._first_known(names) for role, names in ROLES.items()}
        if self.unknown is not None:
            found["unknown"] = self.tokenizer.token_to_id(self.unknown)
        return {number: role for role, number in found.items() if number is not None}

    def _first_known(self, names: tuple[str, ...]) -> int | None:
        numbers = (self.tokenizer.token_to_id(name) for name in names)
        return next((number for number in numbers if number is not None), None)

    @property
    def special_names(self) -> Mapping[str, str]:
        """What this tokenizer calls the tokens that it has: "cls" → "[CLS]" in BERT, "<s>" in RoBERTa."""
        return {role: str(self.tokenizer.id_to_token(number)) for number, role in self.roles.items()}

    @property
    def of_bert_family(self) -> bool:
        """Whether the architecture carries BERT's name."""
        return "bert" in self.config.model_type

    @property
    def predicts_masked(self) -> bool:
        """Whether there is a masked-word head. ELECTRA's pre-training head says of each token if it was replaced."""
        return self.spec.head == "mlm" or (self.spec.head == "pretraining" and self.config.model_type != "electra")

    @property
    def restores(self) -> bool:
        """Whether it was trained to write the encoder's text again where that is damaged: BART (Lewis et al. 2020). Its
        decoder reads the same text moved right, so what stands at each place is guessed from both sides."""
        return self.config.model_type in RESTORES and self.spec.head == "seq2seq"

    @cached_property
    def mask_id(self) -> int | None:
        """The row of the word table that stands for a hidden word; None where there is none."""
        return next((at for at, role in self.roles.items() if role == "mask" and at < self.dims.n_vocab), None)

    @cached_property
    def added(self) -> Mapping[int, str]:
        """Tokens beside the vocabulary, by id: in a text they are found with the spaces around them."""
        return {number: token.content for number, token in self.tokenizer.get_added_tokens_decoder().items()}

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
