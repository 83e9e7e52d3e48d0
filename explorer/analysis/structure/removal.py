"""Feed-forward blocks removed from a trained model, not retrained: what is left, by cosine, CKA and linear probes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.analysis.probing import ProbeScore, probe_layers
from explorer.analysis.similarity import cka
from explorer.capture.changes.variant import Variant
from explorer.capture.states import hidden_states, together
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle

LABELS = ("previous", "side", "word")
ARTICLES = ("the", "a", "an")
# The label `word` tells the most frequent pieces apart; rarer ones have too few examples to learn from.
FREQUENT = 8

# Texts are left out for large models, so that a run of them all stays near a second: weights in layers x texts.
BUDGET, FEWEST = 32 * 10_650_000, 8


@dataclass(frozen=True, eq=False)
class States:
    """The hidden states of all texts. mask: no padding, and no special token either."""

    texts: tuple[Encoded, ...]
    hidden: tuple[Float[Tensor, "B T D"], ...]
    words: Bool[Tensor, "B T"]

    @property
    def tokens(self) -> list[Float[Tensor, "N D"]]:
        """The vectors of the words, one list entry for each hidden state."""
        return [state[self.words] for state in self.hidden]

    @property
    def means(self) -> list[Float[Tensor, "B D"]]:
        """Each text's mean vector over all of its pieces, as a sentence vector is made."""
        mask = torch.cat([text.mask for text in self.texts])[..., None]
        return [(state * mask).sum(1) / mask.sum(1) for state in self.hidden]


@dataclass(frozen=True, eq=False)
class Likeness:
    """A changed model beside the untouched one; index 0 is the embedding, which no removal reaches.

    cosine: of the texts' mean vectors, averaged over the texts. cka: unbiased, over all words of all texts. strangers:
    the cosine of two different texts' mean vectors in the untouched model, mean over all pairs.
    """

    removed: tuple[int, ...]
    cosine: Float[np.ndarray, " S"]
    cka: Float[np.ndarray, " S"]
    strangers: Float[np.ndarray, " S"]


@dataclass(frozen=True, eq=False)
class Removal:
    """One removal: how alike the states have stayed, and what a probe reads off them before and after."""

    likeness: Likeness
    label: str
    own: tuple[ProbeScore, ...]
    left: tuple[ProbeScore, ...]

    def table(self) -> pd.DataFrame:
        """One row for each hidden state."""
        return pd.DataFrame(
            {
                "after layer": np.arange(len(self.own)) - 1,
                "cosine of mean vectors with the untouched model": self.likeness.cosine,
                "cosine of two different texts, untouched": self.likeness.strangers,
                "CKA with the untouched model (unbiased)": self.likeness.cka,
                f"probe “{self.label}”, untouched": [score.accuracy for score in self.own],
                f"probe “{self.label}”, changed": [score.accuracy for score in self.left],
                "probe on shuffled labels, changed": [score.control for score in self.left],
                "majority class": [score.majority for score in self.left],
                "examples learnt from": [score.n_train for score in self.left],
                "examples judged by": [score.n_test for score in self.left],
            }
        )

    def reading(self) -> Message:
        """What is left after the last layer: of the vectors, and of what can be read off them."""
        last = self.left[-1]
        facts: dict[str, object] = {"cosine": float(self.likeness.cosine[-1]), "cka": float(self.likeness.cka[-1])}
        facts |= {"own": self.own[-1].accuracy, "left": last.accuracy, "majority": last.majority}
        facts |= {"strangers": float(self.likeness.strangers[-1])}
        reads = last.accuracy > max(self.own[-1].accuracy - 0.1, last.majority + 0.05)
        moved = self.likeness.cka[-1] < 0.5 and reads
        return f"without_ffn.reading.{'moved' if moved else 'removed'}", facts


@dataclass(frozen=True, eq=False)
class Sweep:
    """The last hidden state after each block was removed alone, and at the end after all were."""

    removals: tuple[Likeness, ...]

    def table(self) -> pd.DataFrame:
        """One row for each removal."""
        return pd.DataFrame(
            {
                "removed blocks": ["+".join(map(str, one.removed)) for one in self.removals],
                "cosine of mean vectors": [one.cosine[-1] for one in self.removals],
                "CKA (unbiased)": [one.cka[-1] for one in self.removals],
            }
        )

    def reading(self) -> Message:
        """The most and the least harmful single block, and all of them together."""
        last = np.array([one.cosine[-1] for one in self.removals])
        single = last[:-1] if len(last) > 1 else last
        facts: dict[str, object] = {"worst": int(single.argmin()), "low": float(single.min())}
        facts |= {"high": float(single.max()), "all": float(last[-1]), "cka": float(self.removals[-1].cka[-1])}
        facts |= {"best": int(single.argmax()), "strangers": float(self.removals[-1].strangers[-1])}
        return "without_ffn.reading.sweep", facts


def states(handle: ModelHandle, pairs: Sequence[tuple[str, str]], variant: Variant = Variant()) -> States:
    """Run the texts, or as many of them as a large model allows in about a second."""
    layers = sum(p.numel() for p in handle.base.get_submodule(handle.sites.layers).parameters())
    n = max(FEWEST, min(len(pairs), BUDGET // max(layers, 1)))
    texts = together(handle, pairs[:n])
    width = texts[0].ids.shape[1]
    words = torch.tensor([[*(not s for s in one.special), *[False] * (width - one.n_tokens)] for one in texts])
    return States(texts, hidden_states(handle, texts, variant), words)


def likeness(own: States, changed: States, removed: tuple[int, ...]) -> Likeness:
    """Compare two runs of the same texts."""
    cosine = [torch.cosine_similarity(a, b, dim=-1).mean() for a, b in zip(own.means, changed.means, strict=True)]
    alike = [cka(a, b, unbiased=True) for a, b in zip(own.tokens, changed.tokens, strict=True)]
    strangers = [_strangers(means) for means in own.means]
    return Likeness(removed, torch.stack(cosine).double().cpu().numpy(), np.array(alike), np.array(strangers))


def _strangers(means: Float[Tensor, "B D"]) -> float:
    """Mean cosine of two different rows."""
    unit, n = torch.nn.functional.normalize(means.double(), dim=-1), len(means)
    return float(((unit @ unit.T).sum() - n) / (n * (n - 1)))


def scores(seen: States, label: str) -> tuple[ProbeScore, ...]:
    """What a ridge probe reads off the words of every hidden state; whole texts are held out."""
    keep, labels, groups = labelled(seen.texts, label)
    return probe_layers([state[keep] for state in seen.tokens], labels, groups=groups)


def labelled(texts: Sequence[Encoded], label: str) -> tuple[list[int], list[str], list[int]]:
    """Which of the words are probed, by their place among all words; their labels; the text that each stands in.

    previous: whether the piece before is an article. side: first or second sentence. word: which of the most frequent
    pieces it is; all others are left out.
    """
    places = [(number, at) for number, one in enumerate(texts) for at in range(one.n_tokens) if not one.special[at]]
    counts = Counter(texts[number].tokens[at] for number, at in places)
    frequent = {piece for piece, _ in counts.most_common(FREQUENT)}
    found = [_label(texts[number], at, label, frequent) for number, at in places]
    kept = [(row, name, place[0]) for row, (name, place) in enumerate(zip(found, places, strict=True)) if name]
    rows, names, groups = zip(*kept, strict=True)
    return list(rows), list(names), list(groups)


def _label(text: Encoded, at: int, label: str, frequent: set[str]) -> str | None:
    if label == "previous":
        return "article" if text.bare[at - 1] in ARTICLES else "other"
    if label == "side":
        return "first" if text.sentence_b is None or at < text.sentence_b else "second"
    return text.tokens[at] if text.tokens[at] in frequent else None
