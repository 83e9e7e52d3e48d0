"""One attention weight from its first number to its last effect: every step of a head, for one query and one key.

Vaswani et al. 2017, equation 1 and section 3.2.2. All vectors are the model's own; the chain is computed once more from
q, k and v, and compared with what the model's layer has produced.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attention.head_row import HeadRow, Scaling, as_array, head_row, mixed, scaling
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
    "residual": (r"x_i + W_O\, c_i + b_O", "x = x + attn_out"),
}

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
class Step:
    """formula: LaTeX; shape and code as in PyTorch; vectors: the numbers that the step is about, by name."""

    name: str
    formula: str
    shape: str
    code: str
    vectors: dict[str, Float[np.ndarray, " N"]]


@dataclass(frozen=True, eq=False)
class HeadChain:
    """The steps for one query and one key; difference: the largest to the model's own output, over the whole layer.

    tokens: of the text that asks; keys: of the one that is looked at, in cross attention another. steps: those that
        this head has. row: the same numbers for all keys, to be drawn. masked: whether the query may not look at this
        key; its score is then no number to show.
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
    row: HeadRow
    masked: bool = False

    def table(self) -> pd.DataFrame:
        """Every number of every step."""
        rows = [
            {"step": number, "name": step.name, "vector": name, "index": index, "value": float(value)}
            for number, step in enumerate(self.steps, 1)
            for name, values in step.vectors.items()
            for index, value in enumerate(values)
        ]
        return pd.DataFrame(rows)

    def reading(self) -> Message:
        """The score and the weight that came of it, or that the mask forbids this key."""
        facts: dict[str, object] = {"query": self.tokens[self.query], "key": self.keys[self.key]}
        if self.masked:
            return "steps.reading.masked", facts
        even = 1 / self.row.n_visible
        return "steps.reading", facts | {"score": self.score, "weight": self.weight, "even": even}


def head_chain(scene: Scene, number: int, head: int, query: int, key: int) -> HeadChain:
    """The chain of one head of a layer for one query token i and one key token j."""
    seen, layer = scene.capture(), scene.layer(number)
    n, d_head = seen.keys.n_tokens, layer.q.shape[-1]
    visible = layer.visible[0, head, query, :n]
    row = head_row(scene, layer, head, query, key)
    width = f"[{layer.attn_out.shape[-1]}]"
    shapes = dict.fromkeys(("project", "product", "value", "context"), f"[{d_head}]")
    shapes |= dict.fromkeys(("scale", "mask", "softmax"), f"[{n}]") | dict.fromkeys(("output", "residual"), width)
    shapes |= {"sum": "[]", "concat": f"[{layer.q.shape[1]} × {d_head}] → [{len(row.joined)}]"}
    lines = LINES | _own_lines(scene.handle, layer)
    vectors = _vectors(layer, row, query, key, n)
    return HeadChain(
        layer=layer.layer,
        head=head,
        query=query,
        key=key,
        tokens=seen.encoded.tokens,
        score=float(layer.scores[0, head, query, key]),
        weight=float(layer.probs[0, head, query, key]),
        steps=tuple(Step(name, lines[name][0], shapes[name], lines[name][1], vectors[name]) for name in row.steps),
        difference=chain_difference(scene.handle, seen, layer),
        keys=seen.keys.tokens,
        row=row,
        masked=not bool(visible[key]),
    )


def most_looked_at(scene: Scene, number: int, head: int, query: int) -> int:
    """The key with the largest weight in one row of a head."""
    return int(scene.layer(number).probs[0, head, query, : scene.keys.n_tokens].argmax())


def _own_lines(handle: ModelHandle, layer: LayerCapture) -> dict[str, tuple[str, str]]:
    """Formulas and lines that are others in this architecture."""
    found = {}
    if handle.sites.order == "rotary":
        found["project"] = (r"q_i = R_i W_Q x_i, \quad k_j = R_j W_K x_j", "q, k = rotate(query(x), key(x), positions)")
        if handle.sites.qk_norm:
            norm = r"\operatorname{RMSNorm}"
            found["project"] = (
                rf"q_i = R_i {norm}(W_Q x_i), \quad k_j = R_j {norm}(W_K x_j)",
                "q, k = rotate(norm(query(x)), norm(key(x)), positions)",
            )
    elif handle.sites.order in ("bias", "relative", "both"):
        found["project"] = (r"q_i = W_Q x_i, \quad k_j = W_K x_j", LINES["project"][1])
    if handle.sites.attn_after is not None:
        found["output"] = (r"\operatorname{RMSNorm}(W_O\, c_i)", "attn_out = norm(dense(context))")
        found["residual"] = (r"x_i + \operatorname{RMSNorm}(W_O\, c_i)", LINES["residual"][1])
    return found | {"scale": SCALE_LINES[scaling(layer)]}


def _vectors(layer: LayerCapture, row: HeadRow, query: int, key: int, n: int) -> dict[str, dict[str, np.ndarray]]:
    q, k, v = row.q, as_array(layer.k[0, row.head, key]), as_array(layer.v[0, row.head, key])
    visible, probs = layer.visible[0, row.head, query, :n], as_array(layer.probs[0, row.head, query, :n])
    scores = torch.where(visible, layer.scores[0, row.head, query, :n], torch.nan)
    asked, product, row_of = {"q_i": q, "k_j": k}, {"q_i ⊙ k_j": q * k}, {"s_i": as_array(scores)}
    out = {"attn_out_i": row.attn_out}
    return {
        "project": asked,
        "product": asked | product,
        "sum": product,
        "scale": row_of,
        "mask": row_of,
        "softmax": row_of | {"a_i": probs},
        "value": {"v_j": v, "a_ij · v_j": probs[key] * v},
        "context": {"c_i": as_array(layer.context[0, row.head, query])},
        "concat": {"c_i 0…H-1": row.joined},
        "output": {"c_i 0…H-1": row.joined} | out,
        "residual": {} if row.total is None else {"x_i": row.state} | out | {"x_i + attn_out_i": row.total},
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
        attn_out = mixed(handle, layer.layer, context)
    compared: list[tuple[Tensor, Tensor]] = [
        (torch.stack(probs, 1), layer.probs),
        (context.transpose(1, 2), layer.context),
        (attn_out, layer.attn_out),
        (layer.hidden, seen.hidden[layer.layer + 1]),
    ]
    return max(float((a - b).abs().max()) for a, b in compared)
