"""What the first layer sees: word + position + segment, their LayerNorm, and the same sum as one matrix product."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.records import Capture
from explorer.models.handle import ModelHandle

PARTS = ("word", "position", "segment")


@dataclass(frozen=True, eq=False)
class TokenSum:
    """The vectors of one token: the three look-ups, their sum, and the sum after LayerNorm."""

    token: str
    index: int
    word: Float[np.ndarray, " D"]
    position: Float[np.ndarray, " D"]
    segment: Float[np.ndarray, " D"]
    embedding_sum: Float[np.ndarray, " D"]
    embedding: Float[np.ndarray, " D"]

    @property
    def rows(self) -> dict[str, Float[np.ndarray, " D"]]:
        """The five vectors by name, in the order of the computation."""
        return {name: getattr(self, name) for name in (*PARTS, "embedding_sum", "embedding")}

    def table(self) -> pd.DataFrame:
        """One row for each component."""
        return pd.DataFrame({"dimension": np.arange(len(self.word)), **self.rows})

    def reading(self) -> Message:
        """The lengths of the three vectors and of their sum."""
        lengths = {name: float(np.linalg.norm(vector)) for name, vector in self.rows.items()}
        return "sum.reading.token", {"token": self.token, "index": self.index, **lengths}


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
            facts |= {f"mean_{name}": float(vector.mean()) + 0.0, f"variance_{name}": float(vector.var())}
        # A mean of -1e-10 would be printed as "-0.000".
        facts["mean_standard"] = abs(round(float(self.standard.mean()), 4))
        return "sum.reading.layernorm", facts


@dataclass(frozen=True)
class OneHot:
    """Concatenated one-hots times stacked tables, against the sum; and the joint one-hot, which is another thing.

    rows: of the stacked table, V + P + S. joint_rows: V · P · S; joint_bytes: of its table in float32.
    """

    difference: float
    rows: int
    joint_rows: int
    joint_bytes: int

    def table(self) -> pd.DataFrame:
        """The sizes and the difference."""
        return pd.DataFrame([vars(self)])

    def reading(self) -> Message:
        """Both sizes."""
        return "sum.reading.onehot", {
            "rows": self.rows,
            "joint": self.joint_rows,
            "gigabytes": self.joint_bytes / 1e9,
        }


def token_sum(seen: Capture, index: int) -> TokenSum:
    """The vectors of the token at this position."""
    at = {name: _row(getattr(seen, name), index) for name in (*PARTS, "embedding_sum")}
    return TokenSum(seen.encoded.tokens[index], index, **at, embedding=_row(seen.hidden[0], index))


def part_norms(seen: Capture) -> PartNorms:
    """Lengths and shares over all tokens of the text."""
    parts = {name: _rows(getattr(seen, name), seen) for name in PARTS}
    total = _rows(seen.embedding_sum, seen)
    centred = total - total.mean(0)
    variance = float((centred**2).sum()) or 1.0
    shares = {name: float(((part - part.mean(0)) * centred).sum()) / variance for name, part in parts.items()}
    b = seen.encoded.sentence_b
    segment = parts["segment"]
    change = None if b is None else float(np.linalg.norm(segment[b] - segment[0]))
    norms = {name: np.linalg.norm(part, axis=1) for name, part in parts.items()}
    return PartNorms(seen.encoded.tokens, norms, shares, change)


def normalised(handle: ModelHandle, seen: Capture, index: int) -> Normalised:
    """LayerNorm of the sum at this position, taken apart; γ and β are the model's."""
    norm = handle.base.get_submodule(handle.sites.embedding_norm)
    before, after = _row(seen.embedding_sum, index), _row(seen.hidden[0], index)
    standard = (before - before.mean()) / np.sqrt(before.var() + float(norm.eps))  # type: ignore[arg-type]
    return Normalised(seen.encoded.tokens[index], before, standard, after)


def one_hot(handle: ModelHandle, seen: Capture) -> OneHot:
    """Build the one-hots and the stacked table, multiply, and compare with the model's own sum."""
    dims = handle.dims
    product = one_hot_product(handle, seen)
    difference = float((product - seen.embedding_sum[0]).abs().max())  # type: ignore[index]
    joint = dims.n_vocab * dims.n_ctx * dims.n_segments
    return OneHot(difference, dims.n_vocab + dims.n_ctx + dims.n_segments, joint, joint * dims.d_model * 4)


def one_hot_product(handle: ModelHandle, seen: Capture) -> Float[Tensor, "T D"]:
    """[one-hot(word) | one-hot(position) | one-hot(segment)] times the three tables stacked; sparse, as it is."""
    names = (handle.sites.word, handle.sites.position, handle.sites.segment)
    tables = [handle.base.get_parameter(f"{name}.weight") for name in names]
    ids, segments = seen.encoded.ids[0], seen.encoded.segments[0]
    rows = torch.arange(len(ids), device=ids.device)
    columns = torch.cat([ids, len(tables[0]) + rows, len(tables[0]) + len(tables[1]) + segments])
    places, size = torch.stack([rows.repeat(3), columns]), (len(ids), sum(map(len, tables)))
    ones = torch.ones(len(columns), device=ids.device)
    with torch.no_grad():
        one_hots = torch.sparse_coo_tensor(places, ones, size, check_invariants=True)
        product: Tensor = torch.sparse.mm(one_hots, torch.cat(list[Tensor](tables)))
    return product


def _row(tensor: Tensor | None, index: int) -> Float[np.ndarray, " D"]:
    assert tensor is not None
    return np.asarray(tensor[0, index].float().cpu().numpy())


def _rows(tensor: Tensor | None, seen: Capture) -> Float[np.ndarray, "T D"]:
    assert tensor is not None
    return np.asarray(tensor[0, : seen.encoded.n_tokens].float().cpu().numpy())
