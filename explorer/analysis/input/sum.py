"""What the first layer sees: word + position + segment, their LayerNorm, and the same sum as one matrix product."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.records import Capture
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel
from explorer.models.handle import part

PARTS = ("word", "position", "segment")


@dataclass(frozen=True, eq=False)
class TokenSum:
    """The vectors of one token: the look-ups, their sum, and the sum after LayerNorm; None: not in this model."""

    token: str
    index: int
    word: Float[np.ndarray, " D"]
    position: Float[np.ndarray, " D"] | None
    segment: Float[np.ndarray, " D"] | None
    embedding_sum: Float[np.ndarray, " D"]
    embedding: Float[np.ndarray, " D"] | None

    @property
    def rows(self) -> dict[str, Float[np.ndarray, " D"]]:
        """The vectors that this model has, by name, in the order of the computation."""
        names = (*PARTS, "embedding_sum", "embedding")
        return {name: vector for name in names if (vector := getattr(self, name)) is not None}

    def table(self) -> pd.DataFrame:
        """One row for each component."""
        return pd.DataFrame({"dimension": np.arange(len(self.word)), **self.rows})

    def reading(self) -> Message:
        """The lengths of the three vectors and of their sum."""
        lengths = {name: float(np.linalg.norm(vector)) for name, vector in self.rows.items()}
        facts: dict[str, object] = {"token": self.token, "index": self.index, **lengths}
        if self.position is None:
            return "sum.reading.token.no_position", facts
        if self.embedding is None:
            return "sum.reading.token.no_norm", facts
        return f"sum.reading.token{'' if self.segment is not None else '.no_segment'}", facts


@dataclass(frozen=True, eq=False)
class PartNorms:
    """Length of each part for every token, and how much of the differences between tokens each part explains.

    shares: Σ_d Cov(part_d, sum_d) / Σ_d Var(sum_d) over the tokens; they add up to 1, and one can be negative where a
        part works against the others.
    segment_change: length of (segment B - segment A); None without a second text.
    """

    tokens: tuple[str, ...]
    norms: dict[str, Float[np.ndarray, " T"]]
    shares: dict[str, float]
    segment_change: float | None

    def table(self) -> pd.DataFrame:
        """One row for each token."""
        lengths = {f"length of {name} vector": values for name, values in self.norms.items()}
        return pd.DataFrame({"position": np.arange(len(self.tokens)), "token": self.tokens, **lengths})

    def reading(self) -> Message:
        """The shares, and for a pair what separates its two texts."""
        if set(self.shares) != set(PARTS):
            return f"sum.reading.shares.no_{'segment' if 'position' in self.shares else 'position'}", dict(self.shares)
        if self.segment_change is None:
            return "sum.reading.shares", dict(self.shares)
        return "sum.reading.shares_pair", {**self.shares, "change": self.segment_change}


@dataclass(frozen=True, eq=False)
class Normalised:
    """LayerNorm of one token in its two steps: to mean 0 and variance 1, then times γ plus β."""

    token: str
    before: Float[np.ndarray, " D"]
    standard: Float[np.ndarray, " D"]
    after: Float[np.ndarray, " D"]

    @property
    def steps(self) -> dict[str, Float[np.ndarray, " D"]]:
        """The vectors by name."""
        return {"before": self.before, "standard": self.standard, "after": self.after}

    def table(self) -> pd.DataFrame:
        """One row for each component."""
        return pd.DataFrame({"dimension": np.arange(len(self.before)), **self.steps})

    def reading(self) -> Message:
        """Mean and variance before, between and after."""
        facts: dict[str, object] = {"token": self.token}
        for name, vector in self.steps.items():
            facts |= {f"mean_{name}": float(vector.mean()), f"variance_{name}": float(vector.var())}
        return "sum.reading.layernorm", facts


@dataclass(frozen=True)
class OneHot:
    """Concatenated one-hots times stacked tables, against the sum; and the joint one-hot, which is another thing.

    tables: how many are stacked. rows: of the stacked table, V + P + S. joint_rows: V · P · S; joint_bytes:
        of its table in float32.
    """

    difference: float
    rows: int
    joint_rows: int
    joint_bytes: int
    tables: int = 3

    def table(self) -> pd.DataFrame:
        """The sizes and the difference."""
        return pd.DataFrame([vars(self)])

    def reading(self) -> Message:
        """Both sizes."""
        return "sum.reading.onehot" if self.tables == 3 else "sum.reading.onehot.two", {
            "rows": self.rows,
            "joint": self.joint_rows,
            "size": self.joint_bytes,
        }


def token_sum(scene: Scene, index: int) -> TokenSum:
    """The vectors of the token at this position.

    Raises:
        NotInThisModel: where the first layer reads the word's vector alone.
    """
    seen = scene.capture()
    _parts(seen)
    names = (*PARTS, "embedding_sum", "embedding")
    at: dict[str, Any] = {
        name: None if getattr(seen, name) is None else _row(getattr(seen, name), index) for name in names
    }
    return TokenSum(seen.encoded.tokens[index], index, **at)


def _parts(seen: Capture) -> dict[str, Tensor]:
    """The look-ups that are added up in this model; more than one.

    Raises:
        NotInThisModel: where there is one.
    """
    found = {name: tensor for name in PARTS if (tensor := getattr(seen, name)) is not None}
    if len(found) < 2 or seen.embedding_sum is None:
        raise NotInThisModel(model=seen.spec.source, reason="sum_word_only")
    return found


def part_norms(scene: Scene) -> PartNorms:
    """Lengths and shares over all tokens of the text."""
    seen = scene.capture()
    parts = {name: _rows(tensor, seen) for name, tensor in _parts(seen).items()}
    total = _rows(seen.embedding_sum, seen)
    centred = total - total.mean(0)
    variance = float((centred**2).sum()) or 1.0
    shares = {name: float(((part - part.mean(0)) * centred).sum()) / variance for name, part in parts.items()}
    b = seen.encoded.sentence_b
    segment = parts.get("segment")
    change = None if b is None or segment is None else float(np.linalg.norm(segment[b] - segment[0]))
    norms = {name: np.linalg.norm(part, axis=1) for name, part in parts.items()}
    return PartNorms(seen.encoded.tokens, norms, shares, change)


def normalised(scene: Scene, index: int) -> Normalised:
    """LayerNorm of the sum at this position, taken apart; γ and β are the model's."""
    handle, seen = scene.handle, scene.capture()
    norm = part(handle.base, handle.sites.embedding_norm)
    if norm is None or seen.embedding is None:
        raise NotInThisModel(model=handle.config.model_type, reason="no_embedding_norm")
    before, after = _row(seen.embedding_sum, index), _row(seen.embedding, index)
    eps = getattr(norm, "eps", getattr(norm, "variance_epsilon", 0.0))
    standard = (before - before.mean()) / np.sqrt(before.var() + float(eps))
    return Normalised(seen.encoded.tokens[index], before, standard, after)


def one_hot(scene: Scene) -> OneHot:
    """Build the one-hots and the stacked table, multiply, and compare with the model's own sum."""
    product = one_hot_product(scene)
    difference = float((product - scene.capture().embedding_sum[0]).abs().max())  # type: ignore[index]
    rows = [len(table) for table in tables(scene).values()]
    joint = math.prod(rows)
    return OneHot(difference, sum(rows), joint, joint * product.shape[1] * 4, len(rows))


def tables(scene: Scene) -> dict[str, Tensor]:
    """The tables whose rows are added up, as long as they are used."""
    handle, names = scene.handle, list(_parts(scene.capture()))
    found: dict[str, Tensor] = {}
    for name in names:
        found[name] = handle.base.get_parameter(f"{getattr(handle.sites, name)}.weight")
    if "position" in found:
        found["position"] = found["position"][-handle.dims.n_ctx :]  # RoBERTa's first rows stand for padding
    return found


def one_hot_product(scene: Scene) -> Float[Tensor, "T D"]:
    """[one-hot(word) | one-hot(position) | one-hot(segment)] times the tables stacked; sparse, as it is."""
    found = tables(scene)
    ids, segments = scene.encoded.ids[0], scene.encoded.segments[0]
    rows = torch.arange(len(ids), device=ids.device)
    picked = {"word": ids, "position": rows, "segment": segments}
    starts = dict(zip(found, np.cumsum([0, *map(len, found.values())]).tolist(), strict=False))
    stacked, columns = list(found.values()), torch.cat([starts[name] + picked[name] for name in found])
    places, size = torch.stack([rows.repeat(len(found)), columns]), (len(ids), sum(map(len, stacked)))
    ones = torch.ones(len(columns), device=ids.device)
    with torch.no_grad():
        one_hots = torch.sparse_coo_tensor(places, ones, size, check_invariants=True)
        product: Tensor = torch.sparse.mm(one_hots, torch.cat(stacked))
    return product


def _row(tensor: Tensor | None, index: int) -> Float[np.ndarray, " D"]:
    assert tensor is not None
    return np.asarray(tensor[0, index].float().cpu().numpy())


def _rows(tensor: Tensor | None, seen: Capture) -> Float[np.ndarray, "T D"]:
    assert tensor is not None
    return np.asarray(tensor[0, : seen.encoded.n_tokens].float().cpu().numpy())
