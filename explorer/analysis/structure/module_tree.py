"""The tree of a model's modules with what each holds; a tensor that two modules share belongs to the first of them.

Ties are found by identity: on models without storage every `data_ptr()` is 0, so addresses say nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from torch import nn

# What a module is for, by its path; the first pattern that fits decides. Only colours and shares depend on it.
_KINDS = (
    ("norm", r"(?i:layer_?norm|_norm|norm|\bln_\w+)$"),
    ("position", r"(position\w*embed\w*|positions_embed|wpe|relative_attention_bias)$"),
    ("segment", r"(token_type\w*|seg_embed)$"),
    ("head", r"^(cls|classifier|lm_head|qa_outputs|score|predictions|vocab_\w+|pre_classifier|\w*head\w*)\b"),
    ("head", r"(^|\.)pooler"),
    ("word", r"(embed\w*|wte|shared|word_embedding)$"),
    ("query", r"\.(query|q_lin|q_proj|q)$"),
    ("key", r"\.(key|k_lin|k_proj|k)$"),
    ("value", r"\.(value|v_lin|v_proj|v)$"),
    ("attention", r"attn|attention|Attention"),
    ("ffn", r"(intermediate|mlp|ffn|\.ff\b|DenseReluDense|\d\.output|feed_forward|experts)"),
)


@dataclass(frozen=True)
class Held:
    """One tensor of one module; `owner` is the path of the tensor that it is the same as, if it is not the first."""

    path: str
    shape: tuple[int, ...]
    owner: str | None

    @property
    def count(self) -> int:
        """Numbers in it."""
        return prod(self.shape)


@dataclass(frozen=True)
class Module:
    """A module and everything below it. owned: its parameters, each tied tensor once, at its first place; printed:
    what adding up the printed shapes gives. settings: what it was built with and is no parameter, as PyTorch prints it:
    padding_idx of a table, eps of a norm, p of a dropout."""

    path: str
    class_name: str
    tensors: tuple[Held, ...]
    children: tuple["Module", ...]
    owned: int
    printed: int
    settings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @property
    def kind(self) -> str:
        """What it is for: word, position, segment, query, key, value, attention, ffn, norm, head or other."""
        return kind(self.path)

    def walk(self) -> Iterator["Module"]:
        """This module and all below it, in the order of print(model)."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True)
class Row:
    """One line of the printed tree. times_here: how many equal siblings it stands for; times: the same with those of
    the lists around it; total: parameters of all of them together."""

    depth: int
    label: str
    module: Module
    times: int
    times_here: int
    total: int


def kind(path: str) -> str:
    """What a module or tensor is for, by its path."""
    return next((name for name, pattern in _KINDS if re.search(pattern, path)), "other")


def module_tree(model: nn.Module) -> Module:
    """Walk a model, real or without storage."""
    return _module(model, "", {})


def rows(module: Module) -> Iterator[Row]:
    """The lines of the tree; equal neighbours in a list are one line, as transformers prints them since version 5."""
    yield from _rows(module, 0, "", 1, 1)


def _rows(module: Module, depth: int, label: str, around: int, here: int) -> Iterator[Row]:
    times = around * here
    yield Row(depth, label, module, times, here, module.owned * times)
    for first, last in _runs(module.children):
        child = module.children[first]
        name = child.name if first == last else f"{child.name}-{module.children[last].name}"
        yield from _rows(child, depth + 1, name, times, last - first + 1)


def _module(module: nn.Module, path: str, owners: dict[int, str]) -> Module:
    tensors = []
    for name, tensor in module.named_parameters(recurse=False, remove_duplicate=False):
        here = f"{path}.{name}".lstrip(".")
        first = owners.setdefault(id(tensor), here)
        tensors.append(Held(here, tuple(tensor.shape), None if first == here else first))
    children = tuple(
        _module(child, f"{path}.{name}".lstrip("."), owners)
        for name, child in module._modules.items()
        if child is not None
    )
    owned = sum(t.count for t in tensors if t.owner is None) + sum(child.owned for child in children)
    printed = sum(t.count for t in tensors) + sum(child.printed for child in children)
    return Module(path, type(module).__name__, tuple(tensors), children, owned, printed, _settings(module))


def _settings(module: nn.Module) -> tuple[str, ...]:
    """A norm is what has an eps, whatever its class is called; some architectures call it variance_epsilon."""
    found: dict[str, object] = {}
    if isinstance(module, nn.Embedding):
        found["padding_idx"] = module.padding_idx
    elif isinstance(module, nn.Dropout):
        found["p"] = module.p
    else:
        eps = getattr(module, "eps", None)
        found["eps"] = getattr(module, "variance_epsilon", None) if eps is None else eps
    return tuple(f"{name}={value:g}" for name, value in found.items() if isinstance(value, int | float))


def _runs(children: tuple[Module, ...]) -> Iterator[tuple[int, int]]:
    """First and last index of each run of equal, numbered neighbours."""
    first = 0
    for index in range(1, len(children) + 1):
        same = index < len(children) and children[index].name.isdigit() and _same(children[first], children[index])
        if not same:
            yield first, index - 1
            first = index


def _same(a: Module, b: Module) -> bool:
    """Equal classes and shapes all the way down, and no tie that leads out of one of them."""
    if (a.class_name, a.owned, len(a.children)) != (b.class_name, b.owned, len(b.children)):
        return False
    if [t.shape for t in a.tensors] != [t.shape for t in b.tensors] or a.settings != b.settings:
        return False
    return all(x.name == y.name and _same(x, y) for x, y in zip(a.children, b.children, strict=True))
