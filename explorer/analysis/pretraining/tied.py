"""One tensor under several names: which they are, and what they save.

Press and Wolf 2017 (arXiv 1608.05859); Vaswani et al. 2017, section 3.4.
"""

from dataclasses import dataclass
from math import prod

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.structure.parameters import Parameters


@dataclass(frozen=True)
class SharedTensor:
    """One tensor; names: every place where it stands, the first of them owns it."""

    names: tuple[str, ...]
    shape: tuple[int, ...]

    @property
    def count(self) -> int:
        """Numbers in it."""
        return prod(self.shape)

    @property
    def saved(self) -> int:
        """Parameters that copies of their own under the other names would add."""
        return self.count * (len(self.names) - 1)


@dataclass(frozen=True)
class Ties:
    """tensors: those with more than one name, the largest saving first; largest: the largest tensor of the model.

    n_tensors: of the model, each counted once; total: parameters, each tensor once.
    """

    model: str
    tensors: tuple[SharedTensor, ...]
    largest: SharedTensor
    n_tensors: int
    total: int

    @property
    def saved(self) -> int:
        """Parameters saved by all ties."""
        return sum(tensor.saved for tensor in self.tensors)

    @property
    def untied(self) -> int:
        """Parameters if every name had a tensor of its own."""
        return self.total + self.saved

    def table(self) -> pd.DataFrame:
        """One row for each name of a shared tensor."""
        rows = [(name, tensor) for tensor in self.tensors for name in tensor.names]
        return pd.DataFrame(
            {
                "name": [name for name, _ in rows],
                "same tensor as": [tensor.names[0] for _, tensor in rows],
                "shape": [" × ".join(map(str, tensor.shape)) for _, tensor in rows],
                "parameters (count)": [tensor.count for _, tensor in rows],
                "counted (count)": [tensor.count if name == tensor.names[0] else 0 for name, tensor in rows],
            }
        )

    def reading(self) -> Message:
        """The largest shared tensor, what all ties save, and the total with and without them."""
        facts: dict[str, object] = {"model": self.model, "total": self.total, "tensors": self.n_tensors}
        if not self.tensors:
            return "tied.reading.none", facts
        first = self.tensors[0]
        facts |= {"name": first.names[0], "names": len(first.names), "saved": self.saved, "untied": self.untied}
        return "tied.reading.some", facts | {"share": self.saved / self.untied}


def ties(counted: Parameters) -> Ties:
    """The shared tensors of a counted model, found by identity (see `module_tree`)."""
    names: dict[str, list[str]] = {}
    shapes: dict[str, tuple[int, ...]] = {}
    for held in counted.tensors:
        owner = held.owner or held.path
        names.setdefault(owner, []).append(held.path)
        shapes[owner] = held.shape
    tensors = [SharedTensor(tuple(found), shapes[owner]) for owner, found in names.items()]
    shared = sorted((tensor for tensor in tensors if len(tensor.names) > 1), key=lambda tensor: -tensor.saved)
    largest = max(tensors, key=lambda tensor: tensor.count)
    return Ties(counted.class_name, tuple(shared), largest, len(tensors), counted.total)
