"""What the model can do, on text that it has not learnt from."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy, normalize

from explorer.training.mini_bert import agreement
from explorer.training.mini_bert.corpus import Text
from explorer.training.mini_bert.examples import CLS, MASK, SEP, Example, collate, examples, masked

CLOZE = Path(__file__).with_name("cloze.tsv")
SEED = 11


@dataclass(frozen=True)
class Gap:
    """An everyday sentence with ___ for one word, the words that are accepted there, and the part it belongs to."""

    part: str
    text: str
    accepted: tuple[str, ...]


@dataclass(frozen=True)
class Pieces:
    """Masked pieces of a held-out text: how many, the share that is right, in the first five, and the loss in nats."""

    n: int
    first: float
    five: float
    nats: float


@dataclass(frozen=True)
class Pairs:
    """Pairs, half of them consecutive: how many, and the share that is told right."""

    n: int
    right: float


def gaps(part: str) -> list[Gap]:
    """The sentences of a part: "dev" was looked at during the work, "end" only at its end."""
    rows = (line.split("\t") for line in CLOZE.read_text(encoding="utf-8").splitlines())
    return [Gap(row[0], row[1], tuple(row[2].split())) for row in rows if row[0] == part]


@torch.no_grad()
def guesses(model: Any, tokenizer: Tokenizer, text: str) -> Tensor:
    """The logits (V) at the one [MASK] of a sentence."""
    ids = torch.tensor([tokenizer.encode(text).ids])
    place = int((ids[0] == MASK).nonzero()[0])
    return model(ids).prediction_logits[0, place]  # type: ignore[no-any-return]


def cloze(model: Any, tokenizer: Tokenizer, part: str) -> tuple[float, float, list[tuple[Gap, list[str]]]]:
    """Share of the gaps where an accepted word stands first, among the first five; and the five words of each."""
    found = []
    for gap in gaps(part):
        best = guesses(model, tokenizer, gap.text.replace("___", "[MASK]")).topk(5).indices.tolist()
        found.append((gap, [str(tokenizer.id_to_token(one)) for one in best]))
    first = np.mean([words[0] in gap.accepted for gap, words in found])
    five = np.mean([bool(set(words) & set(gap.accepted)) for gap, words in found])
    return float(first), float(five), found


def agreements(model: Any, tokenizer: Tokenizer) -> float:
    """Share of the sentences where the right form of the verb has the higher logit."""
    right = []
    for item in agreement.items():
        logits = guesses(model, tokenizer, item.text)
        right.append(bool(logits[tokenizer.token_to_id(item.right)] > logits[tokenizer.token_to_id(item.wrong)]))
    return float(np.mean(right))


@torch.no_grad()
def pieces(model: Any, text: Text, most: int = 150) -> Pieces:
    """15 % of the pieces of held-out examples, all of them hidden."""
    rng = np.random.default_rng(SEED)
    ranks, nats = [], []
    for example in islice(examples(text.held_out, rng, single=1.0), most):
        batch = collate([example])
        ids, places = masked(batch, 0.15, 0.0, np.zeros(1, np.int64), rng)
        logits = model(ids, token_type_ids=batch.segments).prediction_logits[0, places]
        wanted = batch.ids[0, places]
        ranks += (logits > logits.gather(1, wanted[:, None])).sum(1).tolist()
        nats += cross_entropy(logits, wanted, reduction="none").tolist()
    place = np.array(ranks)
    return Pieces(len(place), float((place == 0).mean()), float((place < 5).mean()), float(np.mean(nats)))


@torch.no_grad()
def pairs(model: Any, text: Text, most: int = 150) -> Pairs:
    """Held-out stretches with what follows them, or with another stretch of the same source."""
    rng = np.random.default_rng(SEED)
    right = []
    for example in islice((e for e in examples(text.held_out, rng, single=0.0) if e.second is not None), most):
        batch = collate([example])
        logits = model(batch.ids, token_type_ids=batch.segments).seq_relationship_logits[0]
        right.append(bool(logits[0] > logits[1]) == example.follows)
    return Pairs(len(right), float(np.mean(right)) if right else float("nan"))


@dataclass(frozen=True)
class Change:
    """Against MiniLM on the same sentences.

    attention: per layer, half the L1 distance of two rows of attention (0 = the same, 1 = nothing in common), mean over
        heads and rows. same: mean cosine of a sentence's two vectors (means over its pieces). order: Spearman's
        correlation of all cosines between two different sentences.
    """

    attention: tuple[float, ...]
    same: float
    order: float


@torch.no_grad()
def change_of(model: Any, base: Any, sentences: list[Example]) -> Change:
    """model, base: without head, attention "eager", so that they give their attention."""
    distances, ours, theirs = [], [], []
    for example in sentences:
        ids = torch.tensor([[CLS, *example.first.tolist(), SEP]])
        one, other = (which(ids, output_attentions=True) for which in (model, base))
        both = zip(one.attentions, other.attentions, strict=True)
        distances.append([float((a - b).abs().sum(-1).mean() / 2) for a, b in both])
        ours.append(one.last_hidden_state[0].mean(0))
        theirs.append(other.last_hidden_state[0].mean(0))
    a, b = normalize(torch.stack(ours)), normalize(torch.stack(theirs))
    upper = torch.triu_indices(len(a), len(a), offset=1)
    old, new = (pd.Series((one @ one.T)[*upper].numpy()).rank() for one in (b, a))
    order = np.corrcoef(old, new)[0, 1]  # Pearson's of the ranks is Spearman's
    layers = tuple(float(one) for one in np.mean(distances, axis=0))
    return Change(layers, float(cosine_similarity(a, b).mean()), float(order))
