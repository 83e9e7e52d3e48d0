"""One backward pass with the scale and without it: how large are the gradients of W_Q, W_K and W_V in each layer?

Chain rule: d probs / d(q·k) = s · J(softmax(s · q·k)). Without the scale s is 1 instead of 1/√d: more rows are
saturated and pass nothing, while the others pass gradients that are √d times larger. Where the model's own factor is
another one, 1/factor stands in place of √d.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.analysis.info import Message
from explorer.analysis.measures import HeadMeasures
from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import facts_of, spelled
from explorer.capture.progress import expected, passed
from explorer.capture.run import gradient_pass, inputs
from explorer.capture.scene import Scene
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle, layers_of, sharing_copy

Loss = Literal["mlm", "readout"]
PROJECTIONS = ("query", "key", "value")
# BERT's share of chosen tokens.
_MASKED = 0.15
# More dead rows without the scale by this share: fewer rows learn from the text, which the reading says first.
UNEVEN = 0.1


@dataclass(frozen=True, eq=False)
class GradientNorms:
    """scaled, unscaled: Frobenius norms of the gradients, layers x (W_Q, W_K, W_V); both are runs of a whole network.

    loss: "mlm" is cross-entropy at masked tokens, "readout" a fixed random linear function of the outputs; `seed`
    chooses the tokens or the function. values: the loss with the scale and without. factors: on q·k in each layer.
    dead, trace: of the same two runs, means over all heads: the share of rows that pass practically no gradient, and
        the trace of softmax's Jacobian. rows: `dead` of each layer, layers x (with, without).
    """

    scaled: np.ndarray
    unscaled: np.ndarray
    loss: Loss
    seed: int
    values: tuple[float, float]
    d_head: int
    factors: tuple[float, ...]
    dead: tuple[float, float]
    trace: tuple[float, float]
    rows: np.ndarray

    @property
    def growth(self) -> float:
        """By how much the scores grow without the scale; the median where layers have other scales."""
        return float(np.median(1 / np.array(self.factors)))

    @property
    def growth_name(self) -> str:
        """√d, where the scale is 1/√d."""
        return "√d" if spelled(1 / self.growth, self.d_head) == "1/√d" else "1/f"

    @property
    def ratio(self) -> np.ndarray:
        """unscaled / scaled."""
        return np.asarray(self.unscaled / np.maximum(self.scaled, np.finfo(self.scaled.dtype).tiny))

    def table(self) -> pd.DataFrame:
        """One row for each layer and projection; what belongs to a whole run stands in every row."""
        layers = len(self.scaled)
        return pd.DataFrame(
            {
                "layer": np.repeat(np.arange(layers), 3),
                "weights": ["W_Q", "W_K", "W_V"] * layers,
                "gradient norm, model's scale": self.scaled.ravel(),
                "gradient norm, end-to-end without the scale": self.unscaled.ravel(),
                "ratio": self.ratio.ravel(),
                "loss": self.loss,
                "seed": self.seed,
                "loss, model's scale": self.values[0],
                "loss, end-to-end without the scale": self.values[1],
                "share of dead rows, model's scale": self.dead[0],
                "share of dead rows, end-to-end without the scale": self.dead[1],
                "share of the layer's dead rows, model's scale": np.repeat(self.rows[:, 0], 3),
                "share of the layer's dead rows, end-to-end without the scale": np.repeat(self.rows[:, 1], 3),
                "mean trace of J, model's scale": self.trace[0],
                "mean trace of J, end-to-end without the scale": self.trace[1],
            }
        )

    def reading(self) -> Message:
        """Whether evenness suffers, and whether W_Q's gradients grew (evenly or not), shrank or did both, beside √d."""
        if not self.scaled[:, 0].any() and not self.unscaled[:, 0].any():
            return "gradients.reading.none", {}
        if np.array_equal(self.scaled[:, 0], self.unscaled[:, 0]):
            return "gradients.reading.same", {}
        ratio = self.ratio[:, 0]
        found: dict[str, object] = {"low": float(ratio.min()), "high": float(ratio.max()), "d": self.d_head}
        found |= {
            "root": self.growth,
            "by": self.growth_name,
            "least": int(ratio.argmin()),
            "most": int(ratio.argmax()),
            "passing": self.dead[0],
            "dead": self.dead[1],
        }
        if ratio.min() > 1 and ratio.max() < 1.5 * ratio.min():
            return "gradients.reading.even", found
        direction = "larger" if ratio.min() > 1 else "smaller" if ratio.max() < 1 else "mixed"
        uneven = ".uneven" if self.dead[1] - self.dead[0] >= UNEVEN else ""
        return f"gradients.reading.{direction}{uneven}", found


def gradient_norms(scene: Scene, seed: int = 0, unscaled: Variant = Variant(scale="none")) -> GradientNorms:
    """Two backward passes on a copy that shares the model's weights; the shared model is not touched."""
    handle, encoded = scene.handle, scene.encoded
    loss: Loss = "mlm" if _predicts_masked(handle) else "readout"
    with expected(2 * 3 * handle.dims.n_layers):
        both = [
            _backward(handle, encoded, scene.keys.n_tokens, variant, loss, seed) for variant in (Variant(), unscaled)
        ]
    (scaled, first, rows), (changed, second, changed_rows) = both
    dead, trace = ((float(rows[name].mean()), float(changed_rows[name].mean())) for name in ("dead", "trace"))
    values, d_head, factors = (first, second), handle.dims.d_head, facts_of(handle).factors
    layers = np.stack([found["dead"].mean(1) for found in (rows, changed_rows)], 1)
    return GradientNorms(scaled, changed, loss, seed, values, d_head, factors, dead, trace, layers)


def _predicts_masked(handle: ModelHandle) -> bool:
    """Whether the loss of masked words can be asked for."""
    return handle.predicts_masked and not any(facts_of(handle).causal) and handle.mask_id is not None


def differentiable_copy(handle: ModelHandle) -> tuple[nn.Module, list[list[nn.Parameter]]]:
    """A copy that shares all weights, and its W_Q, W_K, W_V of every layer as new leaves that take gradients.

    New `Parameter` objects over the same memory: `requires_grad` set here does not reach the shared model. A fused
    projection is one leaf; layers that share their weights share the leaves.
    """
    clone = sharing_copy(handle.model)
    base: nn.Module = clone.base_model
    layers = layers_of(base, handle.sites, handle.dims)
    places = [_places(handle, layer) for layer in layers]
    for module, name in {(id(m), name): (m, name) for place in places for m, name in place}.values():
        setattr(module, name, nn.Parameter(getattr(module, name).detach(), requires_grad=True))
    return clone, [[getattr(module, name) for module, name in place] for place in places]


def _places(handle: ModelHandle, layer: nn.Module) -> list[tuple[nn.Module, str]]:
    """Module and attribute of W_Q, W_K and W_V of a layer; once where they are one tensor."""
    sites = handle.sites
    if sites.parameters:
        module = layer.get_submodule(sites.attention)
        return [(module, getattr(sites, name)) for name in PROJECTIONS]
    names = PROJECTIONS[:1] if sites.fused else PROJECTIONS
    return [(layer.get_submodule(getattr(sites, name)), "weight") for name in names]


def _of_each(gradient: Tensor, fused: bool) -> list[Tensor]:
    """The gradients of W_Q, W_K and W_V in one of a fused projection, whose longer side holds all three."""
    if not fused:
        return [gradient]
    return list(gradient.chunk(3, dim=int(gradient.shape[1] > gradient.shape[0])))


def readout_loss(hidden: Tensor, seed: int) -> Tensor:
    """Mean over tokens of Σ r · h, with r drawn once from N(0, 1) for every cell of the output."""
    generator = torch.Generator().manual_seed(seed)
    weights = torch.randn(hidden.shape, generator=generator).to(hidden)
    return (hidden * weights).sum() / hidden.shape[1]


def masked(handle: ModelHandle, encoded: Encoded, seed: int) -> tuple[Tensor, Tensor]:
    """Token ids with 15 % of the pieces (at least one) replaced by [MASK], and the labels: -100 where none is asked."""
    generator = torch.Generator().manual_seed(seed)
    places = [i for i, special in enumerate(encoded.special) if not special]
    count = max(1, round(_MASKED * len(places)))
    chosen = torch.tensor(places)[torch.randperm(len(places), generator=generator)[:count]].to(encoded.ids.device)
    ids, labels = encoded.ids.clone(), torch.full_like(encoded.ids, -100)
    labels[0, chosen] = ids[0, chosen]
    mask = handle.mask_id or 0
    ids[0, chosen] = mask % handle.dims.n_vocab
    return ids, labels


def _backward(
    handle: ModelHandle, encoded: Encoded, n_keys: int, variant: Variant, loss: Loss, seed: int
) -> tuple[np.ndarray, float, dict[str, np.ndarray]]:
    """Norms of the gradients, layers x 3, the loss and measures of all heads, of one pass through a whole network."""
    clone, leaves = differentiable_copy(handle)
    arguments = inputs(encoded)
    labels = None
    if loss == "mlm":
        arguments["input_ids"], labels = masked(handle, encoded, seed)
    look = HeadMeasures(encoded.n_tokens, n_keys, names=("dead", "trace"))
    with gradient_pass(Recorder(variant, look=look, stack=handle.stack), 3 * encoded.ids.numel()) as seen:
        output = clone(**arguments)
        for state in seen.hidden:  # the way back through a layer costs about as much as two ways forward
            state.register_hook(lambda _: passed(2))
        if labels is None:
            value = readout_loss(seen.last, seed)
        else:
            logits = output["prediction_logits"] if "prediction_logits" in output else output["logits"]
            value = cross_entropy(logits[0], labels[0])
        flat = [leaf for layer in leaves for leaf in layer]
        gradients = [g for found in torch.autograd.grad(value, flat) for g in _of_each(found, handle.sites.fused)]
    norms = torch.stack([torch.linalg.vector_norm(g) for g in gradients]).reshape(-1, 3)
    return norms.float().cpu().numpy(), float(value.detach()), look.of()
