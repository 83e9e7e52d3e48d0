"""Why everything looks at the first token: what it is given, what it hands on, and what is lost when nobody may look.

A head that has nothing to look for has to spend its weight all the same, because a row of softmax adds up to 1. It
spends it on a token whose value vector is short, so that little is added (Kobayashi et al. 2020, *Attention is not only
a weight*; Clark et al. 2019, section 3; for decoders Xiao et al. 2023, who call it a sink).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message, each_head
from explorer.capture.facts import classification
from explorer.capture.records import LayerCapture
from explorer.capture.scene import Scene

# Above this many times an even share a token counts as much looked at; below this part of its weight its share of what
# is handed on counts as little.
MUCH, LITTLE = 2.0, 0.5
# From this cosine on two vectors are said to point the same way.
SAME_WAY = 0.9


@dataclass(frozen=True, eq=False)
class Sink:
    """One token as every head sees it.

    weight: of a row on the token, mean over rows, layers x heads. handed: the token's part of Σ weight · ‖v‖ over all
    rows and tokens. length: ‖v‖ of the token divided by the mean ‖v‖ of the others; nan for one token.
    even: the weight that a head would give it that spreads evenly over all that it may see.
    """

    place: int
    token: str
    weight: Float[np.ndarray, "L H"]
    handed: Float[np.ndarray, "L H"]
    length: Float[np.ndarray, "L H"]
    even: float

    def table(self) -> pd.DataFrame:
        """One row for each head."""
        return pd.DataFrame(
            each_head(*self.weight.shape)
            | {
                "weight on the token (mean of rows)": self.weight.ravel(),
                "its share of weight × ‖v‖": self.handed.ravel(),
                "its ‖v‖ / mean ‖v‖ of the others": self.length.ravel(),
            }
        )

    @property
    def strongest(self) -> tuple[int, int]:
        """The head that gives the token most beyond what it hands on: layer and head."""
        layer, head = np.unravel_index(int((self.weight - self.handed).argmax()), self.weight.shape)
        return int(layer), int(head)

    @property
    def is_sink(self) -> bool:
        """Whether it is given much and hands on little, on average over all heads."""
        weight = float(self.weight.mean())
        return weight > MUCH * self.even and float(self.handed.mean()) < LITTLE * weight

    def reading(self) -> Message:
        """What all heads together give the token, and what comes from it."""
        facts: dict[str, object] = {"token": self.token, "weight": float(self.weight.mean()), "even": self.even}
        facts |= {"handed": float(self.handed.mean())}
        if not np.isfinite(self.length).all():
            return "sink.reading.one", {"token": self.token}
        facts["length"] = float(np.median(self.length))
        if self.is_sink:
            return "sink.reading", facts
        return f"sink.reading.{'much' if facts['weight'] > MUCH * self.even else 'none'}", facts  # type: ignore[operator]


@dataclass(frozen=True, eq=False)
class SinkHead:
    """One head, token by token, and what it would hand on if the sink were closed afterwards.

    weight: mean over rows of the weight on each token. length: ‖v‖. handed: each token's part of Σ weight · ‖v‖.
    cosine, longer: of what the head hands on (its context vector) without the sink, the other weights brought back to
        1: its cosine with what it hands on now, and its length divided by that; means over the rows that see more than
        the sink, nan where there is none.
    """

    layer: int
    head: int
    place: int
    tokens: tuple[str, ...]
    weight: Float[np.ndarray, " T"]
    length: Float[np.ndarray, " T"]
    handed: Float[np.ndarray, " T"]
    cosine: float
    longer: float

    def table(self) -> pd.DataFrame:
        """One row for each token."""
        return pd.DataFrame(
            {
                "position": np.arange(len(self.tokens)),
                "token": self.tokens,
                "weight (mean of rows)": self.weight,
                "length of its value ‖v‖": self.length,
                "share of weight × ‖v‖": self.handed,
            }
        )

    def reading(self) -> Message:
        """What the sink gets and hands on in this head, and what the head says without it."""
        facts: dict[str, object] = {"layer": self.layer, "head": self.head, "token": self.tokens[self.place]}
        if not np.isfinite(self.cosine):
            return "sink.head.reading.alone", facts
        facts |= {"weight": float(self.weight[self.place]), "handed": float(self.handed[self.place])}
        facts |= {"cosine": self.cosine, "longer": self.longer}
        return f"sink.head.reading.{'same' if self.cosine >= SAME_WAY else 'turned'}", facts


@dataclass(frozen=True, eq=False)
class Closed:
    """The whole network with one token closed in every layer, beside the same with another one.

    change, change_other: mean ‖h' − h‖ / ‖h‖ of the states after each layer, over the tokens other than these two.
    apart: mean ‖h_j − h_i‖ / ‖h_i‖ of any two of those tokens in the untouched last states; nan for fewer than two.
    """

    place: int
    other: int
    tokens: tuple[str, ...]
    change: Float[np.ndarray, " L"]
    change_other: Float[np.ndarray, " L"]
    apart: float

    def table(self) -> pd.DataFrame:
        """One row for each layer."""
        return pd.DataFrame(
            {
                "layer": np.arange(len(self.change)),
                "change with the sink closed": self.change,
                "change with the other token closed": self.change_other,
            }
        )

    def reading(self) -> Message:
        """How far the last states move, with each of the two closed."""
        facts: dict[str, object] = {"token": self.tokens[self.place], "other": self.tokens[self.other]}
        facts |= {"change": float(self.change[-1]), "change_other": float(self.change_other[-1]), "apart": self.apart}
        return f"sink.closed.reading{'' if np.isfinite(self.apart) else '.two'}", facts


def place_of(scene: Scene) -> int:
    """The token that everything may look at: the one that stands for the whole text, else the first one."""
    found = classification(scene.handle, scene.keys)
    return 0 if found is None else found


def sink(scene: Scene) -> Sink:
    """The first token in every head, from one layer after the other."""
    place, n = place_of(scene), scene.keys.n_tokens
    weights, handed, lengths, even = [], [], [], 0.0
    for seen in scene.layers():
        weight, length, part = _given(scene, seen)
        others = torch.cat([length[:, :place], length[:, place + 1 :]], 1).mean(1)
        weights.append(weight[:, place])
        handed.append(part[:, place])
        lengths.append(length[:, place] / others)
        if seen.layer == 0:
            may = seen.visible[0, 0, : scene.encoded.n_tokens, :n].double()
            even = float((may / may.sum(-1, keepdim=True))[:, place].mean())
    by_head = [torch.stack(rows).cpu().numpy() for rows in (weights, handed, lengths)]
    return Sink(place, scene.keys.tokens[place], by_head[0], by_head[1], by_head[2], even)


def _given(scene: Scene, seen: LayerCapture) -> tuple[Tensor, Tensor, Tensor]:
    """For each head and token: mean weight, length of its value, share of what is handed on; in float64."""
    probs = seen.probs[0, :, : scene.encoded.n_tokens, : scene.keys.n_tokens]
    weight = probs.mean(1, dtype=torch.float64)
    length = seen.v[0, :, : scene.keys.n_tokens].double().norm(dim=-1)
    part = weight * length
    return weight, length, part / part.sum(-1, keepdim=True)


def sink_head(scene: Scene, layer: int, head: int) -> SinkHead:
    """One head in full.

    Raises:
        LayerMissing: when there is no such layer.
    """
    seen, place = scene.layer(layer), place_of(scene)
    weight, length, part = _given(scene, seen)
    probs = seen.probs[0, head, : scene.encoded.n_tokens, : scene.keys.n_tokens].double()
    values = seen.v[0, head, : scene.keys.n_tokens].double()
    left = probs.clone()
    left[:, place] = 0
    sees = left.sum(-1) > 0
    own, closed = probs[sees] @ values, left[sees] / left[sees].sum(-1, keepdim=True) @ values
    cosine = torch.cosine_similarity(own, closed, dim=-1).mean()
    longer = (closed.norm(dim=-1) / own.norm(dim=-1)).mean()
    own_weight, own_length, own_part = (row[head].cpu().numpy() for row in (weight, length, part))
    tokens = scene.keys.tokens
    return SinkHead(layer, head, place, tokens, own_weight, own_length, own_part, float(cosine), float(longer))


def closed(scene: Scene, other: int) -> Closed | None:
    """The network with the first token closed in every layer, and with another one; None in cross attention, and where
    no third token is left whose state could change.

    Raises:
        VariantInvalid: when there is no such token.
    """
    place, n = place_of(scene), scene.encoded.n_tokens
    rest = [at for at in range(n) if at not in (place, other)]
    if scene.handle.stack == "cross" or not rest or place == other:
        return None
    seen = scene.capture()
    changes = []
    for at in (place, other):
        changed = scene.capture(replace(scene.variant, closed=(at,)))
        pairs = zip(seen.hidden[1:], changed.hidden[1:], strict=True)
        moved = [(b - a)[0, rest].norm(dim=-1) / a[0, rest].norm(dim=-1) for a, b in pairs]
        changes.append(torch.stack([one.double().mean() for one in moved]).cpu().numpy())
    last = seen.hidden[-1][0, rest].double()
    distances = torch.cdist(last, last) / last.norm(dim=-1, keepdim=True)
    apart = float(distances.sum() / (len(rest) * (len(rest) - 1))) if len(rest) > 1 else float("nan")
    return Closed(place, other, scene.encoded.tokens, changes[0], changes[1], apart)
