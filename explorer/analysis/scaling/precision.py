"""The same head in float32, bfloat16, float16 and with int8 weights: what overflows, and how many digits are left."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.analysis.info import Message, each_head
from explorer.capture.records import LayerCapture
from explorer.capture.rounded import FORMATS, OVERFLOW, first_overflow, products_in, quantised, scores_in
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel

# How large q·k is: as in the model, at the first overflow of float16, twice that.
GROWTHS = {"twice": 2.0, "first": 1.0, "own": 0.0}
ORDERS = ("after", "before")
ROUNDED = ("bfloat16", "float16", "int8")
# How many times larger q·k becomes, for the curve; and its lines: a format and the order of scaling.
TIMES = tuple(2.0**power for power in range(-2, 17))
LINES = {
    "bfloat16": ("bfloat16", False),
    "float16": ("float16", False),
    "float16_first": ("float16", True),
    "int8": ("int8", False),
}
# Of a long text so many tokens are looked at: ranks are sorted for every head.
READ = 128
# Logarithms of weights below this are those of the smallest number of float64.
_LEAST = -745.0


@dataclass(frozen=True, eq=False)
class _Head:
    """What scores are made of, of one head (Tq K …) or of all of a layer (H Tq K …)."""

    q: Tensor
    k: Tensor
    factor: float
    visible: Tensor
    bias: Tensor | None

    @classmethod
    def of(cls, layer: LayerCapture, n: int, head: int | slice = slice(None)) -> "_Head":
        bias = None if layer.bias is None else layer.bias[0, head, :n, :n]
        q, k = layer.q[0, head, :n], layer.k[0, head, :n]
        return cls(q, k, layer.factor, layer.visible[0, head, :n, :n], bias)

    def scores(self, name: str, scale_first: bool = False, times: float = 1.0) -> Tensor:
        return scores_in(
            self.q, self.k, self.factor, FORMATS[name], scale_first, times=times, bias=self.bias, visible=self.visible
        )


@dataclass(frozen=True, eq=False)
class Formats:
    """One head in each format. order: "after": (q·k)·factor, "before": (q·factor)·k. times: by how much q·k has grown.

    weights: format → queries x keys, NaN in the rows that float16 has lost. measures: format → name of `MEASURES`.
    largest: format → largest |q·k| before softmax and before any later factor, inf where it overflows.
    difference: of the float32 weights, not grown, to those of the layer.
    """

    layer: int
    head: int
    tokens: tuple[str, ...]
    factor: float
    order: str
    times: float
    weights: dict[str, np.ndarray]
    largest: dict[str, float]
    measures: dict[str, dict[str, float]]
    difference: float

    def table(self) -> pd.DataFrame:
        """One row for each format."""
        return pd.DataFrame(
            [
                {"format": name, "q·k times": self.times, "scaled": self.order, "largest |q·k|": self.largest[name]}
                | {unit: self.measures[name][measure] for measure, unit in MEASURES.items()}
                for name in FORMATS
            ]
        )

    def reading(self) -> Message:
        """What float16 loses to overflow, else how many digits are left."""
        n = len(self.tokens)
        facts: dict[str, object] = {"layer": self.layer, "head": self.head, "times": self.times, "n": n}
        facts |= {"largest": self.largest["float32"], "rows": int(self.measures["float16"]["lost"])}
        facts["step"] = spacing(self.largest["bfloat16"])
        for name in FORMATS:
            facts |= {f"{name}_{measure}": self.measures[name][measure] for measure in ("kl", "distinct")}
        if self.measures["float16"]["lost"]:
            return "precision.reading.lost", facts
        if not math.isfinite(self.largest["float16"]):
            return "precision.reading.silent", facts
        return f"precision.reading.{'own' if self.times == 1 else 'held'}", facts


MEASURES = {
    "infinite": "infinite scores",
    "lost": "rows without weights (NaN)",
    "distinct": "different scores",
    "kl": "mean KL of the weights from float32's, nats",
    "ranks": "changed ranks",
    "cells": "ranks",
}


@dataclass(frozen=True, eq=False)
class ScaleFirst:
    """Why kernels scale q first, on the pair of tokens with the head's largest |q·k|.

    predicted, seen: order → by how much q·k may grow until float16 overflows: 65,520 / |q·k|, and found by trying.
    times: a little more than the seen one of "after". products, scores: order → what float16 holds of this pair there.
    """

    layer: int
    head: int
    query: str
    key: str
    d_head: int
    factor: float
    product: float
    times: float
    predicted: dict[str, float]
    seen: dict[str, float]
    products: dict[str, float]
    scores: dict[str, float]

    def table(self) -> pd.DataFrame:
        """One row for each order."""
        columns = {"first overflow, predicted": self.predicted, "first overflow, seen": self.seen}
        columns |= {"float16 product": self.products, "float16 score": self.scores}
        return pd.DataFrame(
            [
                {"scaled": order, "q·k": self.product, "factor": self.factor, "q·k times": self.times}
                | {name: found[order] for name, found in columns.items()}
                for order in ORDERS
            ]
        )

    def reading(self) -> Message:
        """Both overflows, predicted and seen."""
        facts: dict[str, object] = {"query": self.query, "key": self.key, "product": self.product, "d": self.d_head}
        if not all(map(math.isfinite, self.seen.values())):
            return "precision.first.never", {}
        facts |= {f"{order}_predicted": self.predicted[order] for order in ORDERS}
        facts |= {order: self.seen[order] for order in ORDERS} | {"score": self.scores["before"]}
        facts["factor"] = self.factor
        root = math.isclose(self.factor, self.d_head**-0.5, rel_tol=1e-4)
        return f"precision.first.{'none' if self.factor == 1 else 'reading' if root else 'factor'}", facts


@dataclass(frozen=True, eq=False)
class OverGrowth:
    """kl: line of `LINES` → mean KL from float32's weights, nats, at each of `TIMES`; NaN once a row is lost."""

    layer: int
    head: int
    kl: dict[str, tuple[float, ...]]

    def table(self) -> pd.DataFrame:
        """One row for each size of q·k."""
        columns = {f"mean KL from float32, nats, {name}": values for name, values in self.kl.items()}
        return pd.DataFrame({"q·k times": TIMES} | columns)

    def reading(self) -> Message:
        """The distances as the model is, the largest of bfloat16, and where float16 ends."""
        own = TIMES.index(1.0)
        if any(math.isnan(self.kl[name][own]) for name in ROUNDED):
            return "precision.growth.over", {}
        worst = int(np.argmax(self.kl["bfloat16"]))
        facts: dict[str, object] = {name: self.kl[name][own] for name in ROUNDED}
        facts |= {"worst": self.kl["bfloat16"][worst], "peak": TIMES[worst]}
        ended = next((x for x, kl in zip(TIMES, self.kl["float16"], strict=True) if math.isnan(kl)), None)
        return f"precision.growth.{'whole' if ended is None else 'reading'}", facts | {"end": ended}


@dataclass(frozen=True, eq=False)
class PrecisionMap:
    """Every head in one format, as the model has it: mean KL from float32's weights, and ranks of keys that change.

    kl, ranks: layers x heads. cells: ranks that a head has, all rows together.
    """

    format: str
    kl: np.ndarray
    ranks: np.ndarray
    cells: int

    def table(self) -> pd.DataFrame:
        """One row for each head."""
        columns = {MEASURES["kl"]: self.kl.ravel(), MEASURES["ranks"]: self.ranks.ravel()}
        return pd.DataFrame(
            {**each_head(*self.kl.shape), "format": self.format, **columns, MEASURES["cells"]: self.cells}
        )

    def reading(self) -> Message:
        """The head that moves most beside the typical one, and how many ranks change."""
        layer, head = divmod(int(self.kl.argmax()), self.kl.shape[1])
        facts: dict[str, object] = {"format": self.format, "layer": layer, "head": head, "n": int(self.kl.size)}
        facts |= {"most": float(self.kl[layer, head]), "typical": float(np.median(self.kl))}
        facts |= {"share": float(self.ranks.sum() / (self.cells * self.kl.size)), "kept": int((self.ranks == 0).sum())}
        return "precision.heads.reading", facts


def formats(scene: Scene, number: int, head: int, order: str, growth: str) -> Formats:
    """One head of a layer in every format, its q·k as large as `growth` says, among the first `READ` tokens.

    Raises:
        NotInThisModel: for cross attention.
    """
    heads, layer = _both(scene, number, head)
    own, n, first = heads["float32"], scene.encoded.n_tokens, order == "before"
    times = GROWTHS[growth] * first_overflow(own.q, own.k, own.factor, False, own.visible) if GROWTHS[growth] else 1.0
    times = times if math.isfinite(times) else 1.0
    scores = {name: heads[name].scores(name, first, times) for name in FORMATS}
    largest = {
        name: float(products_in(at.q, at.k, at.factor, FORMATS[name], first, times)[at.visible].abs().max())
        for name, at in heads.items()
    }
    return Formats(
        layer=number,
        head=head,
        tokens=scene.encoded.tokens[:READ],
        factor=own.factor,
        order=order,
        times=times,
        weights={name: s.softmax(-1).cpu().numpy() for name, s in scores.items()},
        largest=largest,
        measures={name: _measures(scores["float32"], s, own.visible) for name, s in scores.items()},
        difference=float(
            (_Head.of(layer, n, head).scores("float32").softmax(-1) - layer.probs[0, head, :n, :n]).abs().max()
        ),
    )


def scale_first(scene: Scene, number: int, head: int) -> ScaleFirst:
    """The first overflow of one head in both orders.

    Raises:
        NotInThisModel: for cross attention.
    """
    at = _both(scene, number, head, ())[0]["float32"]
    product = (at.q @ at.k.mT).masked_fill(~at.visible, 0)
    row, column = divmod(int(product.abs().argmax()), product.shape[1])
    most = float(product[row, column].abs())
    seen = {order: first_overflow(at.q, at.k, at.factor, order == "before", at.visible) for order in ORDERS}
    # Past what rounding q and k may do, so that it is this pair that has overflowed and no close second alone.
    times = seen["after"] * (1 + 2**-8) if math.isfinite(seen["after"]) else 1.0
    half = torch.float16
    products = {order: products_in(at.q, at.k, at.factor, half, order == "before", times) for order in ORDERS}
    scores = {order: scores_in(at.q, at.k, at.factor, half, order == "before", times=times) for order in ORDERS}
    return ScaleFirst(
        layer=number,
        head=head,
        query=scene.encoded.tokens[row],
        key=scene.encoded.tokens[column],
        d_head=at.q.shape[-1],
        factor=at.factor,
        product=float(product[row, column]),
        times=times,
        predicted={
            "after": OVERFLOW / most if most else math.inf,
            "before": OVERFLOW / (most * at.factor) if most else math.inf,
        },
        seen=seen,
        products={order: float(found[row, column]) for order, found in products.items()},
        scores={order: float(found[row, column]) for order, found in scores.items()},
    )


def over_growth(scene: Scene, number: int, head: int) -> OverGrowth:
    """The distance of each format's weights from float32's while q·k grows.

    Raises:
        NotInThisModel: for cross attention.
    """
    heads, _ = _both(scene, number, head)
    own = heads["float32"]
    kl: dict[str, list[float]] = {line: [] for line in LINES}
    for times in TIMES:
        right = own.scores("float32", times=times)
        for line, (name, first) in LINES.items():
            rows = _distance(right, heads[name].scores(name, first, times))
            kl[line].append(float(rows.mean()))
    return OverGrowth(number, head, {line: tuple(values) for line, values in kl.items()})


def precision_map(scene: Scene, name: str) -> PrecisionMap:
    """Every head in one format, as the model has it, among the first `READ` tokens.

    Raises:
        NotInThisModel: for cross attention.
    """
    _require_square(scene)
    n, kl, ranks, cells = min(scene.encoded.n_tokens, READ), list[Tensor](), list[Tensor](), 0
    for layer in scene.layers():
        own = _Head.of(layer, n)
        changed = _Head.of(quantised(scene, layer.layer), n) if name == "int8" else own
        right, found = own.scores("float32"), changed.scores(name)
        kl.append(_distance(right, found).nanmean(-1))
        ranks.append(_moved(right, found, own.visible).sum((-1, -2)))
        cells = int(own.visible[0].sum())
    return PrecisionMap(name, torch.stack(kl).cpu().numpy(), torch.stack(ranks).cpu().numpy(), cells)


def spacing(size: float, digits: int = 8) -> float:
    """How far apart two neighbouring numbers are at this size; digits: binary ones, 8 in bfloat16, 11 in float16."""
    return float(2.0 ** (math.floor(math.log2(size)) + 1 - digits)) if 0 < size < math.inf else 0.0


def _both(
    scene: Scene, number: int, head: int, names: tuple[str, ...] = ("int8",)
) -> tuple[dict[str, _Head], LayerCapture]:
    """Format → what the head's scores are made of; and the layer as it is."""
    _require_square(scene)
    layer, n = scene.layer(number), min(scene.encoded.n_tokens, READ)
    own = _Head.of(layer, n, head)
    changed = {name: _Head.of(quantised(scene, number), n, head) for name in names}
    return {name: changed.get(name, own) for name in FORMATS}, layer


def _require_square(scene: Scene) -> None:
    if scene.keys is not scene.encoded:
        raise NotInThisModel(model=scene.handle.config.model_type, reason="cross_square")


def _distance(right: Float[Tensor, "... n"], found: Float[Tensor, "... n"]) -> Float[Tensor, "..."]:
    """KL(right ‖ found) of each row's softmax, in float64; NaN where a row has no weights."""
    a, b = right.double().log_softmax(-1), found.double().log_softmax(-1)
    # An overflow below zero is a weight of 0 and no lost row.
    each = torch.where(a > _LEAST, a.exp() * (a.clamp_min(_LEAST) - b.clamp_min(_LEAST)), 0)
    return (each + 0 * b.isnan()).sum(-1).clamp_min(0).where(~b.isnan().any(-1), math.nan)


def _ranks(scores: Float[Tensor, "... n"]) -> Tensor:
    """How many keys of the row have a larger score; equal ones share a rank."""
    ordered = scores.sort(-1).values
    return scores.shape[-1] - torch.searchsorted(ordered, scores.contiguous(), right=True)


def _moved(
    right: Float[Tensor, "... n"], found: Float[Tensor, "... n"], visible: Bool[Tensor, "... n"]
) -> Bool[Tensor, "... n"]:
    """Keys whose rank in the row is another one; in a row without weights none has one."""
    lost = found.softmax(-1).isnan().any(-1, keepdim=True)
    return ((_ranks(right) != _ranks(found)) | lost) & visible


def _measures(
    right: Float[Tensor, "T n"], found: Float[Tensor, "T n"], visible: Bool[Tensor, "T n"]
) -> dict[str, float]:
    kl, seen = _distance(right, found), found[visible]
    return {
        "infinite": float(seen.isinf().sum()),
        "lost": float(kl.isnan().sum()),
        "distinct": float(seen.unique().numel()),
        "kl": float(kl.nanmean()) if not bool(kl.isnan().all()) else math.nan,
        "ranks": float(_moved(right, found, visible).sum()),
        "cells": float(visible.sum()),
    }
