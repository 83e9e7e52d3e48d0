"""One vector for a sentence: the [CLS] state, the pooler's output, mean and maximum over the tokens, at every layer.

The mean with special tokens is what sentence-transformers computes (its `Pooling` module averages wherever the
attention mask is 1, so [CLS] and [SEP] count; Reimers & Gurevych 2019, section 3).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from explorer.capture.batch import Batch, averaged, batches
from explorer.capture.facts import classification
from explorer.models.encode import encode
from explorer.models.handle import ModelHandle, part

POOLINGS = ("cls", "pooler", "mean", "max")


@dataclass(frozen=True, eq=False)
class SentenceVectors:
    """vectors: pooling → one vector for each sentence at every depth; depth 0 is the embedding, then each layer.

    A pooling that the model has no part for is left out: a pooler, or a token that stands for the text (decoders).
    """

    sentences: tuple[str, ...]
    vectors: dict[str, Float[np.ndarray, "L1 N D"]]

    @property
    def poolings(self) -> tuple[str, ...]:
        """The poolings that this model has, in their usual order."""
        return tuple(self.vectors)

    @property
    def depths(self) -> int:
        """Embedding and layers."""
        return len(next(iter(self.vectors.values())))

    def cosine(self, pooling: str, depth: int) -> Float[np.ndarray, "N N"]:
        """Cosine similarity of every two sentences."""
        unit = normalised(self.vectors[pooling][depth])
        cosine: Float[np.ndarray, "N N"] = np.clip(unit @ unit.T, -1, 1)
        return cosine


def sentence_vectors(handle: ModelHandle, sentences: Sequence[str], special: bool = True) -> SentenceVectors:
    """All poolings of all sentences at all depths, from one forward pass over each sentence.

    special: whether [CLS] and [SEP] count in mean and maximum.

    Raises:
        EmptyText, TextTooLong, NoWeights: as `batches`.
    """
    rows: dict[str, list[Tensor | None]] = {}
    for batch in batches(handle, sentences):
        counted = batch.real if special else batch.words
        for name, vectors in pooled(handle, batch, counted).items():
            held = rows.setdefault(name, [None] * len(sentences))
            for at, vector in zip(batch.rows, vectors, strict=True):
                held[at] = vector
    stacked = {name: torch.stack([v for v in held if v is not None], 1) for name, held in rows.items()}
    return SentenceVectors(tuple(sentences), {name: values.float().cpu().numpy() for name, values in stacked.items()})


def poolings_of(handle: ModelHandle) -> tuple[str, ...]:
    """The poolings that this model has a part for, in their usual order.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    whole = classification(handle, encode(handle, "a")) is not None
    there = {"cls": whole, "pooler": whole and pooler_map(handle) is not None, "mean": True, "max": True}
    return tuple(name for name in POOLINGS if there[name])


def pooled(handle: ModelHandle, batch: Batch, counted: Bool[Tensor, "B T"]) -> dict[str, Float[Tensor, "B L1 D"]]:
    """All poolings of a batch at every depth; counted: which tokens are in mean and maximum."""
    pooler, hidden, found = pooler_map(handle), batch.hidden, {}
    places = [classification(handle, encoded) for encoded in batch.encoded]
    rows = torch.arange(len(places))
    if None not in places:
        found["cls"] = [h[rows, places] for h in hidden]
        if pooler is not None:
            with torch.no_grad():
                found["pooler"] = [torch.tanh(pooler(state)) for state in found["cls"]]
    found["mean"] = [averaged(h, counted) for h in hidden]
    found["max"] = [h.masked_fill(~counted.unsqueeze(-1), -torch.inf).amax(1) for h in hidden]
    return {name: torch.stack(vectors, 1) for name, vectors in found.items()}


def pooler_map(handle: ModelHandle) -> nn.Linear | None:
    """W and b of the pooler tanh(W·h + b); None where the model has none."""
    pooler = part(handle.base, handle.sites.pooler)
    dense = getattr(pooler, "dense", pooler)  # ALBERT's pooler is the linear map itself
    return dense if isinstance(dense, nn.Linear) else None


def normalised(vectors: Float[np.ndarray, "... D"]) -> Float[np.ndarray, "... D"]:
    """The vectors with length 1; a vector of zeros stays."""
    vectors = vectors.astype(np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    unit: Float[np.ndarray, "... D"] = vectors / np.maximum(lengths, 1e-12)
    return unit


def principal(vectors: Float[np.ndarray, "N D"]) -> tuple[Float[np.ndarray, "N 2"], float]:
    """The vectors, made of length 1, on their two directions of largest variance, and the share these carry.

    A direction is known up to its sign: its largest component is made positive, so that a picture does not flip.
    """
    unit = normalised(vectors)
    centred = unit - unit.mean(0)
    _, sizes, axes = np.linalg.svd(centred, full_matrices=False)
    two = np.zeros((2, vectors.shape[1]))
    two[: min(2, len(axes))] = axes[:2]
    two *= np.sign(two[np.arange(2), np.abs(two).argmax(1)])[:, None]
    total = float((sizes**2).sum())
    return centred @ two.T, float((sizes[:2] ** 2).sum()) / total if total > 1e-12 else 1.0
