"""Fine-tuning of a task's head and the top k layers, on a private copy, quick enough to be watched.

A label for a text goes the road of `BertForSequenceClassification`: the [CLS] state, pooler (Linear and tanh), dropout,
Linear D x labels, cross-entropy (Devlin et al. 2019, section 4.1). What is said of every token goes the shorter one of
`BertForTokenClassification` and `BertForQuestionAnswering`: dropout, Linear D x outputs at each place (4.2, 5.3).
What lies below the k layers is not trained, so its outputs are computed once. Every draw comes from a generator of this
training's own: other visitors cannot change its result.
"""

import copy
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import BoundedSemaphore
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.analysis.probing import Split
from explorer.analysis.use.pooling import pooler_map
from explorer.capture.batch import batches
from explorer.capture.facts import classification
from explorer.capture.gate import GATE
from explorer.errors import TuningImpossible
from explorer.models.encode import encode
from explorer.models.handle import ModelHandle
from explorer.training.goals import Goal

# Trainings use half of the cores between them, step by step, so that clicks always find a free one.
_steps = BoundedSemaphore(max(1, (os.cpu_count() or 1) // 2))

DROPOUT, CLIP, WARM_UP = 0.1, 1.0, 0.1
SAME = 1e-4


@dataclass(frozen=True)
class Recipe:
    """layers: how many from the top are trained with the head. rate: AdamW's in these; the head has its own."""

    layers: int = 2
    epochs: int = 6
    seed: int = 0
    rate: float = 2e-4
    head_rate: float = 1e-3
    batch: int = 16


@dataclass(frozen=True)
class Epoch:
    """After one pass over the texts to learn from; number 0 is before the first.

    loss: mean cross-entropy in nats during the pass, with dropout; None before the first. held_out: share right.
    """

    number: int
    held_out: float
    loss: float | None = None


@dataclass(frozen=True)
class Step:
    """One step of the optimiser; of how many in all."""

    number: int
    of: int
    loss: float


@dataclass(frozen=True, eq=False)
class Tuned:
    """The end: the logits of each held-out text, in the order of the split, and the network itself.

    outputs: C numbers of a text that gets a label, T x C where every token is asked.
    """

    outputs: tuple[Tensor, ...]
    parameters: int
    network: "Network"

    @property
    def probabilities(self) -> Float[np.ndarray, "B C"]:
        """Of the labels of the texts."""
        return np.asarray(torch.stack(self.outputs).softmax(-1).double().numpy())


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own. `p` is 0 for attention, which would ask the shared one."""

    def __init__(self, rate: float, generator: torch.Generator) -> None:
        super().__init__()
        self.rate, self.p, self.generator = rate, 0.0, generator

    def forward(self, x: Tensor) -> Tensor:
        """Zero a share of the entries and scale up the others, in training only."""
        if not self.training or self.rate == 0:
            return x
        kept = torch.empty_like(x).bernoulli_(1 - self.rate, generator=self.generator)
        return x * kept / (1 - self.rate)


class Network(nn.Module):
    """Copies of the top layers and of the pooler, and a new classifier. Nothing in it belongs to the shared model.

    pooled: whether the classifier reads the pooled vector of the text; else it reads the state of every token.
    """

    def __init__(
        self, handle: ModelHandle, layers: int, n_labels: int, generator: torch.Generator, pooled: bool = True
    ) -> None:
        super().__init__()
        top = handle.layers[len(handle.layers) - layers :]
        self.layers = nn.ModuleList(_private(layer, generator) for layer in top)
        d = handle.dims.d_model
        pooler = pooler_map(handle) if pooled else None
        self.pooler = (_drawn(d, d, generator) if pooler is None else copy.deepcopy(pooler)) if pooled else None
        self.dropout = Dropout(DROPOUT, generator)
        self.classifier = _drawn(d, n_labels, generator)
        self.requires_grad_(True)

    def encoded(self, hidden: Float[Tensor, "B T D"], mask: Float[Tensor, "B 1 1 T"]) -> Float[Tensor, "B T D"]:
        """What the top layers make of their input."""
        for layer in self.layers:
            output = layer(hidden, mask)
            hidden = output[0] if isinstance(output, tuple) else output
        return hidden

    def forward(self, hidden: Float[Tensor, "B T D"], mask: Float[Tensor, "B 1 1 T"]) -> Float[Tensor, "B ... C"]:
        """Logits of the labels of each text, or of each token."""
        states = self.encoded(hidden, mask)
        read = states if self.pooler is None else torch.tanh(self.pooler(states[:, 0]))
        logits: Tensor = self.classifier(self.dropout(read))
        return logits


def fine_tune(
    handle: ModelHandle,
    texts: Sequence[str | tuple[str, str]],
    goal: Goal,
    parts: Split,
    recipe: Recipe,
    watched: Int[np.ndarray, " W"] | None = None,
    given: list[Tensor] | None = None,
) -> Iterator[Step | Epoch | Tuned]:
    """Train, and yield after every step and pass; leaves the shared model as it was.

    watched: the held-out texts that are looked at after every pass; without, all of them. given: what `below` gives
        of all texts, where that is known already.

    Raises:
        TuningImpossible: when the copied layers do not give what the model itself gives.
        EmptyText, TextTooLong, NoWeights: as `batches`.
    """
    _yield_to_others()
    first = texts[0]
    whole = encode(handle, *((first,) if isinstance(first, str) else first))
    if goal.pooled and classification(handle, whole) != 0:  # the road begins at the first place
        raise TuningImpossible(found=handle.config.model_type)
    generator = torch.Generator().manual_seed(recipe.seed)
    network = Network(handle, min(recipe.layers, handle.dims.n_layers), goal.n_out, generator, goal.pooled)
    found = below(handle, texts if given is None else texts[:1], len(network.layers), check=network.eval())
    inputs = found if given is None else given
    optimiser, schedule, n_steps = _optimiser(network, recipe, len(parts.train))
    watched = parts.test if watched is None else watched
    done = 0
    yield Epoch(0, goal.right(outputs(network, [inputs[at] for at in watched]), watched))
    for number in range(1, recipe.epochs + 1):
        network.train()
        order = torch.randperm(len(parts.train), generator=generator).numpy()
        losses = []
        for first_row in range(0, len(order), recipe.batch):
            rows = parts.train[order[first_row : first_row + recipe.batch]]
            losses.append(_step(network, inputs, goal, rows, optimiser, schedule))
            done += 1
            yield Step(done, n_steps, losses[-1])
        right = goal.right(outputs(network, [inputs[at] for at in watched]), watched)
        yield Epoch(number, right, float(np.mean(losses)))
    trained = sum(p.numel() for p in network.parameters())
    network.requires_grad_(False).zero_grad()  # the gradients would double what is kept
    yield Tuned(outputs(network, [inputs[at] for at in parts.test]), trained, network)


def below(
    handle: ModelHandle, texts: Sequence[str | tuple[str, str]], layers: int, check: Network | None = None
) -> list[Tensor]:
    """The input of the lowest of the top layers for every text, as T x D without padding.

    check: a network whose layers are still the model's own; it must give what the model gives.

    Raises:
        TuningImpossible: when it does not.
    """
    depth = handle.dims.n_layers - layers
    return states_at(handle, texts, (depth,), check)[depth]


def states_at(
    handle: ModelHandle, texts: Sequence[str | tuple[str, str]], depths: Sequence[int], check: Network | None = None
) -> dict[int, list[Tensor]]:
    """The states of every text after so many layers, as T x D without padding; see `below`."""
    found = {depth: [torch.empty(0)] * len(texts) for depth in depths}
    for number, batch in enumerate(batches(handle, texts)):
        if number == 0 and check is not None:
            depth = handle.dims.n_layers - len(check.layers)
            _check(handle, check, batch.hidden[depth], batch.real, batch.hidden[-1])
        for depth in depths:
            for row, hidden, real in zip(batch.rows, batch.hidden[depth], batch.real, strict=True):
                found[depth][row] = hidden[: int(real.sum())].clone()
    return found


def outputs(network: Network, inputs: Sequence[Float[Tensor, "_ D"]], batch: int = 32) -> tuple[Tensor, ...]:
    """The logits of each text: C of its labels, or T x C."""
    network.eval()
    found: list[Tensor] = []
    for first in range(0, len(inputs), batch):
        some = inputs[first : first + batch]
        with _turn(), torch.no_grad():
            logits = network(*padded(some))
        found += [one if network.pooler is not None else one[: len(own)] for one, own in zip(logits, some, strict=True)]
    return tuple(found)


def said(handle: ModelHandle, network: Network, text: str | tuple[str, str]) -> Tensor:
    """The logits of a new text, or pair of texts.

    Raises:
        EmptyText, TextTooLong: as `batches`.
    """
    return outputs(network, below(handle, [text], len(network.layers)))[0]


def predicted(handle: ModelHandle, network: Network, texts: Sequence[str]) -> Float[np.ndarray, "N C"]:
    """Probabilities of the labels for new texts.

    Raises:
        EmptyText, TextTooLong: as `batches`.
    """
    found = outputs(network, below(handle, texts, len(network.layers)))
    return np.asarray(torch.stack(found).softmax(-1).double().numpy())


def padded(inputs: Sequence[Float[Tensor, "_ D"]]) -> tuple[Float[Tensor, "B T D"], Float[Tensor, "B 1 1 T"]]:
    """One batch, and the mask that is added to the scores: 0 at tokens, the lowest number at padding."""
    hidden = nn.utils.rnn.pad_sequence(list(inputs), batch_first=True)
    real = torch.arange(hidden.shape[1]) < torch.tensor([len(row) for row in inputs])[:, None]
    return hidden, _mask(real)


def _mask(real: Tensor) -> Float[Tensor, "B 1 1 T"]:
    lowest = torch.finfo(torch.float32).min
    return torch.zeros(real.shape).masked_fill(~real, lowest)[:, None, None, :]


def _check(handle: ModelHandle, network: Network, hidden: Tensor, real: Tensor, output: Tensor) -> None:
    """Architectures differ in what a layer is called with; that the copy works is seen by running it."""
    try:
        with torch.no_grad():
            ours = network.encoded(hidden, _mask(real))
    except Exception as error:
        raise TuningImpossible(found=handle.config.model_type) from error
    if float((ours - output)[real].abs().max()) > SAME:
        raise TuningImpossible(found=handle.config.model_type)


def _step(
    network: Network,
    inputs: list[Tensor],
    goal: Goal,
    rows: np.ndarray,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    with _turn(), torch.enable_grad():
        loss = goal.loss(network(*padded([inputs[at] for at in rows])), rows)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), CLIP)
        optimiser.step()
        schedule.step()
    return loss.item()


def _optimiser(network: Network, recipe: Recipe, n_train: int) -> tuple[Any, Any, int]:
    """AdamW with two rates, both rising over the first tenth of the steps and falling to 0 after it."""
    n_steps = recipe.epochs * -(-n_train // recipe.batch)
    warm = max(1, round(WARM_UP * n_steps))
    head = [*([] if network.pooler is None else network.pooler.parameters()), *network.classifier.parameters()]
    groups = [{"params": head, "lr": recipe.head_rate}]
    if len(network.layers):
        groups.append({"params": list(network.layers.parameters()), "lr": recipe.rate})
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01)
    share = lambda done: min((done + 1) / warm, (n_steps - done) / max(1, n_steps - warm + 1))  # noqa: E731
    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, share), n_steps


def _private(layer: nn.Module, generator: torch.Generator) -> nn.Module:
    """A copy with weights of its own, whose dropout draws from this training's generator."""
    own = copy.deepcopy(layer)
    for module in list(own.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.Dropout):
                setattr(module, name, Dropout(child.p, generator))
    return own


def _drawn(d_in: int, d_out: int, generator: torch.Generator) -> nn.Linear:
    """A new linear map as BERT draws it: weights N(0, 0.02²), bias 0."""
    linear = nn.Linear(d_in, d_out)
    with torch.no_grad():
        linear.weight.normal_(0, 0.02, generator=generator)
        linear.bias.zero_()
    return linear


@contextmanager
def _turn() -> Iterator[None]:
    """A place among the trainings and, inside it, among the forward passes, for one step."""
    with _steps, GATE.place():
        yield


def _yield_to_others() -> None:
    """Give this thread a lower priority, where threads have one of their own."""
    if sys.platform == "linux" and threading.current_thread() is not threading.main_thread():
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
