"""What a model has learnt, on sentences that it has never seen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import torch
from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor

from explorer.training.batches import Batches, Line, padded
from explorer.training.grammar import ANIMALS, Clause, pair, sentence
from explorer.training.objective import losses
from explorer.training.setting import TrainingSetting

# What is masked with the verb, because it would tell the animal or its number.
TELLING = ("verb", "pronoun", "act", "possessive", "place")
FRESH = 10**6  # seeds of measured sentences start here, away from those of trainings


@dataclass(frozen=True)
class Accuracies:
    """Shares of right answers on fresh sentences; next_sentence is None for a model that never saw pairs.

    verb: the exact form of the verb when it is masked with all that follows it and tells animal or number; the reader
        must find the right noun, not the one in between (32 forms).
    agreement: the right number of that verb has more probability than the wrong number (chance 50 %).
    place: the exact place, with the verb masked, too (16 places).
    next_sentence: whether the second clause follows the first (chance 50 %).
    """

    verb: float
    agreement: float
    place: float
    next_sentence: float | None = None


@torch.no_grad()
def accuracies(model: Any, batches: Batches, n: int = 256, seed: int = 0, pairs: bool = False) -> Accuracies:
    """Measure on `n` fresh sentences, and as many pairs; runs in the mode and dtype that the model is in."""
    rng = Random(FRESH + seed)
    clauses = [sentence(rng) for _ in range(n)]
    verbs = [clause.at("verb") for clause in clauses]
    telling = [[clause.at(role) for role in TELLING] for clause in clauses]
    at_verb = _logits(model, batches, clauses, verbs, telling)
    places = [clause.at("place") for clause in clauses]
    at_place = _logits(model, batches, clauses, places, list(zip(verbs, places, strict=True)))
    words = batches.words
    right = torch.tensor([words[ANIMALS[c.subject][2 + c.plural]] for c in clauses])
    wrong = torch.tensor([words[ANIMALS[c.subject][3 - c.plural]] for c in clauses])
    home = torch.tensor([words[ANIMALS[c.subject][4]] for c in clauses])
    agrees = at_verb.gather(1, right[:, None]) > at_verb.gather(1, wrong[:, None])
    return Accuracies(
        verb=_share(at_verb.argmax(-1) == right),
        agreement=_share(agrees),
        place=_share(at_place.argmax(-1) == home),
        next_sentence=next_sentence(model, batches, n, seed) if pairs else None,
    )


@torch.no_grad()
def next_sentence(model: Any, batches: Batches, n: int = 256, seed: int = 0) -> float:
    """Share of fresh pairs, half of them true, that are told rightly."""
    rng = Random(FRESH + seed)
    drawn = [pair(rng, follows=bool(number % 2)) for number in range(n)]
    ids, segments, mask = padded([batches.line([a, b], true, stop=True) for a, b, true in drawn])
    logits = model(input_ids=ids, token_type_ids=segments, attention_mask=mask).seq_relationship_logits
    return _share((logits[:, 0] > logits[:, 1]) == torch.tensor([true for _, _, true in drawn]))


@torch.no_grad()
def held_out_loss(model: Any, setting: TrainingSetting, tokenizer: Tokenizer, batches: int = 8) -> float:
    """Mean masked-word loss in nats on fixed batches of masked sentences, the same for every model and seed."""
    fixed = Batches(replace(setting, seed=FRESH, batch=128), tokenizer)
    return float(torch.stack([losses(model, fixed.draw())[0] for _ in range(batches)]).mean())


@torch.no_grad()
def _logits(
    model: Any, batches: Batches, clauses: Sequence[Clause], at: Sequence[int], gaps: Sequence[Sequence[int]]
) -> Float[Tensor, "N V"]:
    """The model's scores at one word of each sentence, with some of its words masked."""
    lines = []
    for clause, masked in zip(clauses, gaps, strict=True):
        line = batches.line([clause])
        ids = list(line.ids)
        for word in masked:
            ids[word + 1] = batches.words["[MASK]"]  # [CLS] stands before the first word
        lines.append(Line(tuple(ids), line.segments))
    ids_, segments, mask = padded(lines)
    hidden = model.bert(input_ids=ids_, token_type_ids=segments, attention_mask=mask)[0]
    rows = torch.arange(len(lines))
    logits: Tensor = model.cls.predictions(hidden[rows, torch.tensor(at) + 1])
    return logits


def _share(right: Tensor) -> float:
    return float(right.double().mean())
