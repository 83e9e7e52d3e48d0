"""One attention weight from its first number to its last effect: every step of a head, for one query and one key.

Vaswani et al. 2017, equation 1 and section 3.2.2. All vectors are the model's own; the chain is computed once more from
q, k and v, and compared with what the model's layer has produced.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.attention import masked_scores
from explorer.capture.records import Capture, LayerCapture
from explorer.capture.scene import Scene
from explorer.models.handle import ModelHandle

# name of the step → formula, the line of PyTorch
LINES = {
    "project": (r"q_i = W_Q x_i + b_Q, \quad k_j = W_K x_j + b_K", "q = query(x).view(T, H, d_head)[:, h]"),
    "product": (r"q_i \odot k_j", "product = q[i] * k[j]"),
    "sum": (r"q_i \cdot k_j = \sum_{m} q_{im}\, k_{jm}", "dot = (q[i] * k[j]).sum()"),
    "scale": (r"s_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_{head}}}", "score = dot * d_head**-0.5"),
    "mask": (r"s_{ij} + M_{ij}", "scores = scores + mask"),
    "softmax": (r"a_{ij} = \frac{e^{s_{ij}}}{\sum_{m} e^{s_{im}}}", "probs = scores.softmax(-1)"),
    "value": (r"a_{ij}\, v_j", "probs[i, j] * v[j]"),
    "context": (r"c_i = \sum_j a_{ij}\, v_j", "context = probs @ v"),
    "concat": (r"c_i = [c_i^{0}; \dots; c_i^{H-1}]", "context = context.transpose(0, 1).flatten(1)"),
    "output": (r"W_O\, c_i + b_O", "attn_out = dense(context)"),
}
NAMES = tuple(LINES)

# The scale step: divided by √d (most), multiplied by another factor, not at all and with a learned number for the
# distance added (T5, in cross attention without it), divided and with such a number (MPNet), or with further terms for
# the distance (XLNet, DeBERTa).
Scaling = Literal["root", "factor", "none", "bias", "relative", "both"]
SCALE_LINES: dict[Scaling, tuple[str, str]] = {
    "root": LINES["scale"],
    "factor": (r"s_{ij} = f \cdot (q_i \cdot k_j)", "score = dot * factor"),
    "none": (r"s_{ij} = q_i \cdot k_j", "score = dot"),
    "bias": (r"s_{ij} = q_i \cdot k_j + b_{j-i}", "score = dot + position_bias[i, j]"),
    "relative": (r"s_{ij} = f \cdot (q_i \cdot k_j + r_{ij})", "score = (dot + relative[i, j]) * factor"),
    "both": (
        r"s_{ij} = \frac{q_i \cdot k_j}{\sqrt{d_{head}}} + b_{j-i}",
        "score = dot * d_head**-0.5 + position_bias[i, j]",
    ),
}


@dataclass(frozen=True, eq=False)
class Strip:
    """One vector; role: whose colour its name has; marked: the part [from, to) that the step is about."""

    name: str
    role: str
    values: Float[np.ndarray, " N"]
    marked: tuple[int, int] | None = None


@dataclass(frozen=True, eq=False)
class Step:
    """formula: LaTeX; shape and code as in PyTorch; equation: the step with its numbers, empty for long vectors."""

    name: str
    formula: str
    shape: str
    code: str
    strips: tuple[Strip, ...]
    equation: str = ""


@dataclass(frozen=True, eq=False)
class HeadChain:
    """The steps for one query and one key; difference: the largest to the model's own output, over the whole layer.

    tokens: of the text that asks; keys: of the one that is looked at, in cross attention another. scaling: what this
        architecture does at the scale step, see `Scaling`. n_visible: how many keys the query may look at. masked:
        whether this one is not among them; its score is then no number to show.
    """

    layer: int
    head: int
    query: int
    key: int
    tokens: tuple[str, ...]
    score: float
    weight: float
    steps: tuple[Step, ...]
    difference: float
    keys: tuple[str, ...]
    scaling: Scaling = "root"
    n_visible: int = 0
    masked: bool = False

    def table(self) -> pd.DataFrame:
        """Every number of every step."""
        rows = [
            {"step": number, "name": step.name, "vector": strip.name, "index": index, "value": float(value)}
            for number, step in enumerate(self.steps, 1)
            for strip in step.strips
            for index, value in enumerate(strip.values)
        ]
        return pd.DataFrame(rows)

    def reading(self) -> Message:
        """The score and the weight that came of it, or that the mask forbids this key."""
        facts: dict[str, object] = {"query": self.tokens[self.query], "key": self.keys[self.key]}
        if self.masked:
            return "steps.reading.masked", facts
        even = 1 / (self.n_visible or len(self.keys))
        return "steps.reading", facts | {"score": self.score, "weight": self.weight, "even": even}


def head_chain(scene: Scene, number: int, head: int, query: int, key: int) -> HeadChain:
    """The chain of one head of a layer for one query token i and one key token j."""
    handle, seen, layer = scene.handle, scene.capture(), scene.layer(number)
    n, d_head = seen.keys.n_tokens, layer.q.shape[-1]
    scores, visible = layer.scores[0, head, query, :n], layer.visible[0, head, query, :n]
    score, weight = float(scores[key]), float(layer.probs[0, head, query, key])
    strips = _strips(layer, head, query, key, n)
    dot = float(strips["product"][2].values.sum())
    shapes = dict.fromkeys(("project", "product", "value", "context"), f"[{d_head}]")
    shapes |= dict.fromkeys(("scale", "mask", "softmax"), f"[{n}]") | {"sum": "[]"}
    width = f"[{layer.attn_out.shape[-1]}]"
    shapes |= {"concat": f"[{layer.q.shape[1]} × {d_head}] → {width}", "output": width}
    bias = 0.0 if layer.bias is None else float(layer.bias[0, head, query, key])
    equations = {
        "sum": f"Σ = {dot:.4f}",
        "scale": _scaled(dot, layer.factor, bias),
        "mask": f"{score:.4f} + 0 = {score:.4f}" if bool(visible[key]) else f"{dot * layer.factor + bias:.4f} − ∞ = −∞",
        "softmax": f"a = {weight:.4f}",
    }
    steps = tuple(
        Step(name, formula, shapes[name], code, strips[name], equations.get(name, ""))
        for name, (formula, code) in (LINES | _own_lines(handle, layer)).items()
    )
    difference = chain_difference(handle, seen, layer)
    tokens, keys = seen.encoded.tokens, seen.keys.tokens
    return HeadChain(
        layer.layer, head, query, key, tokens, score, weight, steps, difference, keys, scaling(layer),
        n_visible=int(visible.sum()), masked=not bool(visible[key]),
    )  # fmt: skip


def scaling(layer: LayerCapture) -> Scaling:
    """What happens to q·k in this layer before the mask."""
    if layer.bias is not None:
        return "relative" if layer.bias_scaled else "bias" if layer.factor == 1 else "both"
    if layer.factor == 1:
        return "none"
    return "root" if abs(layer.factor - layer.q.shape[-1] ** -0.5) <= 1e-6 else "factor"


def _scaled(dot: float, factor: float, bias: float) -> str:
    """The scale step with its numbers; bias: what the model adds for the distance."""
    product = f"{dot:.4f} × {factor:.4f} = {dot * factor:.4f}"
    return product if bias == 0 else f"{dot:.4f} × {factor:.4f} + {bias:.4f} = {dot * factor + bias:.4f}"


def _own_lines(handle: ModelHandle, layer: LayerCapture) -> dict[str, tuple[str, str]]:
    """Formulas and lines that are others in this architecture."""
    found = {}
    if handle.sites.order == "rotary":
        found["project"] = (r"q_i = R_i W_Q x_i, \quad k_j = R_j W_K x_j", "q, k = rotate(query(x), key(x), positions)")
    elif handle.sites.order in ("bias", "relative", "both"):
        found["project"] = (r"q_i = W_Q x_i, \quad k_j = W_K x_j", LINES["project"][1])
    return found | {"scale": SCALE_LINES[scaling(layer)]}


def _strips(layer: LayerCapture, head: int, query: int, key: int, n: int) -> dict[str, tuple[Strip, ...]]:
    q, k, v = layer.q[0, head, query], layer.k[0, head, key], layer.v[0, head, key]
    d_head, visible = len(q), layer.visible[0, head, query, :n]
    weight = layer.probs[0, head, query, key]
    asks, offers, brings = Strip("q_i", "query", _np(q)), Strip("k_j", "key", _np(k)), Strip("v_j", "value", _np(v))
    product = Strip("q_i ⊙ k_j", "signed", _np(q * k))
    row = Strip("s_i", "signed", _np(torch.where(visible, layer.scores[0, head, query, :n], torch.nan)))
    joined = layer.context[0, :, query].flatten()
    heads = Strip("c_i 0…H-1", "value", _np(joined), (head * d_head, (head + 1) * d_head))
    return {
        "project": (asks, offers),
        "product": (asks, offers, product),
        "sum": (product,),
        "scale": (row,),
        "mask": (row,),
        "softmax": (row, Strip("a_i", "attention", _np(layer.probs[0, head, query, :n]))),
        "value": (brings, Strip("a_ij · v_j", "value", _np(weight * v))),
        "context": (Strip("c_i", "value", _np(layer.context[0, head, query])),),
        "concat": (heads,),
        "output": (heads, Strip("attn_out_i", "signed", _np(layer.attn_out[0, query]))),
    }


def chain_difference(handle: ModelHandle, seen: Capture, layer: LayerCapture) -> float:
    """Largest difference between the chain, computed once more from q, k, v, and what the model's layer produced."""
    mask = torch.where(layer.visible, 0.0, torch.finfo(layer.scores.dtype).min).to(layer.scores)
    if layer.bias is not None:
        mask = layer.bias + mask
    with torch.no_grad():
        probs = [
            masked_scores(layer.q[:, h], layer.k[:, h], layer.factor, mask[:, h]).softmax(-1)
            for h in range(layer.q.shape[1])
        ]
        context = torch.stack([p @ layer.v[:, h] for h, p in enumerate(probs)], 2)
        attn_out = _mixed(handle, layer.layer, context)
    compared: list[tuple[Tensor, Tensor]] = [
        (torch.stack(probs, 1), layer.probs),
        (context.transpose(1, 2), layer.context),
        (attn_out, layer.attn_out),
        (layer.hidden, seen.hidden[layer.layer + 1]),
    ]
    return max(float((a - b).abs().max()) for a, b in compared)


def _mixed(handle: ModelHandle, layer: int, context: Float[Tensor, "B T H K"]) -> Float[Tensor, "B T D"]:
    """The output projection of all heads."""
    module, sites = handle.layers[layer], handle.sites
    if sites.parameters:
        weight = module.get_submodule(sites.attention).get_parameter(sites.attn_out)
        return torch.einsum("bthk,dhk->btd", context, weight)
    mixed: Tensor = module.get_submodule(sites.attn_out)(context.flatten(2))
    return mixed


def _np(values: Tensor) -> Float[np.ndarray, " N"]:
    array: np.ndarray = values.detach().float().cpu().numpy()
    return array
