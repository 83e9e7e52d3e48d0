"""What heads do: how much of each head's attention follows a simple pattern.

After Clark et al. 2019, "What Does BERT Look At?", section 3; each score is a mean over query tokens, 0 … 1.
"""

import unicodedata
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float

from explorer.analysis.info import Message, each_head
from explorer.capture.scene import Scene
from explorer.models.encode import Encoded

CHEAP = ("previous", "next", "self", "first", "largest", "broad")
PATTERNS = ("previous", "next", "self", "first", "separator", "punctuation", "same", "broad")


@dataclass(frozen=True, eq=False)
class HeadScores:
    """scores: for each name, layers x heads, means over the tokens that have such a target (the first has no previous
    one, the last no next); NaN where a pattern cannot occur in this text.

    even: what a head that looks at all it may look at alike would score, for the patterns of place.
    base: the same for every pattern and each layer, from the cells that are open there; empty where no layer was
        replayed.
    """

    scores: dict[str, Float[np.ndarray, "L H"]]
    even: dict[str, float] = field(default_factory=dict)
    base: dict[str, Float[np.ndarray, " L"]] = field(default_factory=dict)

    def above(self, name: str) -> Float[np.ndarray, "L H"]:
        """By how much each head follows the pattern more than an even head; of "broad", how much narrower it is."""
        found: Float[np.ndarray, "L H"] = self.scores[name] - self.base[name][:, None]
        return -found if name == "broad" else found

    def table(self) -> pd.DataFrame:
        """One row for each layer and head, one column for each score (0 … 1), and what it is minus an even head's."""
        place = each_head(*next(iter(self.scores.values())).shape)
        scores = {name: values.ravel() for name, values in self.scores.items()}
        minus = {f"{name} minus even": (self.scores[name] - self.base[name][:, None]).ravel() for name in self.base}
        return pd.DataFrame(place | scores | minus)

    def reading(self) -> Message:
        """The strongest heads for the local patterns; in cross attention, which has none, for the first token."""
        if all(np.isnan(self.scores[name]).all() for name in ("previous", "next", "self")):
            layer, head = self.strongest("first")
            found: dict[str, object] = {"layer": layer, "head": head, "first": float(self.scores["first"][layer, head])}
            return "patterns.reading.cross", found | {"even": self.even.get("first", np.nan)}
        if np.isnan(self.scores["previous"]).all():
            return "patterns.reading.one", {}
        facts: dict[str, object] = {}
        for name in ("previous", "next", "self"):
            layer, head = self.strongest(name)
            facts |= {f"{name}_layer": layer, f"{name}_head": head, name: float(self.scores[name][layer, head])}
            facts |= {f"{name}_even": self.even.get(name, np.nan)}
        ahead = self.scores["next"]
        return "patterns.reading" if ahead.any() else "patterns.reading.causal", facts

    def strongest(self, name: str) -> tuple[int, int]:
        """Layer and head with the largest score."""
        return _largest(self.scores[name])

    def furthest(self, name: str) -> tuple[int, int]:
        """Layer and head that follow a pattern most, beyond what an even head does."""
        return _largest(self.above(name))

    def order(self, name: str) -> list[int]:
        """Heads counted through all layers, largest score first."""
        return [int(i) for i in np.argsort(-np.nan_to_num(self.scores[name].ravel(), nan=-1.0), kind="stable")]


def _largest(values: Float[np.ndarray, "L H"]) -> tuple[int, int]:
    values = np.nan_to_num(values, nan=-2.0)
    layer, head = np.unravel_index(int(values.argmax()), values.shape)
    return int(layer), int(head)


def measures(scene: Scene) -> HeadScores:
    """The scores that are means of what all heads are reduced to, at no further cost.

    largest: the largest weight of a row; broad: entropy of a row divided by the logarithm of the number of keys.
    """
    heads, seen = scene.heads(), scene.capture()
    n = seen.encoded.n_tokens
    rows = {
        "previous": heads.to_previous[:, 0, :, 1:n],
        "next": heads.to_next[:, 0, :, : n - 1],
        "self": heads.to_self[:, 0, :, :n],
        "first": heads.to_first[:, 0, :, :n],
        "largest": heads.max_prob[:, 0, :, :n],
        "broad": heads.entropy[:, 0, :, :n] / max(np.log(seen.keys.n_tokens), 1e-9),
    }
    if seen.keys is not seen.encoded:
        rows |= {name: torch.full_like(rows[name], torch.nan) for name in ("previous", "next", "self")}
    causal = n > 1 and not bool(heads.to_next[:, 0, :, : n - 1].any())
    return HeadScores({name: rows[name].mean(-1).cpu().numpy() for name in CHEAP}, _even(n, seen.keys.n_tokens, causal))


def _even(n: int, n_keys: int, causal: bool) -> dict[str, float]:
    """An even head's scores; under a causal mask a token at place i looks at i + 1 tokens."""
    each = 1 / (np.arange(n) + 1) if causal else np.full(n, 1 / n_keys)
    previous = float(each[1:].mean()) if n > 1 else float("nan")
    ahead = 0.0 if causal else 1 / n_keys
    return {"previous": previous, "next": ahead, "self": float(each.mean()), "first": float(each.mean())}


def patterns(scene: Scene) -> HeadScores:
    """All patterns of all heads."""
    encoded, keys, cheap = scene.encoded, scene.keys, measures(scene)
    n, m = encoded.n_tokens, keys.n_tokens
    separator = np.array([role == "sep" for role in keys.roles])
    targets = {
        "separator": np.broadcast_to(separator, (n, m)),
        "punctuation": np.broadcast_to(punctuation(keys), (n, m)),
        "same": same_token(encoded) if m == n else np.zeros((n, m), dtype=bool),
    }
    weights: dict[str, list[np.ndarray]] = {name: [] for name in targets}
    whole = targets | {"previous": np.eye(n, m, -1, bool), "next": np.eye(n, m, 1, bool), "self": np.eye(n, m, 0, bool)}
    whole["first"] = np.broadcast_to(np.arange(m) == 0, (n, m))
    base: dict[str, list[float]] = {name: [] for name in PATTERNS}
    for layer in scene.layers():
        probs = layer.probs[0, :, :n, :m].cpu().numpy()
        for name, mask in targets.items():
            weights[name].append(weight_on(probs, mask))
        # The mask is the same for all heads of a layer; ModernBERT's local layers have another one than the others.
        visible = layer.visible[0, 0, :n, :m].cpu().numpy()
        seeing = np.maximum(visible.sum(1), 1)
        for name, mask in whole.items():
            base[name].append(float(weight_on((visible / seeing[:, None])[None], mask)[0]))
        base["broad"].append(float(np.log(seeing).mean() / max(np.log(m), 1e-9)))
    found = cheap.scores | {name: np.stack(values) for name, values in weights.items()}
    scores = {name: found[name] for name in PATTERNS}
    return HeadScores(scores, cheap.even, {name: np.array(base[name], np.float32) for name in PATTERNS})


def weight_on(probs: Float[np.ndarray, "H T Tk"], mask: Bool[np.ndarray, "T Tk"]) -> Float[np.ndarray, " H"]:
    """Mean weight on the marked keys, over the queries that have one; NaN when none has."""
    rows = mask.any(1)
    if not rows.any():
        return np.full(len(probs), np.nan, np.float32)
    weights: Float[np.ndarray, " H"] = np.where(mask, probs, 0)[:, rows].sum(-1).mean(-1)
    return weights


def punctuation(encoded: Encoded) -> Bool[np.ndarray, " T"]:
    """Tokens that are nothing but punctuation (Unicode category P), special tokens not among them."""
    return np.array(
        [
            not special and all(unicodedata.category(letter).startswith("P") for letter in token)
            for token, special in zip(encoded.bare, encoded.special, strict=True)
        ]
    )


def same_token(encoded: Encoded) -> Bool[np.ndarray, "T T"]:
    """True where query and key are the same word piece in different places; special tokens left out."""
    tokens, special = np.array(encoded.tokens), np.array(encoded.special)
    twins: np.ndarray = (tokens[:, None] == tokens[None, :]) & ~special[:, None] & ~special[None, :]
    np.fill_diagonal(twins, False)
    return twins
