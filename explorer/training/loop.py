"""The training loop: AdamW with warm-up and linear decay; one record a step, so that it can be watched and stopped."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch

from explorer.capture.active import Recorder, recording
from explorer.capture.changes.variant import AS_IS
from explorer.models.handle import ModelHandle
from explorer.models.spec import ModelSpec
from explorer.training.batches import Batches
from explorer.training.dials import Dials
from explorer.training.instruments import Instruments
from explorer.training.languages import ENGLISH, Language
from explorer.training.measures import Accuracies, accuracies, held_out_loss
from explorer.training.model import as_handle, fresh, variant_of
from explorer.training.objective import losses
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped

WARM_UP, CLIP, WEIGHT_DECAY = 50, 1.0, 0.01
MEASURE_EVERY, MEASURED = 100, 128
READ_EVERY = 10
# Every model takes the same examination, whatever it was trained with: 512 sentences, 15 % of their words hidden.
EXAM_RATE, EXAM_BATCHES = 0.15, 4


@dataclass(frozen=True)
class StepRecord:
    """One step: the batch's losses before it (in nats), the learning rate, seconds since the start.

    loss: masked words; next_sentence: None without pairs. accuracies, and exam, the masked-word loss on fixed fresh
    sentences with 15 % hidden: every 100 steps and after the last, else None. dials: every 10 steps.
    """

    step: int
    loss: float
    learning_rate: float
    seconds: float
    next_sentence: float | None = None
    accuracies: Accuracies | None = None
    exam: float | None = None
    dials: Dials | None = None


class Training:
    """One training; `steps` yields while it goes on, and the model is there at any time."""

    def __init__(self, setting: TrainingSetting, language: Language = ENGLISH) -> None:
        tokenizer = shipped(language)
        self.setting, self.variant = setting, variant_of(setting)
        self.batches = Batches(setting, tokenizer, language)
        self.model: Any = fresh(setting, tokenizer.get_vocab_size())

    def steps(self) -> Iterator[StepRecord]:
        """Train, one step at each request."""
        setting, model = self.setting, self.model.train()
        optimizer = torch.optim.AdamW(model.parameters(), lr=setting.learning_rate, weight_decay=WEIGHT_DECAY)
        start = time.perf_counter()
        for step in range(1, setting.steps + 1):
            for group in optimizer.param_groups:
                group["lr"] = setting.learning_rate * rate_at(step, setting.steps)
            batch = self.batches.draw()
            instruments = Instruments(batch.mask) if step % READ_EVERY == 0 else None
            with self._rules(instruments):
                words, follows = losses(model, batch)
            optimizer.zero_grad()
            (words if follows is None else words + follows).backward()
            dials = instruments.dials(model) if instruments else None
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            optimizer.step()
            measured = step % MEASURE_EVERY == 0 or step == setting.steps
            yield StepRecord(
                step=step,
                loss=words.item(),
                learning_rate=optimizer.param_groups[0]["lr"],
                seconds=time.perf_counter() - start,
                next_sentence=None if follows is None else follows.item(),
                accuracies=self._accuracies() if measured else None,
                exam=self._exam() if measured else None,
                dials=dials,
            )
        model.eval()

    def _rules(self, look: Instruments | None = None) -> AbstractContextManager[object]:
        """The forward pass of a block is one under the setting's rule; plain ones go through PyTorch's fused kernel."""
        plain = look is None and self.variant == AS_IS
        return nullcontext() if plain else recording(Recorder(self.variant, look=look))

    def _accuracies(self) -> Accuracies:
        with self._rules():
            return accuracies(self.model, self.batches, MEASURED, pairs=self.setting.pairs)

    def _exam(self) -> float:
        asked = replace(self.setting, rate=EXAM_RATE)
        with self._rules():
            return held_out_loss(self.model, asked, shipped(self.batches.language), EXAM_BATCHES, self.batches.language)


def train(setting: TrainingSetting) -> Iterator[StepRecord]:
    """Train a fresh model; for the model itself see `Training`."""
    return Training(setting).steps()


def trained(setting: TrainingSetting) -> ModelHandle:
    """Train to the end, without watching."""
    training = Training(setting)
    for _ in training.steps():
        pass
    return as_handle(training.model, ModelSpec("trained", setting.key, head="pretraining"))


def rate_at(step: int, steps: int) -> float:
    """Share of the highest learning rate at a step counted from 1: up over 50 steps, then down to 0."""
    warm_up = min(WARM_UP, steps)
    return step / warm_up if step <= warm_up else (steps - step + 1) / (steps - warm_up + 1)
