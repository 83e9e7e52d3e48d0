"""What the masked-word head says at one hidden place when the network is changed, one change after the other."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.analysis.input.positions import TABLES
from explorer.analysis.pretraining.masked import hide
from explorer.capture.changes.positions import last_hidden
from explorer.capture.changes.variant import AS_IS, Variant
from explorer.capture.heads import mlm_logits, word_logits
from explorer.capture.scene import Scene
from explorer.models.encode import named

# What a change is: a variant of the run, or the name of a table of positions (see `positions.TABLES`).
Change = Variant | str
OWN = "as_is"


@dataclass(frozen=True, eq=False)
class ChangedGuess:
    """names: the change of each row; the first row is the untouched model's.

    words, probs: the likeliest words of each row. followed: the word that is compared, the one that stood there or,
    where `known` is False, the untouched model's first guess; shares, ranks: its probability and place in each row.
    """

    place: int
    names: tuple[str, ...]
    words: tuple[tuple[str, ...], ...]
    probs: Float[np.ndarray, "C k"]
    followed: str
    known: bool
    shares: Float[np.ndarray, " C"]
    ranks: tuple[int, ...]

    def table(self) -> pd.DataFrame:
        """One row for each change and word."""
        n, k = self.probs.shape
        return pd.DataFrame(
            {
                "change": np.repeat(self.names, k),
                "rank": np.tile(np.arange(1, k + 1), n),
                "word": [word for row in self.words for word in row],
                "probability": self.probs.ravel(),
                "followed word": self.followed,
                "its probability": np.repeat(self.shares, k),
                "its rank": np.repeat(self.ranks, k),
            }
        )

    def reading(self) -> Message:
        """The change that moves the followed word's probability most, by its factor."""
        moved = np.abs(np.log(np.maximum(self.shares, 1e-30) / max(float(self.shares[0]), 1e-30)))
        most = int(moved[1:].argmax()) + 1
        facts: dict[str, object] = {
            "word": self.followed,
            "share": float(self.shares[0]),
            "left": float(self.shares[most]),
            "rank": self.ranks[most],
            "first": self.words[most][0],
        }
        if len(self.names) == 2:
            return "guess.reading.one", facts
        return f"guess.reading.{self.names[most]}", facts


def changed_guess(
    scene: Scene, places: tuple[int, ...], place: int, changes: tuple[tuple[str, Change], ...], k: int = 5
) -> ChangedGuess:
    """The guesses at one place under no change and under each of these; places: where words are hidden.

    Raises:
        NoMaskToken: as `masked.mask_id`.
        NotInThisModel: for a table of positions where the model has none of its own.
    """
    handle, original = scene.handle, scene.encoded
    hidden = Scene(handle, hide(handle, original, list(places)))
    logits = torch.stack([_logits(hidden, place, change) for _, change in ((OWN, AS_IS), *changes)])
    probs = logits.float().softmax(-1)
    best = probs.topk(min(k, probs.shape[-1]), dim=-1)
    known = place not in original.typed_masks
    followed = int(original.ids[0, place] if known else best.indices[0, 0])
    own = probs[:, followed]
    return ChangedGuess(
        place=place,
        names=(OWN, *(name for name, _ in changes)),
        words=tuple(named(handle, row) for row in best.indices.tolist()),
        probs=best.values.cpu().numpy(),
        followed=named(handle, [followed])[0],
        known=known,
        shares=own.cpu().numpy(),
        ranks=tuple((1 + (probs > own[:, None]).sum(-1)).tolist()),
    )


def _logits(hidden: Scene, place: int, change: Change) -> Tensor:
    if isinstance(change, Variant):
        return word_logits(hidden.handle, hidden.capture(change), (0, place))
    states = last_hidden(hidden.handle, hidden.encoded, TABLES[change](hidden.handle))
    return mlm_logits(hidden.handle, states)[0, place]
