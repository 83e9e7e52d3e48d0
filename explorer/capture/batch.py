"""States of many short texts: a few at a time, those of like length together, so that little padding is computed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from explorer.capture.run import run
from explorer.capture.states import hidden_states
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle

# Architectures whose texts are padded and run together; those of others run one by one, through `run`.
PADDED = ("bert",)

# Texts in one forward pass: enough to use a core, few enough that other visitors wait only a moment.
TOGETHER = 32


@dataclass(frozen=True, eq=False)
class Batch:
    """One forward pass over several texts.

    rows: which texts of the list these are. hidden: the embedding, then the output of every layer, the last as
        the model gives it out (see `Capture.states`).
    real: True where a token stands and not padding; words: also False at special tokens ([CLS], [SEP]).
    """

    rows: tuple[int, ...]
    encoded: tuple[Encoded, ...]
    hidden: tuple[Tensor, ...]
    real: Bool[Tensor, "B T"]
    words: Bool[Tensor, "B T"]


def batches(handle: ModelHandle, texts: Sequence[str | tuple[str, str]]) -> Iterator[Batch]:
    """The states of all texts, or pairs of texts, shortest first.

    Raises:
        EmptyText, TextTooLong: as `encode`.
        NoWeights: for a model of kind `meta`.
    """
    handle.require_weights()
    if handle.config.model_type not in PADDED:
        yield from (_alone(handle, at, text) for at, text in enumerate(texts))
        return
    encoded = [encode(handle, *([text] if isinstance(text, str) else text)) for text in texts]
    order = sorted(range(len(texts)), key=lambda at: (encoded[at].n_tokens, at))
    for first in range(0, len(order), TOGETHER):
        rows = order[first : first + TOGETHER]
        yield _together(handle, tuple(rows), tuple(encoded[at] for at in rows))


def _alone(handle: ModelHandle, at: int, text: str | tuple[str, str]) -> Batch:
    capture = run(handle, *([text] if isinstance(text, str) else text))
    encoded = capture.encoded
    real = _filled([[True] * encoded.n_tokens], encoded.n_tokens, handle)
    words = _filled([[not special for special in encoded.special]], encoded.n_tokens, handle)
    return Batch((at,), (encoded,), capture.states, real, words)


def _together(handle: ModelHandle, rows: tuple[int, ...], encoded: tuple[Encoded, ...]) -> Batch:
    longest = max(e.n_tokens for e in encoded)
    hidden = hidden_states(handle, [encode(handle, e.text, e.pair, pad_to=longest) for e in encoded])
    real = _filled([[True] * e.n_tokens for e in encoded], longest, handle)
    words = _filled([[not special for special in e.special] for e in encoded], longest, handle)
    return Batch(rows, encoded, hidden, real, words)


def _filled(rows: list[list[bool]], longest: int, handle: ModelHandle) -> Bool[Tensor, "B T"]:
    return torch.tensor([row + [False] * (longest - len(row)) for row in rows], device=handle.device)


def averaged(hidden: Float[Tensor, "B T D"], counted: Bool[Tensor, "B T"]) -> Float[Tensor, "B D"]:
    """Mean over the counted tokens; over none it is zero."""
    weights = counted.unsqueeze(-1).to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp_min(1)
