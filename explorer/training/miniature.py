"""Train and measure the small models of the page on intermediate layers: `make miniature` writes them to a file.

What the page trains live goes through the same `small`.
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
import transformers
from jaxtyping import Float, Int
from torch import Tensor

from explorer.analysis.probing import ProbeScore, probe_layers
from explorer.analysis.similarity import cka_matrix
from explorer.analysis.structure.without_ffn import Miniature, Small
from explorer.home import ASSETS
from explorer.models.altered_bert import n_parameters
from explorer.training.batches import Batches, Line, padded
from explorer.training.grammar import sentence
from explorer.training.loop import Training
from explorer.training.measures import FRESH, accuracies, held_out_loss
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped

STORED = ASSETS / "models" / "miniature.json"
SETTING = TrainingSetting()
RATES, SEEDS = (0.001, 0.002), 3
# Seeds of measured sentences, away from those of trainings and of `training.measures`.
SENTENCES, SENTENCE_SEED = 1_024, FRESH + 500


@dataclass(frozen=True, eq=False)
class Sentences:
    """Fresh sentences in which the verb and all that follows it are masked, with the truth about the hidden verb."""

    ids: Int[Tensor, "B T"]
    segments: Int[Tensor, "B T"]
    mask: Int[Tensor, "B T"]
    verb: Int[Tensor, " B"]
    subject: tuple[int, ...]
    number: tuple[int, ...]


@cache
def sentences(n: int = SENTENCES) -> Sentences:
    """The sentences on which every model is compared."""
    rng, batches = Random(SENTENCE_SEED), Batches(SETTING, shipped())
    clauses = [sentence(rng) for _ in range(n)]
    lines, verbs = [], []
    for clause in clauses:
        ids, verb = list(batches.line([clause]).ids), clause.at("verb") + 1  # after [CLS]
        hidden = range(verb, len(clause.words) + 1)
        lines.append(
            Line(tuple(batches.words["[MASK]"] if at in hidden else one for at, one in enumerate(ids)), (0,) * len(ids))
        )
        verbs.append(verb)
    return Sentences(
        *padded(lines), torch.tensor(verbs), tuple(c.subject for c in clauses), tuple(int(c.plural) for c in clauses)
    )  # fmt: skip


@torch.no_grad()
def hidden_states(model: Any, read: Sentences) -> tuple[Float[Tensor, "B T D"], ...]:
    """The embedding and what each layer returns."""
    model.eval()
    found: tuple[Tensor, ...] = model.bert(
        input_ids=read.ids, token_type_ids=read.segments, attention_mask=read.mask, output_hidden_states=True
    ).hidden_states
    return found


def of_tokens(states: Sequence[Float[Tensor, "B T D"]], read: Sentences) -> list[Float[Tensor, "N D"]]:
    """The vectors of all tokens that are not padding, one list entry for each hidden state."""
    return [state[read.mask.bool()] for state in states]


def probes(states: Sequence[Float[Tensor, "B T D"]], read: Sentences) -> dict[str, tuple[ProbeScore, ...]]:
    """What a ridge probe reads off the vector at the hidden verb: which animal, and how many."""
    at = torch.arange(len(read.verb)), read.verb
    rows = [state[at] for state in states]
    return {name: probe_layers(rows, getattr(read, name)) for name in ("subject", "number")}


def small(
    kind: str,
    model: Any,
    setting: TrainingSetting,
    reference: Sequence[Float[Tensor, "N D"]] | None,
    curve: tuple[tuple[int, float], ...] = (),
    milliseconds: float = 0.0,
) -> Small:
    """Measure one model. reference: `of_tokens` of the model that CKA compares with; None for that model itself."""
    read, batches = sentences(), Batches(setting, shipped())
    states = hidden_states(model, read)
    own = of_tokens(states, read)
    found = accuracies(model, batches, n=512, seed=1)
    return Small(
        kind=kind,
        seed=setting.seed,
        learning_rate=setting.learning_rate,
        parameters=n_parameters(model),
        in_layers=n_parameters(model.bert.encoder),
        milliseconds=milliseconds,
        loss=held_out_loss(model, setting, shipped()),
        verb=found.verb,
        agreement=found.agreement,
        place=found.place,
        curve=curve,
        cka=tuple(tuple(float(v) for v in row) for row in cka_matrix(own if reference is None else reference, own)),
        probes=probes(states, read),
    )


def miniature(setting: TrainingSetting = SETTING, seeds: int = SEEDS) -> Iterator[Small]:
    """Train and measure all models of one setting, the reference first.

    Every compared model has other first weights than the reference, or CKA would find what they began with.
    """
    reference: list[Tensor] | None = None
    for seed in range(seeds):
        pair = replace(setting, seed=seed), replace(setting, seed=seed + 1, ffn=False)
        for kind, (training, curve, step) in zip(("full", "without"), side_by_side(pair), strict=True):
            yield small(kind, training.model, training.setting, reference, curve, step)
            if reference is None:
                reference = of_tokens(hidden_states(training.model, sentences()), sentences())
    other = replace(setting, seed=1)
    ((training, curve, step),) = side_by_side((replace(other, scale="none"),))
    yield small("unscaled", training.model, training.setting, reference, curve, step)
    yield small("untrained", Training(other).model, other, reference)


Curve = tuple[tuple[int, float], ...]


def side_by_side(settings: tuple[TrainingSetting, ...], every: int = 20) -> list[tuple[Training, Curve, float]]:
    """Train in turns. For each: the training, its curve, and a step's median milliseconds of processor time.

    Not by the clock: what else the machine does would count.
    """
    trainings = [Training(setting) for setting in settings]
    running = [training.steps() for training in trainings]
    losses: list[list[float]] = [[] for _ in settings]
    times: list[list[float]] = [[] for _ in settings]
    for _ in range(max(setting.steps for setting in settings)):
        for steps, values, spent in zip(running, losses, times, strict=True):
            begun = time.thread_time()
            record = next(steps, None)
            if record is not None:
                values.append(record.loss)
            if record is not None and record.accuracies is None:
                spent.append(1e3 * (time.thread_time() - begun))
    curves = [tuple((s + every, float(np.mean(v[s : s + every]))) for s in range(0, len(v), every)) for v in losses]
    return [
        (training, curve, statistics.median(spent))
        for training, curve, spent in zip(trainings, curves, times, strict=True)
    ]


def main(setting: TrainingSetting = SETTING) -> None:
    """Make the stored results: two learning rates, three seeds of each kind, and the two that have learnt nothing."""
    torch.set_num_threads(1)
    models = []
    for rate in RATES:
        for model in miniature(replace(setting, learning_rate=rate)):
            models.append(model)
            sys.stderr.write(
                f"{model.kind} {model.seed} at {rate}: loss {model.loss:.3f}, {model.milliseconds:.1f} ms\n"
            )
    write(models, setting)


def write(models: Sequence[Small], setting: TrainingSetting, path: Path = STORED) -> None:
    """Put measured models into a file, with what they were made with."""
    made = {"torch": torch.__version__.partition("+")[0], "transformers": transformers.__version__}
    made |= {"setting": asdict(setting), "sentences": SENTENCES, "threads": 1}
    found = {"made": made, "models": _rounded([asdict(model) for model in models])}
    path.write_text(json.dumps(found) + "\n", encoding="utf-8")


def stored(learning_rate: float, path: Path = STORED) -> Miniature:
    """The shipped models of one learning rate."""
    models = json.loads(path.read_text(encoding="utf-8"))["models"]
    return Miniature(tuple(_read(one) for one in models if one["learning_rate"] == learning_rate))


def _read(one: dict[str, Any]) -> Small:
    scores = {name: tuple(ProbeScore(**score) for score in layers) for name, layers in one["probes"].items()}
    curve = tuple((int(step), float(loss)) for step, loss in one["curve"])
    return Small(**{**one, "curve": curve, "cka": tuple(tuple(row) for row in one["cka"]), "probes": scores})


def _rounded(value: Any) -> Any:
    """Five digits say all that these numbers mean, and keep the file small."""
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    main()
