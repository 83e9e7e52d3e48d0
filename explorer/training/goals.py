"""What a fine-tuned head is to say of a text (a label, a span, labels of tokens), its loss, and when it is right."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import cross_entropy

from explorer.analysis.use.spans import NONE, Window, best_span

IGNORED = -100  # torch's own number for "not asked"


@runtime_checkable
class Goal(Protocol):
    """pooled: whether one vector of the whole text is read, or the state of every token. n_out: numbers said of it."""

    @property
    def pooled(self) -> bool: ...

    @property
    def n_out(self) -> int: ...

    def loss(self, logits: Tensor, rows: Int[np.ndarray, " B"]) -> Tensor:
        """Mean cross-entropy (nats) of a batch; logits of tokens are B x T x C with padding."""

    def right(self, outputs: Sequence[Tensor], rows: Int[np.ndarray, " B"]) -> float:
        """Share of what is asked of these texts that is answered rightly."""


@dataclass(frozen=True, eq=False)
class Classes:
    """One label for each text, by its number."""

    codes: Int[np.ndarray, " N"]
    n_out: int
    pooled: bool = True

    def loss(self, logits: Float[Tensor, "B C"], rows: Int[np.ndarray, " B"]) -> Tensor:
        """Of the labels."""
        return cross_entropy(logits, torch.from_numpy(np.asarray(self.codes[rows], dtype=np.int64)))

    def right(self, outputs: Sequence[Tensor], rows: Int[np.ndarray, " B"]) -> float:
        """Texts that got their label."""
        return float((torch.stack(list(outputs)).argmax(-1).numpy() == self.codes[rows]).mean())


@dataclass(frozen=True, eq=False)
class Spans:
    """The first and the last token of an answer; `NONE` points both at the first place of all, as SQuAD 2.0 does.

    windows: of each text, where an answer may stand; the other tokens of a text count in the softmax, as in training
    of the library's class, padding does not.
    """

    spans: tuple[tuple[int, int], ...]
    windows: tuple[Window, ...]
    n_out: int = 2
    pooled: bool = False

    def loss(self, logits: Float[Tensor, "B T 2"], rows: Int[np.ndarray, " B"]) -> Tensor:
        """Mean of the start's and the end's, each a softmax over the places of the text."""
        lengths = torch.tensor([self.windows[at].n_tokens for at in rows])
        padding = torch.arange(logits.shape[1]) >= lengths[:, None]
        logits = logits.masked_fill(padding[..., None], torch.finfo(torch.float32).min)
        targets = torch.tensor([self.spans[at] for at in rows])
        return cross_entropy(logits, targets)  # B x T x 2 against B x 2: classes are the places

    def right(self, outputs: Sequence[Tensor], rows: Int[np.ndarray, " B"]) -> float:
        """Questions that got exactly their answer, "none" among them."""
        found = [best_span(one.numpy(), self.windows[at]) for one, at in zip(outputs, rows, strict=True)]
        return float(np.mean([span == self.spans[at] for span, at in zip(found, rows, strict=True)]))


@dataclass(frozen=True, eq=False)
class TokenClasses:
    """A label for every token that is asked, by its number; `IGNORED` where it is not."""

    codes: tuple[Int[np.ndarray, " _"], ...]
    n_out: int
    pooled: bool = False

    def loss(self, logits: Float[Tensor, "B T C"], rows: Int[np.ndarray, " B"]) -> Tensor:
        """Over all tokens that are asked."""
        targets = torch.full(logits.shape[:2], IGNORED)
        for row, at in enumerate(rows):
            targets[row, : len(self.codes[at])] = torch.from_numpy(self.codes[at])
        return cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=IGNORED)

    def right(self, outputs: Sequence[Tensor], rows: Int[np.ndarray, " B"]) -> float:
        """Tokens that got their label."""
        asked = [(one.argmax(-1).numpy(), self.codes[at]) for one, at in zip(outputs, rows, strict=True)]
        return float(np.concatenate([(said == true)[true != IGNORED] for said, true in asked]).mean())


__all__ = ["IGNORED", "NONE", "Classes", "Goal", "Spans", "TokenClasses"]
