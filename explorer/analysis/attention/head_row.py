"""One query's row in one head: every number from the comparison with the keys to the state that it changes.

Vaswani et al. 2017, section 3.2. It is what the stage draws (`ui/browser/journey_weight.js`), small enough to be sent
at once: of a long text the neighbourhood of the query and of one key, and what all other keys add up to.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.capture.records import LayerCapture
from explorer.capture.scene import Scene
from explorer.models.handle import ModelHandle

NAMES = (
    "project", "product", "sum", "scale", "mask", "softmax", "value", "context", "concat", "output", "residual",
)  # fmt: skip

# Keys of which all numbers are held, at most.
HELD = 24

# The scale step: divided by √d (most), multiplied by another factor, not at all and with a learned number for the
# distance added (T5, in cross attention without it), divided and with such a number (MPNet), or with further terms for
# the distance (XLNet, DeBERTa).
Scaling = Literal["root", "factor", "none", "bias", "relative", "both"]


@dataclass(frozen=True, eq=False)
class HeadRow:
    """What one query does in one head of a layer; N keys are held.

    at: the positions of the held keys, in order. rest_weight, rest_value: what the other keys weigh, and their weighted
        sum of values. visible: which keys the query may look at; n_visible: how many of all.
    dots: q·k. added: what the model adds to the scaled product. scores: before softmax, NaN where masked.
    factor, scaling: what this layer does to q·k. rotary: whether q and k are turned by their places before.
    joined: the contexts of all heads side by side. shown: the number of attn_out that is largest; mixing: its row of
        W_O, shift: its b_O, so that attn_out[shown] = mixing · joined + shift; None where the projection is not linear.
    state, total: the layer's input and that plus attn_out; None where attention is not added to it (cross attention).
        normed: whether a LayerNorm of the sum follows.
    """

    layer: int
    head: int
    query: int
    n_heads: int
    n_keys: int
    n_visible: int
    at: tuple[int, ...]
    q: Float[np.ndarray, " K"]
    k: Float[np.ndarray, "N K"]
    v: Float[np.ndarray, "N Kv"]
    visible: tuple[bool, ...]
    dots: Float[np.ndarray, " N"]
    added: Float[np.ndarray, " N"]
    scores: Float[np.ndarray, " N"]
    weights: Float[np.ndarray, " N"]
    rest_weight: float
    rest_value: Float[np.ndarray, " Kv"]
    joined: Float[np.ndarray, " HKv"]
    shown: int
    mixing: Float[np.ndarray, " HKv"] | None
    shift: float
    attn_out: Float[np.ndarray, " D"]
    state: Float[np.ndarray, " D"] | None
    total: Float[np.ndarray, " D"] | None
    normed: bool
    factor: float
    scaling: Scaling
    rotary: bool

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that this row has, in order: what does nothing here is left out."""
        absent = {
            "scale": self.scaling == "none",
            "mask": self.n_visible == self.n_keys,
            "concat": self.n_heads == 1,
            "residual": self.total is None,
        }
        return tuple(name for name in NAMES if not absent.get(name))


def head_row(scene: Scene, layer: LayerCapture, head: int, query: int, key: int) -> HeadRow:
    """The row of one query; layer: of the scene's own run. key: whose neighbourhood is held where there are many."""
    handle, n = scene.handle, scene.keys.n_tokens
    at = _held(n, query if handle.stack != "cross" else key, key)
    others = [j for j in range(n) if j not in at]
    q, keys, values = layer.q[0, head, query], layer.k[0, head, :n], layer.v[0, head, :n]
    visible, weights = layer.visible[0, head, query, :n], layer.probs[0, head, query, :n]
    joined, out = layer.context[0, :, query].flatten(), layer.attn_out[0, query]
    shown = int(out.abs().argmax())
    mixing, shift = _mixing(handle, layer, query, shown)
    total = _total(handle, layer, query)
    added = torch.zeros(n) if layer.bias is None else layer.bias[0, head, query, :n]
    scores = torch.where(visible, layer.scores[0, head, query, :n], torch.nan)
    return HeadRow(
        layer=layer.layer,
        head=head,
        query=query,
        n_heads=layer.q.shape[1],
        n_keys=n,
        n_visible=int(visible.sum()),
        at=tuple(at),
        q=as_array(q),
        k=as_array(keys[at]),
        v=as_array(values[at]),
        visible=tuple(visible[at].tolist()),
        dots=as_array(keys[at] @ q),
        added=as_array(added[at]),
        scores=as_array(scores[at]),
        weights=as_array(weights[at]),
        rest_weight=float(weights[others].sum()),
        rest_value=as_array(weights[others] @ values[others]),
        joined=as_array(joined),
        shown=shown,
        mixing=mixing,
        shift=shift,
        attn_out=as_array(out),
        state=None if total is None else as_array(layer.input[0, query]),
        total=None if total is None else as_array(total),
        normed=layer.attn_norm is not None,
        factor=layer.factor,
        scaling=scaling(layer),
        rotary=handle.sites.order == "rotary",
    )


def scaling(layer: LayerCapture) -> Scaling:
    """What happens to q·k in this layer before the mask."""
    if layer.bias is not None:
        return "relative" if layer.bias_scaled else "bias" if layer.factor == 1 else "both"
    if layer.factor == 1:
        return "none"
    return "root" if abs(layer.factor - layer.q.shape[-1] ** -0.5) <= 1e-6 else "factor"


def _held(n: int, query: int, key: int) -> list[int]:
    """All positions of a short text; of a long one those nearest to the two."""
    near = sorted(range(n), key=lambda j: min(abs(j - query), abs(j - key)))
    return sorted(near[:HELD])


def _total(handle: ModelHandle, layer: LayerCapture, query: int) -> Float[Tensor, " D"] | None:
    """The layer's input plus what attention brought; None in cross attention, which reads another state."""
    if handle.stack == "cross":
        return None
    return layer.input[0, query] + layer.attn_out[0, query]


def mixed(handle: ModelHandle, layer: int, context: Float[Tensor, "B T H Kv"]) -> Float[Tensor, "B T D"]:
    """The output projection of all heads, and its norm where it has one."""
    module, sites = handle.layers[layer], handle.sites
    if sites.parameters:
        weight = module.get_submodule(sites.attention).get_parameter(sites.attn_out)
        return torch.einsum("bthk,dhk->btd", context, weight)
    found: Tensor = module.get_submodule(sites.attn_out)(context.flatten(2))
    return found if sites.attn_after is None else module.get_submodule(sites.attn_after)(found)


def _mixing(handle: ModelHandle, layer: LayerCapture, query: int, shown: int) -> tuple[np.ndarray | None, float]:
    """The row of W_O that makes one number of attn_out, as the derivative by which it is defined, and its b_O."""
    context = layer.context[:, :, query : query + 1].transpose(1, 2).detach().clone().requires_grad_()
    with torch.enable_grad():
        number = mixed(handle, layer.layer, context)[0, 0, shown]
        (row,) = torch.autograd.grad(number, context)
    with torch.no_grad():
        empty = mixed(handle, layer.layer, torch.zeros_like(context))[0, 0, shown]
        whole, shift = float((row * context).sum() + empty), float(empty)
    # A sum of some hundred products, in another order than the model's own.
    if abs(whole - float(number.detach())) > 1e-3 * max(1.0, abs(whole)):
        return None, 0.0
    return as_array(row.flatten()), shift


def as_array(values: Tensor) -> np.ndarray:
    """As float32 in numpy."""
    array: np.ndarray = values.detach().float().cpu().numpy()
    return array
