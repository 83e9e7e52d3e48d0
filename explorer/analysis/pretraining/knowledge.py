"""What a masked-word head knows: its guesses in sentences of one kind, beside words that fit there."""

import json
from dataclasses import dataclass
from functools import cache

import pandas as pd

from explorer.analysis.info import Message
from explorer.capture.heads import word_logits
from explorer.capture.run import run
from explorer.home import ASSETS
from explorer.models.encode import encode, named
from explorer.models.handle import ModelHandle

GAP = "___"
# Of this kind there is no right answer: two words are compared.
COMPARED = "he_she"


@dataclass(frozen=True)
class Filled:
    """One sentence. accepted: words that fit, and the probability of each (0 where the vocabulary lacks it).

    best: the likeliest words with their probabilities. right: rank of the first accepted word among them, from 1.
    """

    text: str
    accepted: tuple[tuple[str, float], ...]
    best: tuple[tuple[str, float], ...]

    @property
    def right(self) -> int | None:
        fits = {word for word, _ in self.accepted}
        return next((rank for rank, (word, _) in enumerate(self.best, 1) if _plain(word) in fits), None)


@dataclass(frozen=True)
class Knowledge:
    """The sentences of one kind, filled by the model."""

    kind: str
    filled: tuple[Filled, ...]

    def table(self) -> pd.DataFrame:
        """One row for each sentence and guess, or for each of the two words that are compared."""
        compared = self.kind == COMPARED
        return pd.DataFrame(
            [
                (one.text, rank, word, probability, compared or _plain(word) in {fit for fit, _ in one.accepted})
                for one in self.filled
                for rank, (word, probability) in enumerate(one.accepted if compared else one.best, 1)
            ],
            columns=["sentence", "rank", "word", "probability", "fits"],
        )

    def reading(self) -> Message:
        """In how many sentences the first guess fits, and one of all that are shown; or which word leads how often."""
        if self.kind == COMPARED:
            first = sum(one.accepted[0][1] > one.accepted[1][1] for one in self.filled)
            words = {"first": self.filled[0].accepted[0][0], "second": self.filled[0].accepted[1][0]}
            return "knowledge.reading.compared", words | {"n": len(self.filled), "led": first}
        ranks = [one.right for one in self.filled]
        facts: dict[str, object] = {"n": len(ranks), "right": ranks.count(1), "shown": len(self.filled[0].best)}
        return "knowledge.reading", facts | {"among": sum(rank is not None for rank in ranks)}


def kinds() -> tuple[str, ...]:
    """The kinds of sentences that there are."""
    return tuple(_texts())


def knowledge(handle: ModelHandle, kind: str, k: int = 5) -> Knowledge:
    """Fill the gap of every sentence of a kind; the model must have a masked-word head."""
    return Knowledge(kind, tuple(_filled(handle, text, fits.split(), k) for text, fits in _texts()[kind]))


def speaks(handle: ModelHandle) -> bool:
    """Whether the vocabulary has the words that fit, one piece each: else these sentences say nothing about a model."""
    words = {word for entries in _texts().values() for _, fits in entries for word in fits.split()}
    return len(_ids(handle, words)) > len(words) / 2


@cache
def _texts() -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = json.loads((ASSETS / "examples" / "knowledge.json").read_text("utf-8"))
    return found


def _filled(handle: ModelHandle, text: str, fits: list[str], k: int) -> Filled:
    encoded = encode(handle, text.replace(GAP, handle.special_names["mask"]))
    probs = word_logits(handle, run(handle, encoded), (0, encoded.typed_masks[0])).float().softmax(-1)
    best = probs.topk(k)
    ids = _ids(handle, fits)
    return Filled(
        text,
        tuple((word, float(probs[ids[word]]) if word in ids else 0.0) for word in fits),
        tuple(zip(named(handle, best.indices.tolist()), best.values.tolist(), strict=True)),
    )


def _ids(handle: ModelHandle, words: "list[str] | set[str]") -> dict[str, int]:
    """The id of each word that is one piece within a sentence."""
    found = {}
    for word in words:
        ids = handle.tokenizer.encode(f"a {word}", add_special_tokens=False).ids
        if len(ids) == 2 and _plain(named(handle, ids[1:])[0]) == word:
            found[word] = ids[1]
    return found


def _plain(word: str) -> str:
    """A piece as a word: without the marks that vocabularies put before one."""
    return word.strip("Ġ▁ ").lower()
