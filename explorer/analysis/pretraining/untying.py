"""The output layer cut off from the word table on private copies: equal until trained, then each goes its own way."""

import copy
import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.analysis.info import Message
from explorer.analysis.pretraining.masked import hide, maskable
from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.run import gradient_pass, inputs
from explorer.capture.scene import Scene
from explorer.errors import NothingTied, NothingToHide, TooLargeToTrain
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle, sharing_copy

# Two private copies with gradients: beyond this a visitor's experiment would take the server's memory.
MAX_PARAMETERS = 30_000_000
# Length of a step at most; large enough that ten of them show.
RATE = 0.1


@dataclass(frozen=True, eq=False)
class Untying:
    """The same steps of plain gradient descent on the tied model and on the untied copy; index 0 is before the first.

    difference: largest one between the logits of the two; apart: ‖E_out - E_in‖ / ‖E_in‖ of the untied copy.
    gradient_gap: ‖g_tied - (g_in + g_out)‖ / ‖g_tied‖ at the first step. rows_in, rows_out: rows of the table that the
    look-up and the output layer move at the first step, of n_vocab.
    """

    tied: int
    untied: int
    losses: Float[np.ndarray, "2 S"]
    difference: Float[np.ndarray, " S"]
    apart: Float[np.ndarray, " S"]
    gradient_gap: float
    norm_in: float
    norm_out: float
    rows_in: int
    rows_out: int
    n_vocab: int

    def table(self) -> pd.DataFrame:
        """One row for each step."""
        return pd.DataFrame(
            {
                "step": np.arange(len(self.apart)),
                "loss, tied (nats)": self.losses[0],
                "loss, untied (nats)": self.losses[1],
                "largest difference of the logits": self.difference,
                "relative distance of the two tables": self.apart,
            }
        )

    def reading(self) -> Message:
        """Equal at first; after the steps how far apart; who moves which rows."""
        facts: dict[str, object] = {"steps": len(self.apart) - 1, "start": float(self.difference[0])}
        facts |= {"difference": float(self.difference[-1]), "apart": float(self.apart[-1])}
        facts |= {"extra": self.untied - self.tied, "tied": self.tied, "untied": self.untied}
        facts |= {"rows_in": self.rows_in, "rows_out": self.rows_out, "words": self.n_vocab}
        return f"tied.reading.untie.{'trained' if len(self.apart) > 1 else 'start'}", facts


def untie(model: nn.Module) -> nn.Module:
    """A clone that shares every weight but has an output table of its own.

    Raises:
        NothingTied: when the output layer is missing, or has its own table already.
    """
    clone = sharing_copy(model)
    _cut(clone)
    return clone


def _cut(model: nn.Module) -> None:
    head, table = model.get_output_embeddings(), model.get_input_embeddings()  # type: ignore[operator]
    if head is None or head.weight is not table.weight:
        raise NothingTied(found=type(model).__name__)
    head.weight = nn.Parameter(head.weight.detach().clone(), requires_grad=head.weight.requires_grad)


def count(model: nn.Module) -> int:
    """Parameters, each tensor once."""
    return sum(parameter.numel() for parameter in model.parameters())


def untying(scene: Scene, steps: int, rate: float = RATE) -> Untying:
    """Hide every third word and take the same steps with both models. The shared model is not touched.

    Raises:
        NothingTied: as `untie`. TooLargeToTrain: for a model of more than `MAX_PARAMETERS`.
        NothingToHide: when the text has no word to hide.
    """
    handle, encoded = scene.handle, scene.encoded
    if count(handle.model) > MAX_PARAMETERS:
        raise TooLargeToTrain(found=f"{count(handle.model):,}", allowed=f"{MAX_PARAMETERS:,}")
    places = [i for i, may in enumerate(maskable(handle, encoded).tolist()) if may][1::3] or _first(handle, encoded)
    task = inputs(hide(handle, encoded, places)), places, encoded.ids[0, places]
    pair = [copy.deepcopy(handle.model).requires_grad_(True) for _ in range(2)]
    _cut(pair[1])
    whole: list[Tensor] = []  # the gradient of the tied table, until the first step is described
    first: _FirstStep | None = None
    rows: list[list[float]] = []
    for _ in range(steps + 1):
        tables = [pair[1].get_input_embeddings().weight, pair[1].get_output_embeddings().weight]
        with torch.no_grad():
            apart = float((tables[1] - tables[0]).norm() / tables[0].norm())
        logits: list[Tensor] = []
        for model in pair:  # one after the other: the gradients of both together would be another two copies
            logits.append(_backward(model, task))
            if first is None and model is pair[0]:
                whole = _table_gradients(model)
            elif first is None:
                first = _FirstStep.of(whole.pop(), *_table_gradients(model))
            _move(model, rate)
        losses = [float(cross_entropy(said[0, places], task[2])) for said in logits]
        rows.append([*losses, float((logits[0] - logits[1]).abs().max()), apart])
    values = np.array(rows, dtype=np.float32).T
    assert first is not None
    return Untying(
        tied=count(pair[0]),
        untied=count(pair[1]),
        losses=values[:2],
        difference=values[2],
        apart=values[3],
        n_vocab=handle.dims.n_vocab,
        **first._asdict(),
    )


class _FirstStep(NamedTuple):
    """What `Untying` keeps of the tables' gradients, which are as large as the tables."""

    gradient_gap: float
    norm_in: float
    norm_out: float
    rows_in: int
    rows_out: int

    @classmethod
    def of(cls, both: Tensor, look_up: Tensor, output: Tensor) -> "_FirstStep":
        """Of the tied table's gradient, which is overwritten, and of the two that its copies have."""
        size = both.norm()
        gap = float(both.sub_(look_up).sub_(output).norm() / size)
        norms, rows = (look_up.norm(), output.norm()), (look_up.any(1).sum(), output.any(1).sum())
        return cls(gap, float(norms[0]), float(norms[1]), int(rows[0]), int(rows[1]))


Task = tuple[dict[str, Tensor], list[int], Tensor]


def _first(handle: ModelHandle, encoded: Encoded) -> list[int]:
    """The only word of a text that has no second one."""
    found = [i for i, may in enumerate(maskable(handle, encoded).tolist()) if may][:1]
    if not found:
        raise NothingToHide()
    return found


def _backward(model: nn.Module, task: Task) -> Tensor:
    """The logits; afterwards every parameter has its gradient of the loss at the hidden places."""
    arguments, places, truth = task
    with gradient_pass(Recorder(Variant())):
        output = model(**arguments)
        logits: Tensor = output["prediction_logits"] if "prediction_logits" in output else output["logits"]
        cross_entropy(logits[0, places], truth).backward()
    return logits.detach()


def _table_gradients(model: nn.Module) -> list[Tensor]:
    """Of the word table and, where it is another tensor, of the output table."""
    modules = (model.get_input_embeddings(), model.get_output_embeddings())  # type: ignore[operator]
    tables = {id(module.weight): module.weight for module in modules}
    return [table.grad for table in tables.values()]


def _move(model: nn.Module, rate: float) -> None:
    """One step of gradient descent, its length bounded so that no text makes it diverge."""
    moved = [(parameter, parameter.grad) for parameter in model.parameters() if parameter.grad is not None]
    norm = math.hypot(*(float(torch.linalg.vector_norm(gradient)) for _, gradient in moved))
    with torch.no_grad():
        for parameter, gradient in moved:
            parameter.sub_(gradient, alpha=rate / max(1.0, norm))
    model.zero_grad(set_to_none=True)
