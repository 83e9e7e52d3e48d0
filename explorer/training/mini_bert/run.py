"""A run of the training: from MiniLM's weights, as `BertForPreTraining`, with masked words and next sentence.

The learning rate warms up, stays, and falls to 0 over the last part, so a run can be made longer as long as it has not
begun to fall.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from transformers import BertForPreTraining

from explorer.models.embedded import embedded_folder
from explorer.training.mini_bert.corpus import Text, frequent, occurrences
from explorer.training.mini_bert.examples import IGNORED, Batch, batches, masked, mixed
from explorer.training.mini_bert.sources import SOURCES

ROWS = 16_000  # of the word table that learn; the others stay MiniLM's (the corpus hardly has them)
UNSEEN = 0.1  # occurrences that the bias of a piece outside these rows stands for


@dataclass(frozen=True)
class Setting:
    """What decides a run. The rates are the highest of each group; `fall`: share of the steps over which they go to 0.

    parts × pieces: a step sums the gradients of so many batches of at most so many pieces, one after the other or in
    threads: the result is the same. frozen: so many layers from below stay MiniLM's, and so does what comes before them
    but for the word table, which learns as decoder. mask: share of the pieces asked for until the fall, and during it.
    kept: see `examples.masked`, during the fall; before it every chosen piece is hidden. bfloat16: products are formed
    in 16 bits, as autocast does it; weights, sums of gradients and losses stay in 32.
    """

    steps: int = 8_200
    parts: int = 2
    pieces: int = 1_000
    frozen: int = 2
    body: float = 4e-4
    table: float = 2e-4
    head: float = 1e-3
    warm_up: int = 100
    fall: float = 0.35
    mask: tuple[float, float] = (0.3, 0.15)
    kept: float = 0.2
    weight_decay: float = 0.01
    clip: float = 1.0
    seed: int = 0
    bfloat16: bool = True

    def scale(self, step: int) -> float:
        """The rates of a step (from 1), as share of the highest."""
        begin = round(self.steps * (1 - self.fall))
        down = min(1.0, (self.steps - step + 1) / max(1, self.steps - begin))
        return min(step / self.warm_up, 1.0) * down

    def falling(self, step: int) -> bool:
        return step > round(self.steps * (1 - self.fall))


def fresh() -> Any:
    """MiniLM with both heads: their new weights are drawn, the decoder is the word table."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = BertForPreTraining.from_pretrained(
            embedded_folder(), local_files_only=True, use_safetensors=True, dtype=torch.float32
        )
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    return model


class Run:
    """A training that can be saved and resumed: the same steps, whether interrupted or not, on however many threads."""

    def __init__(self, setting: Setting, texts: dict[str, Text], workers: int = 1, model: Any = None) -> None:
        self.setting, self.step = setting, 0
        self.curve: list[tuple[float, ...]] = []  # step, masked pieces, next sentence: mean losses since the last
        self.model = (fresh() if model is None else model).train()
        counts = occurrences(texts, self.model.config.vocab_size)
        self.rows = torch.from_numpy(frequent(counts, ROWS))
        self._row_of = torch.full((len(counts),), IGNORED).index_put_((self.rows,), torch.arange(len(self.rows)))
        # Until the states say something, the best guess is the frequency of the pieces.
        log = (torch.from_numpy(counts).double().clamp(min=UNSEEN) / counts.sum()).log().float()
        self.model.cls.predictions.bias.data.copy_(log)
        self.table = torch.nn.Parameter(self._words().data[self.rows].clone())
        self.bias = torch.nn.Parameter(log[self.rows])
        self.optimizer = torch.optim.AdamW(self._groups(), fused=True)
        self._highest = [group["lr"] for group in self.optimizer.param_groups]
        self.parameters = [one for group in self.optimizer.param_groups for one in group["params"]]
        self._pool = ThreadPoolExecutor(workers)
        self._source = batches(
            mixed(texts, {name: SOURCES[name].share for name in texts}, setting.seed), setting.pieces, 0
        )

    def _words(self) -> Any:
        return self.model.bert.embeddings.word_embeddings.weight

    def _groups(self) -> list[dict[str, Any]]:
        """Parameters with the highest rate of each; the rows and everything of one dimension do not decay."""
        setting = self.setting
        self.model.requires_grad_(False)
        learning = [*self.model.bert.encoder.layer[setting.frozen :], self.model.bert.pooler]
        head = [self.model.cls.predictions.transform, self.model.cls.seq_relationship]
        for module in [*learning, *head]:
            module.requires_grad_(True)
        groups: list[dict[str, Any]] = [
            {"params": [self.table], "lr": setting.table, "weight_decay": 0.0},
            {"params": [self.bias], "lr": setting.head, "weight_decay": 0.0},
        ]
        for modules, rate in ((learning, setting.body), (head, setting.head)):
            found = [p for module in modules for p in module.parameters()]
            for wide, decay in ((True, setting.weight_decay), (False, 0.0)):
                chosen = [p for p in found if (p.dim() > 1) == wide]
                groups.append({"params": chosen, "lr": rate, "weight_decay": decay})
        return groups

    def losses(self, batch: Batch, ids: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Nats of the masked pieces and of the next sentence. The last feed-forward block and the decoder see only the
        places that are asked for."""
        bert, wanted = self.model.bert, self._row_of[batch.ids.flatten()[places]]
        mask = None if bool(batch.mask.all()) else batch.mask.bool()[:, None, None, :]
        states = bert.embeddings(input_ids=ids, token_type_ids=batch.segments)
        for layer in bert.encoder.layer[:-1]:
            states = layer(states, mask)
        last = bert.encoder.layer[-1]
        states, _ = last.attention(states, mask)
        asked = torch.cat([states.flatten(0, 1)[places], states[:, 0]])
        asked = last.output(last.intermediate(asked), asked)
        words = self.model.cls.predictions.transform(asked[: len(places)]) @ self.table.T + self.bias
        follows = self.model.cls.seq_relationship(bert.pooler(asked[len(places) :, None]))
        paired = batch.label[batch.label != IGNORED]
        return (
            cross_entropy(words.float(), wanted, ignore_index=IGNORED),
            cross_entropy(follows.float(), batch.label, ignore_index=IGNORED) if len(paired) else words.new_zeros(()),
        )

    def _gradients(self, batch: Batch, part: int) -> tuple[float, float, tuple[Tensor | None, ...]]:
        falling = self.setting.falling(self.step)
        rng = np.random.default_rng([self.setting.seed, self.step, part])
        kept = self.setting.kept if falling else 0.0
        ids, places = masked(batch, self.setting.mask[falling], kept, self.rows.numpy(), rng)
        with torch.autocast("cpu", torch.bfloat16, enabled=self.setting.bfloat16):
            words, follows = self.losses(batch, ids, places)
        return words.item(), follows.item(), torch.autograd.grad(words + follows, self.parameters, allow_unused=True)

    def steps(self) -> Iterator[tuple[float, float]]:
        """Train to the end; gives the losses of each step: masked pieces, next sentence."""
        for _ in islice(self._source, self.step * self.setting.parts):
            pass
        while self.step < self.setting.steps:
            self.step += 1
            parts = list(islice(self._source, self.setting.parts))
            found = list(self._pool.map(self._gradients, parts, range(len(parts))))
            for parameter, *grads in zip(self.parameters, *(grads for _, _, grads in found), strict=True):
                there = [grad for grad in grads if grad is not None]
                parameter.grad = sum(there[1:], there[0]).div_(len(parts)) if there else None
            for group, highest in zip(self.optimizer.param_groups, self._highest, strict=True):
                group["lr"] = highest * self.setting.scale(self.step)
            torch.nn.utils.clip_grad_norm_(self.parameters, self.setting.clip)
            self.optimizer.step()
            self.settle()
            yield float(np.mean([words for words, _, _ in found])), float(np.mean([one for _, one, _ in found]))

    def settle(self) -> None:
        """What the decoder has learnt goes into the model's word table, which is the same."""
        self._words().data[self.rows] = self.table.data
        self.model.cls.predictions.bias.data[self.rows] = self.bias.data

    def save(self, path: Path) -> None:
        """Replace the checkpoint in one move."""
        path.parent.mkdir(parents=True, exist_ok=True)
        state = {
            "step": self.step,
            "setting": asdict(self.setting),
            "curve": self.curve,
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save(state, path.with_suffix(".new"))
        os.replace(path.with_suffix(".new"), path)

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, weights_only=True)
        self.step, self.curve = state["step"], state["curve"]
        self.model.load_state_dict(state["model"])
        self.table.data.copy_(self._words().data[self.rows])
        self.bias.data.copy_(self.model.cls.predictions.bias.data[self.rows])
        self.optimizer.load_state_dict(state["optimizer"])
