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
from explorer.training.grammar import Clause, pair, sentence
from explorer.training.languages import ENGLISH, Language
from explorer.training.objective import losses
from explorer.training.setting import TrainingSetting

# What is masked with the verb, because it would tell the noun or its number.
TELLING = ("verb", "pronoun", "act", "possessive", "place")
FRESH = 10**6  # seeds of measured sentences start here, away from those of trainings


@dataclass(frozen=True)
class Accuracies:
    """Shares of right answers on fresh sentences; next_sentence is None for a model that never saw pairs.

    verb: the exact form of the verb when it is masked with all that follows it and tells noun or number; the reader
        must find the right noun, not the one in between (32 forms in English, 16 in Chinese).
    agreement: in English, the right number of that verb has more probability than the wrong number; in Chinese, with
        the measure word masked, too, the subject's has more than that of the noun in between, where the two differ
        (chance 50 %).
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
    clauses = [sentence(rng, batches.language) for _ in range(n)]
    words, at_verb = batches.words, _logits(model, batches, clauses, "verb", TELLING)
    at_place = _logits(model, batches, clauses, "place", ("verb", "place"))
    right = torch.tensor([words[clause.words[clause.at("verb")]] for clause in clauses])
    home = torch.tensor([words[clause.words[clause.at("place")]] for clause in clauses])
    return Accuracies(
        verb=_share(at_verb.argmax(-1) == right),
        agreement=_agreement(model, batches, clauses, at_verb),
        place=_share(at_place.argmax(-1) == home),
        next_sentence=next_sentence(model, batches, n, seed) if pairs else None,
    )


@torch.no_grad()
def next_sentence(model: Any, batches: Batches, n: int = 256, seed: int = 0) -> float:
    """Share of fresh pairs, half of them true, that are told rightly."""
    rng = Random(FRESH + seed)
    drawn = [pair(rng, bool(number % 2), batches.language) for number in range(n)]
    ids, segments, mask = padded([batches.line([a, b], true, stop=True) for a, b, true in drawn])
    logits = model(input_ids=ids, token_type_ids=segments, attention_mask=mask).seq_relationship_logits
    return _share((logits[:, 0] > logits[:, 1]) == torch.tensor([true for _, _, true in drawn]))


@torch.no_grad()
def held_out_loss(
    model: Any, setting: TrainingSetting, tokenizer: Tokenizer, batches: int = 8, language: Language = ENGLISH
) -> float:
    """Mean masked-word loss in nats on fixed batches of masked sentences, the same for every model and seed."""
    fixed = Batches(replace(setting, seed=FRESH, batch=128), tokenizer, language)
    return float(torch.stack([losses(model, fixed.draw())[0] for _ in range(batches)]).mean())


def _agreement(model: Any, batches: Batches, clauses: Sequence[Clause], at_verb: Float[Tensor, "N V"]) -> float:
    """Share of clauses in which the word that agrees with the subject is likelier than the one that does not."""
    language, words = batches.language, batches.words
    if language.measures:
        of = language.measures
        crossed = [c for c in clauses if c.attractor is not None and of[c.attractor] != of[c.subject]]
        logits = _logits(model, batches, crossed, "measure", ("measure", *TELLING))
        forms = [(of[c.subject], of[c.attractor]) for c in crossed if c.attractor is not None]
    else:
        logits, verbs = at_verb, [(language.nouns[c.subject][2:4], c.plural) for c in clauses]
        forms = [(of_one[plural], of_one[not plural]) for of_one, plural in verbs]
    right, wrong = (torch.tensor([[words[form]] for form in column]) for column in zip(*forms, strict=True))
    return _share(logits.gather(1, right) > logits.gather(1, wrong))


@torch.no_grad()
def _logits(
    model: Any, batches: Batches, clauses: Sequence[Clause], role: str, masked: Sequence[str]
) -> Float[Tensor, "N V"]:
    """The model's scores at the first word of each sentence with this role, where words of some roles are masked."""
    lines, at, mask_id = [], [clause.at(role) for clause in clauses], batches.words["[MASK]"]
    for clause in clauses:
        line = batches.line([clause])
        words = [mask_id if role in masked else id_ for id_, role in zip(line.ids[1:], clause.roles, strict=False)]
        lines.append(Line((line.ids[0], *words, line.ids[-1]), line.segments))  # [CLS] … [SEP]
    ids_, segments, mask = padded(lines)
    hidden = model.bert(input_ids=ids_, token_type_ids=segments, attention_mask=mask)[0]
    rows = torch.arange(len(lines))
    logits: Tensor = model.cls.predictions(hidden[rows, torch.tensor(at) + 1])
    return logits


def _share(right: Tensor) -> float:
    return float(right.double().mean())
