"""What the masked-word head says at a place: its likeliest words, the true one's rank, and what each layer would say.

Logit lens: nostalgebraist 2020, "interpreting GPT: the logit lens".
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.heads import as_heads_read, mlm_logits, word_logits
from explorer.capture.scene import Scene
from explorer.models.encode import Encoded, named
from explorer.models.handle import ModelHandle


@dataclass(frozen=True)
class Guess:
    """One place. truth: the word that stood there, None where the visitor typed the mask; rank counts from 1.

    best: likeliest words with their probabilities; entropy in nats.
    """

    place: int
    truth: str | None
    rank: int | None
    probability: float | None
    best: tuple[tuple[str, float], ...]
    entropy: float


@dataclass(frozen=True)
class Predictions:
    """What the head says at every hidden place of one run; each place on its own, from the same run."""

    guesses: tuple[Guess, ...]
    n_vocab: int

    def table(self) -> pd.DataFrame:
        """One row for each place and word."""
        return pd.DataFrame(
            [
                (g.place, g.truth or "", g.rank, g.probability, at, word, probability, g.entropy)
                for g in self.guesses
                for at, (word, probability) in enumerate(g.best, 1)
            ],
            columns=["position", "true word", "rank of the true word", "probability of the true word", "rank", "word",
                     "probability", "entropy (nats)"],
        )  # fmt: skip

    def reading(self) -> Message:
        """For one place the truth's rank or the first guess; for several how many are right."""
        if not self.guesses:
            return "masked.reading.nothing", {}
        known = [g for g in self.guesses if g.rank is not None]
        if len(self.guesses) == 1:
            return _one(self.guesses[0], self.n_vocab)
        right = sum(g.rank == 1 for g in known)
        facts: dict[str, object] = {"n": len(self.guesses), "known": len(known), "right": right}
        if not known:
            return "masked.reading.typed", {"n": len(self.guesses), "words": " … ".join(_first(self.guesses))}
        hardest = min(known, key=lambda g: g.probability or 0.0)
        facts |= {"token": hardest.truth, "share": hardest.probability, "rank": hardest.rank}
        return "masked.reading.several", facts


def _first(guesses: Sequence[Guess]) -> list[str]:
    return [g.best[0][0] for g in guesses]


def _one(guess: Guess, n_vocab: int) -> Message:
    word, share = guess.best[0]
    facts: dict[str, object] = {"word": word, "share": share, "words": n_vocab}
    if guess.rank is None:
        return "masked.reading.open", facts | {"choices": math.exp(guess.entropy)}
    facts |= {"truth": guess.truth, "rank": guess.rank, "own": guess.probability}
    return f"masked.reading.{'right' if guess.rank == 1 else 'wrong'}", facts


@dataclass(frozen=True, eq=False)
class Lens:
    """The head on the state of one place after every layer; row 0 is the embedding, the last row is the model's own.

    words, probs: the likeliest words of each row; truth, truth_probs, ranks: of the word that stood there.
    difference: between the last row and the model's own output.
    """

    place: int
    truth: str | None
    words: tuple[tuple[str, ...], ...]
    probs: Float[np.ndarray, "S k"]
    truth_probs: Float[np.ndarray, " S"] | None
    ranks: tuple[int, ...] | None
    difference: float

    def table(self) -> pd.DataFrame:
        """One row for each state and word."""
        states, k = self.probs.shape
        frame = pd.DataFrame(
            {
                "after layer": np.repeat(np.arange(states) - 1, k),
                "rank": np.tile(np.arange(1, k + 1), states),
                "word": [word for row in self.words for word in row],
                "probability": self.probs.ravel(),
            }
        )
        if self.truth_probs is not None and self.ranks is not None:
            frame["probability of the true word"] = np.repeat(self.truth_probs, k)
            frame["rank of the true word"] = np.repeat(self.ranks, k)
        return frame

    def reading(self) -> Message:
        """From which layer on the last answer stands first."""
        final = self.words[-1][0]
        since = len(self.words) - 1
        while since and self.words[since - 1][0] == final:
            since -= 1
        facts: dict[str, object] = {"word": final, "share": float(self.probs[-1, 0]), "layer": since - 1}
        facts |= {"first": self.words[0][0]}
        return (
            f"masked.reading.lens.{'last' if since == len(self.words) - 1 else 'early' if since else 'always'}",
            facts,
        )


def predictions(scene: Scene, hidden: Scene, places: Sequence[int], k: int = 8) -> Predictions:
    """The guesses at these places of a text; hidden: the same text with words hidden (see `masked.hide`)."""
    handle, logits = scene.handle, word_logits(scene.handle, hidden.capture(), (0, list(places)))
    guesses = tuple(_guess(handle, scene.encoded, row, place, k) for row, place in zip(logits, places, strict=True))
    return Predictions(guesses, handle.dims.n_vocab)


def _guess(handle: ModelHandle, original: Encoded, logits: Tensor, place: int, k: int) -> Guess:
    log_probs = logits.float().log_softmax(-1)
    probs = log_probs.exp()
    best = probs.topk(min(k, len(probs)))
    entropy = float(-(probs * log_probs).sum())
    found = tuple(zip(named(handle, best.indices.tolist()), best.values.tolist(), strict=True))
    truth = original.tokens[place]
    if place in original.typed_masks:
        return Guess(place, None, None, None, found, entropy)
    own = probs[original.ids[0, place]]
    return Guess(place, truth, 1 + int((probs > own).sum()), float(own), found, entropy)


def lens(scene: Scene, hidden: Scene, place: int, k: int = 5) -> Lens:
    """The masked-word head on every hidden state of one place, each normalised as the last one is in pre-LN models.

    hidden: the text of the scene with words hidden.
    """
    handle, original, seen = scene.handle, scene.encoded, hidden.capture()
    states = torch.stack([state[0, place] for state in seen.hidden])
    logits = mlm_logits(handle, as_heads_read(handle, states[None]))[0]
    probs = logits.float().softmax(-1)
    best = probs.topk(min(k, probs.shape[-1]), dim=-1)
    truth = original.tokens[place]
    known = place not in original.typed_masks
    own = probs[:, original.ids[0, place]]
    return Lens(
        place=place,
        truth=truth if known else None,
        words=tuple(named(handle, row) for row in best.indices.tolist()),
        probs=best.values.cpu().numpy(),
        truth_probs=own.cpu().numpy() if known else None,
        ranks=tuple((1 + (probs > own[:, None]).sum(-1)).tolist()) if known else None,
        difference=float((logits[-1] - word_logits(handle, seen, (0, place))).abs().max()),
    )
