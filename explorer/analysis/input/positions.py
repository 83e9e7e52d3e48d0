"""Positions: the learned table, the sinusoidal one, and what the model does without or with another.

PE(p, 2i) = sin(p / 10000^(2i/d)), PE(p, 2i+1) = cos(p / 10000^(2i/d)): Vaswani et al. 2017, section 3.5.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.changes.positions import last_hidden
from explorer.capture.progress import expected
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle, part

# Rounding leaves differences below this; a model to which the order is visible, larger ones.
SEEN = 1e-3


@dataclass(frozen=True, eq=False)
class Tables:
    """The learned and the sinusoidal table, as they are, and the cosines between their rows."""

    learned: Float[np.ndarray, "P D"]
    sinusoidal: Float[np.ndarray, "P D"]
    learned_cosine: Float[np.ndarray, "P P"]
    sinusoidal_cosine: Float[np.ndarray, "P P"]

    @property
    def by_distance(self) -> dict[str, Float[np.ndarray, " P"]]:
        """Mean cosine of all pairs of positions that stand so far apart."""
        both = {"learned": self.learned_cosine, "sinusoidal": self.sinusoidal_cosine}
        n = len(self.learned)
        return {name: np.array([cosine.diagonal(step).mean() for step in range(n)]) for name, cosine in both.items()}

    def table(self) -> pd.DataFrame:
        """One row for each distance."""
        means = {f"mean cosine, {name}": values for name, values in self.by_distance.items()}
        return pd.DataFrame({"distance in positions": np.arange(len(self.learned)), **means})

    def reading(self) -> Message:
        """Cosine of neighbours and of positions 50 apart, in both tables."""
        far = min(50, len(self.learned) - 1)
        facts: dict[str, object] = {"far": far}
        for name, values in self.by_distance.items():
            facts |= {f"{name}_near": float(values[min(1, far)]), f"{name}_far": float(values[far])}
        return "positions.reading.tables", facts


@dataclass(frozen=True, eq=False)
class Wave:
    """One dimension of the sinusoid over all positions. wavelength: in positions."""

    position: int
    dimension: int
    values: Float[np.ndarray, " P"]
    wavelength: float

    def table(self) -> pd.DataFrame:
        """One row for each position."""
        return pd.DataFrame({"position": np.arange(len(self.values)), "value": self.values})

    def reading(self) -> Message:
        """The value at the chosen place and the wavelength."""
        kind = "cos" if self.dimension % 2 else "sin"
        facts = {"position": self.position, "dimension": self.dimension, "wavelength": self.wavelength}
        return "positions.reading.wave", {**facts, "kind": kind, "value": float(self.values[self.position])}


@dataclass(frozen=True, eq=False)
class Shuffle:
    """Each word's output before and after the words were shuffled: cosine by word, largest difference over all.

    Without a position table the order may still be seen: a causal mask tells the first word from the last.
    """

    tokens: tuple[str, ...]
    order: tuple[int, ...]
    with_positions: Float[np.ndarray, " T"]
    without_positions: Float[np.ndarray, " T"]
    difference_with: float
    difference_without: float

    def table(self) -> pd.DataFrame:
        """One row for each token, in the order of the text."""
        return pd.DataFrame(
            {
                "position": np.arange(len(self.tokens)),
                "token": self.tokens,
                "position after shuffling": np.argsort(self.order),
                "cosine with positions": self.with_positions,
                "cosine without positions": self.without_positions,
            }
        )

    def reading(self) -> Message:
        """Both largest differences; over the words that have moved how alike their outputs stayed with positions."""
        facts: dict[str, object] = {
            "with_positions": self.difference_with,
            "without_positions": self.difference_without,
        }
        moved = np.array(self.order) != np.arange(len(self.order))
        if not moved.any():
            return "positions.reading.shuffle.one", facts
        facts["cosine"] = float(self.with_positions[moved].mean())
        facts["bare_cosine"] = float(self.without_positions[moved].mean())
        return f"positions.reading.shuffle{'' if self.difference_without < SEEN else '.seen'}", facts


@dataclass(frozen=True, eq=False)
class Swapped:
    """Outputs with another table against the model's own: cosine of each token, by the name of the table.

    others: mean cosine of two different tokens' outputs under the model's own table; nan for one token.
    """

    tokens: tuple[str, ...]
    cosine: dict[str, Float[np.ndarray, " T"]]
    others: float = float("nan")

    def table(self) -> pd.DataFrame:
        """One row for each token."""
        columns = {f"cosine, {name}": values for name, values in self.cosine.items()}
        return pd.DataFrame({"position": np.arange(len(self.tokens)), "token": self.tokens, **columns})

    def reading(self) -> Message:
        """The means over the tokens, beside what two different tokens have."""
        means: dict[str, object] = {name: float(values.mean()) for name, values in self.cosine.items()}
        return "positions.reading.swap", means | {"others": self.others}


def sinusoid(n_positions: int, d_model: int) -> Float[Tensor, "P D"]:
    """The table of the original Transformer; sines and cosines take turns along the dimensions."""
    pair = torch.arange(d_model, dtype=torch.float64) // 2
    angle = torch.arange(n_positions, dtype=torch.float64)[:, None] / 10_000 ** (2 * pair / d_model)
    odd = torch.arange(d_model) % 2 == 1
    table: Tensor = torch.where(odd, angle.cos(), angle.sin())
    return table.float()


def learned(handle: ModelHandle) -> Float[Tensor, "P D"]:
    """The model's own position vectors, from the one of a text's first token to that of the last it reads.

    Raises:
        NotInThisModel: where the order of the words is known in another way.
    """
    found = part(handle.base, handle.sites.position)
    if found is None or handle.sites.order == "both":
        raise NotInThisModel(model=handle.config.model_type, reason=f"order_{handle.sites.order}")
    first = handle.dims.first_row
    return found.get_parameter("weight").detach()[first : first + handle.dims.n_ctx]


def _sinusoid_of(handle: ModelHandle) -> Float[Tensor, "P D"]:
    return sinusoid(*learned(handle).shape)


def _scaled(handle: ModelHandle) -> Float[Tensor, "P D"]:
    """Rows of the sinusoid made as long as the learned ones are in the mean: the direction alone is then foreign."""
    own, waves = learned(handle), _sinusoid_of(handle)
    scaled: Tensor = waves * (own.norm(dim=1).mean().cpu() / waves.norm(dim=1, keepdim=True))
    return scaled


# Tables for a run, by name; None is the model as it is.
TABLES: dict[str, Callable[[ModelHandle], Tensor | None]] = {
    "model": lambda handle: None,
    "none": lambda handle: torch.zeros_like(learned(handle)),
    "scaled": _scaled,
    "sinusoidal": _sinusoid_of,
}


def tables(handle: ModelHandle) -> Tables:
    """Both tables and the cosines within each."""
    own, waves = learned(handle).float().cpu(), _sinusoid_of(handle)
    return Tables(own.numpy(), waves.numpy(), _cosines(own), _cosines(waves))


def wave(handle: ModelHandle, position: int, dimension: int) -> Wave:
    """One dimension of the sinusoid of the model's size."""
    table = _sinusoid_of(handle)
    wavelength = 2 * math.pi * 10_000 ** (2 * (dimension // 2) / handle.dims.d_model)
    return Wave(position, dimension, table[:, dimension].numpy(), wavelength)


def shuffled(encoded: Encoded, seed: int) -> tuple[int, ...]:
    """An order of the tokens in which the words have changed places; special tokens stay where they are."""
    inner = [at for at, special in enumerate(encoded.special) if not special]
    mixed = np.random.default_rng(seed).permutation(inner)
    if len(inner) > 1 and (mixed == inner).all():
        mixed = np.roll(mixed, 1)
    order = np.arange(encoded.n_tokens)
    order[inner] = mixed
    return tuple(order.tolist())


def shuffle(scene: Scene, seed: int) -> Shuffle:
    """Put the outputs of the shuffled text back in order and compare: with the model's positions, and without any."""
    encoded, order = scene.encoded, shuffled(scene.encoded, seed)
    back, moved = np.argsort(order).tolist(), list(order)
    found = []
    with expected(4 * scene.handle.dims.n_layers):
        for name in ("model", "none"):
            table = TABLES[name](scene.handle)
            own, mixed = (last_hidden(scene.handle, encoded, table, places)[0] for places in (None, moved))
            found.append(_compared(own, mixed[back]))
    cosines, differences = zip(*found, strict=True)
    return Shuffle(encoded.tokens, order, cosines[0], cosines[1], differences[0], differences[1])


def _compared(a: Float[Tensor, "T D"], b: Float[Tensor, "T D"]) -> tuple[Float[np.ndarray, " T"], float]:
    return torch.cosine_similarity(a, b, dim=-1).cpu().numpy(), float((a - b).abs().max())


def swapped(scene: Scene, names: Sequence[str]) -> Swapped:
    """Cosine of each token's output under these tables (see `TABLES`) with its output under the model's own."""
    with expected((len(names) + 1) * scene.handle.dims.n_layers):
        own, *others = (
            last_hidden(scene.handle, scene.encoded, TABLES[name](scene.handle))[0] for name in ("model", *names)
        )
    cosine = {
        name: torch.cosine_similarity(own, out, dim=-1).cpu().numpy() for name, out in zip(names, others, strict=True)
    }
    unit, n = torch.nn.functional.normalize(own.double(), dim=-1), len(own)
    strangers = float(((unit @ unit.T).sum() - n) / (n * (n - 1))) if n > 1 else float("nan")
    return Swapped(scene.encoded.tokens, cosine, strangers)


def _cosines(table: Float[Tensor, "P D"]) -> Float[np.ndarray, "P P"]:
    unit = torch.nn.functional.normalize(table, dim=1)
    return np.asarray((unit @ unit.T).numpy())
