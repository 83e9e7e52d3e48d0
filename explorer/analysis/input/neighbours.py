"""Where vectors lie: neighbours in the word table, the path of each token through the layers, one word in two texts."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Int

from explorer.analysis.info import Message
from explorer.capture.scene import Scene
from explorer.errors import NoSharedWord, WordNotInVocabulary
from explorer.models.encode import Encoded, clean, named, readable, written
from explorer.models.handle import ModelHandle

SHOWN = 15


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Entries of the vocabulary by the cosine of their row with this entry's row; the entry itself is left out.

    middle: the median of the cosines of all other rows.
    """

    token: str
    entries: tuple[str, ...]
    ids: tuple[int, ...]
    cosine: Float[np.ndarray, " N"]
    middle: float = float("nan")

    def table(self) -> pd.DataFrame:
        """One row for each neighbour, nearest first."""
        return pd.DataFrame({"entry": self.entries, "token id": self.ids, "cosine": self.cosine})

    def reading(self) -> Message:
        """The three nearest, and the nearest beside what any row has."""
        facts = {"token": self.token, "entries": ", ".join(self.entries[:3]), "cosine": float(self.cosine[0])}
        return "neighbours.reading.nearest", facts | {"middle": self.middle}


@dataclass(frozen=True, eq=False)
class Paths:
    """Tokens in two dimensions at every layer, all on the same two axes: the first two principal components.

    points: layer 0 is the embedding. explained: share of the variance of all points that the two axes carry.
    """

    tokens: tuple[str, ...]
    points: Float[np.ndarray, "L1 T 2"]
    explained: float
    chosen: int
    moved: Float[np.ndarray, " T"]

    def table(self) -> pd.DataFrame:
        """One row for each layer and token."""
        n_layers, n_tokens = self.points.shape[:2]
        flat = self.points.reshape(-1, 2)
        return pd.DataFrame(
            {
                "layer": np.repeat(np.arange(n_layers), n_tokens),
                "position": np.tile(np.arange(n_tokens), n_layers),
                "token": np.tile(self.tokens, n_layers),
                "component 1": flat[:, 0],
                "component 2": flat[:, 1],
            }
        )

    def reading(self) -> Message:
        """The share that two axes do not show, and how far the chosen token turns beside all tokens' mean."""
        facts = {"hidden": 1 - self.explained, "explained": self.explained, "token": self.tokens[self.chosen]}
        angles = np.degrees(np.arccos(np.clip(self.moved, -1, 1)))
        facts |= {"angle": float(angles[self.chosen]), "mean": float(angles.mean()), "n": len(self.tokens)}
        return "neighbours.reading.paths", facts


@dataclass(frozen=True, eq=False)
class TwoContexts:
    """Cosine of the same word piece in two texts, layer by layer.

    others: mean cosine of two different pieces, one of each text: in these spaces unrelated vectors are not orthogonal.
    """

    token: str
    same: Float[np.ndarray, " L1"]
    others: Float[np.ndarray, " L1"]

    def table(self) -> pd.DataFrame:
        """One row for each layer; 0 is the embedding."""
        layers = np.arange(len(self.same))
        return pd.DataFrame({"layer": layers, "cosine of the word": self.same, "mean cosine of others": self.others})

    def reading(self) -> Message:
        """Start and end."""
        facts = {"token": self.token, "first": float(self.same[0]), "last": float(self.same[-1])}
        key = "contexts" if np.isfinite(self.others[-1]) else "contexts_alone"
        return f"neighbours.reading.{key}", {**facts, "others": float(self.others[-1])}


def entry(handle: ModelHandle, word: str) -> int:
    """The row of a word that is one entry of the vocabulary.

    Raises:
        WordNotInVocabulary: naming the pieces of which it would be made.
    """
    word = clean(word.strip())
    encoding = handle.tokenizer.encode(word, add_special_tokens=False)
    if len(encoding.ids) == 1 and handle.roles.get(encoding.ids[0]) != "unknown":
        return int(encoding.ids[0]) % handle.dims.n_vocab
    own = handle.tokenizer.token_to_id(written(handle.tokenizer, word))
    if own is None:
        pieces = readable(handle.tokenizer, encoding.tokens[:20])
        raise WordNotInVocabulary(found=word[:60], pieces=" + ".join(pieces) or "–")
    return int(own) % handle.dims.n_vocab


def neighbours(handle: ModelHandle, token_id: int, count: int = SHOWN) -> Neighbours:
    """The rows of the word table nearest to one row: one product of the table with a vector."""
    table = handle.words
    with torch.no_grad():
        row = table[token_id]
        lengths = torch.linalg.vector_norm(table, dim=1) * row.norm()
        cosine = (table @ row) / lengths.clamp_min(1e-12)
        middle = float(torch.cat([cosine[:token_id], cosine[token_id + 1 :]]).median())
        cosine[token_id] = -2
        best = cosine.topk(min(count, len(cosine) - 1))
    ids = tuple(best.indices.tolist())
    own, *names = named(handle, (token_id, *ids))
    return Neighbours(own, tuple(names), ids, best.values.cpu().numpy(), middle)


def paths(scene: Scene, chosen: int) -> Paths:
    """Principal components of the states of all layers together, so that every layer is drawn on the same axes."""
    seen = scene.capture()
    n = seen.encoded.n_tokens
    # The length of the states grows from layer to layer; direction is what later layers read (LayerNorm).
    states = torch.cat([h[0, :n].double() for h in seen.states])
    states = states / states.norm(dim=1, keepdim=True).clamp_min(1e-12)
    centred = states - states.mean(0)
    values, vectors = torch.linalg.eigh(centred.T @ centred)
    axes = vectors[:, [-1, -2]]
    # An eigenvector is known up to its sign: the largest component is made positive, so pictures do not flip.
    axes = axes * axes.gather(0, axes.abs().argmax(0, keepdim=True)).sign()
    points = (centred @ axes).reshape(len(seen.hidden), n, 2).cpu().numpy()
    total = float(values.clamp_min(0).sum()) or 1.0
    layers = states.reshape(len(seen.hidden), n, -1)
    moved = (layers[0] * layers[-1]).sum(-1).cpu().numpy()
    return Paths(seen.encoded.tokens, points, float(values[-2:].sum()) / total, chosen, moved)


def shared(first: Scene, second: Scene) -> dict[str, tuple[int, int]]:
    """Word pieces that stand in both texts, the longest first, with their first place in each.

    Raises:
        NoSharedWord: when there is none.
    """
    places = [
        {token: at for at, token in reversed(list(enumerate(e.tokens))) if not e.special[at] and e.roles[at] is None}
        for e in (first.encoded, second.encoded)
    ]
    both = {token: (at, places[1][token]) for token, at in places[0].items() if token in places[1]}
    if not both:
        raise NoSharedWord()
    return dict(sorted(both.items(), key=lambda item: (-len(first.encoded.bare[item[1][0]]), item[0])))


def two_contexts(first: Scene, second: Scene, token: str, at: tuple[int, int]) -> TwoContexts:
    """Compare the states of a piece in two runs, layer by layer."""
    same, others = [], []
    ids = [_inner(scene.encoded) for scene in (first, second)]
    for a, b in zip(first.capture().states, second.capture().states, strict=True):
        same.append(float(torch.cosine_similarity(a[0, at[0]], b[0, at[1]], dim=0)))
        left, right = (torch.nn.functional.normalize(h[0], dim=-1)[i] for h, i in zip((a, b), ids, strict=True))
        cosines = (left @ right.T).cpu().numpy()
        different = first.encoded.ids[0, ids[0]][:, None] != second.encoded.ids[0, ids[1]][None]
        others.append(float(cosines[different.cpu().numpy()].mean()) if different.any() else float("nan"))
    return TwoContexts(token, np.array(same), np.array(others))


def _inner(encoded: Encoded) -> Int[torch.Tensor, " N"]:
    return torch.tensor([at for at, special in enumerate(encoded.special) if not special])
