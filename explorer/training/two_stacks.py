"""Two one-directional stacks beside one that sees both sides: ELMo's idea and BERT's, on the small language.

`make stacks` writes `assets/models/two_stacks.json`. Peters et al. 2018, section 3: two
language models, one for each direction, whose states are joined at the end. Theirs are LSTMs; here all are the lab's
small BERT, so that only the direction differs.
"""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from transformers import BertForMaskedLM

from explorer.analysis.models.stacks_compared import FILE, ROLES
from explorer.training.batches import IGNORED, Batches, Line, padded
from explorer.training.grammar import Clause, sentence
from explorer.training.loop import CLIP, WEIGHT_DECAY, rate_at
from explorer.training.model import configuration
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped

SEEDS, STEPS = 3, 800
# Sentences in which one word is hidden when the readers are asked.
ASKED = 600


class Stacks:
    """The three networks and the read-out that joins two of them, trained from one seed."""

    def __init__(self, seed: int, steps: int = STEPS) -> None:
        self.setting = TrainingSetting(seed=seed, steps=steps)
        tokenizer = shipped()
        self.batches = Batches(self.setting, tokenizer)
        self.n_vocab = tokenizer.get_vocab_size()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.forward, self.backward, self.both = (self._network(causal) for causal in (True, True, False))
            self.joined = nn.Linear(2 * self.setting.d_model, self.n_vocab)

    def _network(self, causal: bool) -> Any:
        config = configuration(self.setting, self.n_vocab)
        config.is_decoder, config.use_cache = causal, False
        return BertForMaskedLM._from_config(config, attn_implementation="eager", dtype=torch.float32)

    def train(self) -> None:
        """One after the other; every step draws fresh sentences."""
        rng = Random(self.setting.seed + 7)
        self._fit(self.forward, lambda: self._next(self.forward, self._lines(rng)))
        self._fit(self.backward, lambda: self._next(self.backward, [reversed_line(one) for one in self._lines(rng)]))
        self._fit(self.both, lambda: self._hidden(self._lines(rng)))
        self._fit(self.joined, lambda: self._at_every_word(self._lines(rng)))

    def _lines(self, rng: Random) -> list[Line]:
        return [self.batches.line([sentence(rng)]) for _ in range(self.setting.batch)]

    def _fit(self, module: nn.Module, loss_of: Any) -> None:
        optimizer = torch.optim.AdamW(module.parameters(), lr=self.setting.learning_rate, weight_decay=WEIGHT_DECAY)
        for step in range(1, self.setting.steps + 1):
            for group in optimizer.param_groups:
                group["lr"] = self.setting.learning_rate * rate_at(step, self.setting.steps)
            optimizer.zero_grad()
            loss_of().backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), CLIP)
            optimizer.step()
        module.eval().requires_grad_(False)

    def _next(self, network: Any, lines: list[Line]) -> Tensor:
        ids, _, mask = padded(lines)
        logits = network(input_ids=ids, attention_mask=mask).logits[:, :-1]
        targets = ids[:, 1:].masked_fill(mask[:, 1:] == 0, IGNORED)
        return cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)

    def _hidden(self, lines: list[Line]) -> Tensor:
        batch = self.batches.masked(lines)
        return cross_entropy(
            self.both(input_ids=batch.ids, attention_mask=batch.mask).logits[batch.chosen], batch.labels
        )

    def _at_every_word(self, lines: list[Line]) -> Tensor:
        words = [(row, at) for row, line in enumerate(lines) for at in range(1, len(line.ids) - 1)]
        ids = torch.tensor([lines[row].ids[at] for row, at in words])
        return cross_entropy(self.joined(self._states(lines, words)), ids)

    def _states(self, lines: list[Line], words: list[tuple[int, int]]) -> Float[Tensor, "N D2"]:
        """Of each word: what the one stack made of all before it, and the other of all behind it."""
        with torch.no_grad():
            ids, _, mask = padded(lines)
            before = self.forward.bert(input_ids=ids, attention_mask=mask).last_hidden_state
            ids, _, mask = padded([reversed_line(one) for one in lines])
            behind = self.backward.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        found = [torch.cat([before[row, at - 1], behind[row, len(lines[row].ids) - 2 - at]]) for row, at in words]
        return torch.stack(found)

    def logits(self, lines: list[Line], places: list[int]) -> dict[str, Float[Tensor, "N V"]]:
        """What each reader says of the word at one place of each line, which none of them is shown."""
        words = list(enumerate(places))
        with torch.no_grad():
            states = self._states(lines, words)
            before, behind = states.chunk(2, -1)
            ids, _, mask = padded(lines)
            ids[range(len(lines)), places] = self.batches.words["[MASK]"]
            both = self.both(input_ids=ids, attention_mask=mask).logits[range(len(lines)), places]
            return {
                "forward": self.forward.cls(before), "backward": self.backward.cls(behind),
                "joined": self.joined(states), "both": both,
            }  # fmt: skip


def reversed_line(line: Line) -> Line:
    """From its end to its beginning."""
    return Line(line.ids[::-1], line.segments[::-1])


def asked(stacks: Stacks, role: str, n: int = ASKED) -> dict[str, tuple[float, float]]:
    """Of each reader: mean loss in nats, and share of right answers, at one word of n fresh sentences."""
    rng = Random(10_000 + stacks.setting.seed)
    clauses = [sentence(rng) for _ in range(n)]
    lines = [stacks.batches.line([clause]) for clause in clauses]
    places = [_place(clause, role, rng) + 1 for clause in clauses]  # behind [CLS]
    targets: Int[Tensor, " N"] = torch.tensor([line.ids[at] for line, at in zip(lines, places, strict=True)])
    return {
        name: (float(cross_entropy(said, targets)), float((said.argmax(-1) == targets).float().mean()))
        for name, said in stacks.logits(lines, places).items()
    }


def _place(clause: Clause, role: str, rng: Random) -> int:
    return rng.randrange(len(clause.words)) if role == "any" else clause.at(role)


def runs(seeds: int = SEEDS) -> Iterator[dict[str, object]]:
    """One training after the other."""
    for seed in range(seeds):
        stacks = Stacks(seed)
        stacks.train()
        yield {"seed": seed} | {role: asked(stacks, role) for role in ROLES}


if __name__ == "__main__":
    about = f"nats and share right at a hidden word, {ASKED} fresh sentences; made by explorer/training/two_stacks.py"
    FILE.write_text(json.dumps({"about": about, "steps": STEPS, "runs": list(runs())}, indent=1) + "\n", "utf-8")
