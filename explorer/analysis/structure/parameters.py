"""How many parameters a model has, where they are, and which of them are the same tensor under two names."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.structure.closed_form import ClosedForm, closed_form
from explorer.analysis.structure.module_tree import Held, Module, Row, kind, module_tree, rows
from explorer.models.configs import size
from explorer.models.skeleton import as_config, skeleton
from explorer.models.spec import Head

# The sizes that are compared, and their fields in BERT's configuration.
SIZES = {
    "layers": "num_hidden_layers",
    "width": "hidden_size",
    "heads": "num_attention_heads",
    "ffn": "intermediate_size",
    "vocabulary": "vocab_size",
    "positions": "max_position_embeddings",
    "segments": "type_vocab_size",
}
# Bytes a parameter takes in each number format.
BYTES = {"float32": 4, "bfloat16": 2, "int8": 1}


@dataclass(frozen=True, eq=False)
class Parameters:
    """The exact count of one model, without its weights."""

    model_type: str
    class_name: str
    head: str
    base: str
    tree: Module
    sizes: Mapping[str, int]
    formula: ClosedForm | None

    @property
    def total(self) -> int:
        """Parameters, each tied tensor once."""
        return self.tree.owned

    @property
    def printed(self) -> int:
        """The sum over the printed modules, in which a tied tensor stands at every place where it is used."""
        return self.tree.printed

    @cached_property
    def tensors(self) -> tuple[Held, ...]:
        """Every tensor at every place where it stands, in the order of the printed tree."""
        return tuple(tensor for module in self.tree.walk() for tensor in module.tensors)

    @cached_property
    def tied(self) -> tuple[tuple[str, ...], ...]:
        """Groups of names of the same tensor; the first name owns it."""
        groups: dict[str, list[str]] = {}
        for tensor in self.tensors:
            if tensor.owner is not None:
                groups.setdefault(tensor.owner, [tensor.owner]).append(tensor.path)
        return tuple(tuple(group) for group in groups.values())

    @cached_property
    def modules(self) -> dict[str, int]:
        """Parameters of the large parts: the children of the body, and the heads; 0 for one that owns nothing."""
        found = {t.path: t.count for t in self.tree.tensors if t.owner is None}
        for child in self.tree.children:
            opened = child.path == self.base
            found |= {part.path: part.owned for part in (child.children if opened else (child,)) if part.printed}
            found |= {t.path: t.count for t in child.tensors if opened and t.owner is None}
        return found

    @cached_property
    def parts(self) -> tuple[tuple[str, int], ...]:
        """The large parts as printed: with every tensor that stands in them, tied or not."""
        found = [(tensor.path, tensor.count) for tensor in self.tree.tensors]
        for child in self.tree.children:
            opened = child.path == self.base
            found += [(part.path, part.printed) for part in (child.children if opened else (child,)) if part.printed]
            found += [(tensor.path, tensor.count) for tensor in child.tensors if opened]
        return tuple(found)

    @property
    def again(self) -> tuple[tuple[str, str, int], ...]:
        """Each tensor that is printed a second time: its name, its owner, its size."""
        return tuple((tensor.path, tensor.owner, tensor.count) for tensor in self.tensors if tensor.owner is not None)

    @property
    def reconciled(self) -> int:
        """The printed parts minus what stands there a second time: the total, reached from the other side."""
        return sum(count for _, count in self.parts) - sum(count for *_, count in self.again)

    def nbytes(self, dtype: str) -> int:
        """Bytes of the weights in a number format."""
        return self.total * BYTES[dtype]

    def rows(self) -> tuple[Row, ...]:
        """The printed tree, line by line."""
        return tuple(rows(self.tree))

    @cached_property
    def kinds(self) -> Counter[str]:
        """Parameters by what their module is for (see `Module.kind`), each tied tensor once."""
        found: Counter[str] = Counter()
        for module in self.tree.walk():
            for tensor in module.tensors:
                found[_kind(module, tensor)] += 0 if tensor.owner else tensor.count
        return found

    def share(self, *kinds: str) -> float:
        """Share of all parameters in modules of these kinds."""
        return sum(self.kinds[kind] for kind in kinds) / max(self.total, 1)

    def table(self) -> pd.DataFrame:
        """One row for each tensor at each place."""
        return pd.DataFrame(
            {
                "module": [t.path.rpartition(".")[0] for t in self.tensors],
                "tensor": [t.path.rpartition(".")[2] for t in self.tensors],
                "shape": [" × ".join(map(str, t.shape)) for t in self.tensors],
                "parameters (count)": [t.count for t in self.tensors],
                "counted (count)": [0 if t.owner else t.count for t in self.tensors],
                "share (%)": [0.0 if t.owner else 100 * t.count / max(self.total, 1) for t in self.tensors],
                "tied to": [t.owner or "" for t in self.tensors],
            }
        )

    def reading(self) -> Message:
        """The total, the largest part, and what adding up the printed tree would have given."""
        part, largest = max(self.modules.items(), key=lambda item: item[1], default=("", 0))
        facts: dict[str, object] = {
            "name": self.class_name, "total": self.total, "part": part, "share": largest / max(self.total, 1),
        }  # fmt: skip
        if self.printed > self.total:
            return "parameters.reading.tied", facts | {"printed": self.printed, "tied": self.printed - self.total}
        return "parameters.reading", facts


def _kind(module: Module, tensor: Held) -> str:
    """A tensor that stands in a module with a part of its own is named by its own path (XLNet's q, k, v)."""
    return kind(tensor.path) if module.children else module.kind


def parameters(
    config: Mapping[str, Any] | Any, head: Head = "none", n_labels: int = 14, without_ffn: int = 0
) -> Parameters:
    """Count a configuration: a transformers one, or a mapping with a `model_type`. No weights, no download.

    without_ffn: how many of the last layers lose their feed-forward block.

    Raises:
        ConfigInvalid, ConfigForbidden, ConfigUnbuildable, HeadMissing.
    """
    config = as_config(config)
    model = skeleton(config, head, n_labels, without_ffn)
    base = model.base_model_prefix if model.base_model is not model else ""
    formula = None if without_ffn else closed_form(config, head, n_labels)
    return Parameters(config.model_type, type(model).__name__, head, base, module_tree(model), _sizes(config), formula)


def counted(model: Any) -> Parameters:
    """Count a model that is in memory."""
    base = model.base_model_prefix if model.base_model is not model else ""
    sizes = _sizes(model.config)
    return Parameters(model.config.model_type, type(model).__name__, "none", base, module_tree(model), sizes, None)


def _sizes(config: Any) -> dict[str, int]:
    """The sizes of a configuration that differ between models, under the names of the design."""
    return {name: value for name, field in SIZES.items() if (value := size(config, field)) is not None}
