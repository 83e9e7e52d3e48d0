"""One token's way through one run: the vector it has at every station, from the look-ups to the outputs."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.attention.head_row import HeadRow, head_row
from explorer.analysis.info import EVEN, Message
from explorer.capture.facts import facts_of
from explorer.capture.heads import Verdict, verdict, word_logits
from explorer.capture.records import Capture, LayerCapture
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel
from explorer.models.encode import named
from explorer.models.handle import ModelHandle

# Cells along the side of the drawn matrix, and predictions in a list, at most.
SIDE, BEST = 64, 5
# Tokens up to which all layers are looked through for the head that is shown first.
LOOKED_AT = 64


@dataclass(frozen=True, eq=False)
class Station:
    """One tensor on the way, and the part of it that belongs to the chosen token.

    axes, sizes: of the whole tensor, for example "B H T K" and (1, 12, 16, 32). values: the token's own, flat.
    layer: where the tensor belongs to one; hidden of layer l is that layer's output.
    limit: end of the colour range, symmetric around 0; stations that are compared share it.
    """

    name: str
    axes: str
    sizes: tuple[int, ...]
    values: np.ndarray
    limit: float
    layer: int | None = None

    @property
    def shape(self) -> str:
        """Axes and sizes as text: "B×H×T×K = 1×12×16×32"."""
        return f"{self.axes.replace(' ', '×')} = {'×'.join(map(str, self.sizes))}"


@dataclass(frozen=True, eq=False)
class Journey:
    """A token's journey; layers and heads count from 0.

    stations: in the order in which the numbers arise; of the layers only the open one shows its inside.
    attention: the token's row in the open head. matrix: that head's whole matrix, queries x keys, its largest value
        in each block of `step` x `step` cells. turns: per layer, the cosine between what enters and what leaves.
    words: likeliest pieces at the token's place (None without such a head); follows: probability that the second
        text is the next one (None without one); verdict: what a head with labels says (None without one).
    model, trained: whose numbers these are; random weights are not trained.
    formula: of the attention probabilities in this layer. entrance: what stands between the look-ups and the first
        layer: "norm" (LayerNorm), "widened" (LayerNorm and a projection to the layers' width) or "plain" (nothing).
    next_word: `words` are what may come after the token, not what may stand in its place.
    n_visible: how many tokens the open head lets this one look at; 0: all.
    row: what the token does in the open head, number by number.
    """

    tokens: tuple[str, ...]
    token: int
    layer: int
    head: int
    d_head: int
    n_layers: int
    n_heads: int
    stations: tuple[Station, ...]
    attention: np.ndarray
    matrix: np.ndarray
    step: int
    turns: tuple[float, ...]
    words: tuple[tuple[str, float], ...] | None = None
    follows: float | None = None
    verdict: Verdict | None = None
    model: str = ""
    trained: bool = True
    formula: str = ""
    entrance: str = "norm"
    next_word: bool = False
    n_visible: int = 0
    row: HeadRow | None = None

    @property
    def pre_norm(self) -> bool:
        """Whether the layers normalise what their blocks read, so that what is added up is never normalised."""
        return any(s.name == "attn_sum" for s in self.stations)

    @property
    def classes(self) -> tuple[tuple[str, float], ...] | None:
        """Labels of the whole text and what the head says of each, the largest first; None without such a head."""
        if self.verdict is None or self.verdict.about != "text":
            return None
        return self.labels()

    def labels(self) -> tuple[tuple[str, float], ...]:
        """The verdict's labels, the first few of the largest; all where each stands for itself."""
        assert self.verdict is not None
        found = sorted(zip(self.verdict.names, self.verdict.values, strict=True), key=lambda pair: -pair[1])
        return tuple(found[:BEST])

    @property
    def target(self) -> int:
        """The token that the open head looks at most."""
        return int(self.attention.argmax())

    def station(self, name: str, layer: int | None = None) -> Station:
        """A station by its name; `hidden` stands there once for every layer."""
        return next(s for s in self.stations if s.name == name and (layer is None or s.layer == layer))

    def table(self) -> pd.DataFrame:
        """One row for each value of each station, then the attention row of the open head."""
        parts = [_rows(s.name, s.layer, s.shape, s.values) for s in self.stations]
        n = len(self.tokens)
        shape = f"B×H×T×T = 1×{self.n_heads}×{n}×{n}"
        return pd.concat([*parts, _rows(f"probs, head {self.head}", self.layer, shape, self.attention)])

    def tour(self) -> tuple[Message, ...]:
        """One sentence for each part of the picture, in the order in which it is built."""
        first, last = self.stations[0], self.station("hidden", self.n_layers - 1)
        names = [s.name for s in self.stations if s.name in ("word", "position", "segment")]
        look, looks = self.reading()
        said = f"journey.tour.attention.{look.removeprefix('journey.reading.')}"
        if self.words is not None:
            end = "journey.tour.outputs." + ("next" if self.next_word else "words")
        else:
            end = "journey.tour.outputs." + ("states" if self.verdict is None else "verdict")
        likely, chance = self.words[0] if self.words else ("", 0.0)
        facts: dict[str, object] = looks | {
            "n": len(self.tokens),
            "width": len(first.values),
            "states": len(last.values),
            "layers": self.n_layers,
            "heads": self.n_heads,
            "d_head": self.d_head,
            "joined": len(self.station("context").values),
            "ffn": len(self.station("ffn_act").values),
            "likely": likely,
            "chance": chance,
        }
        sum_key = f"journey.tour.sum.{len(names) if len(names) > 1 else 'one'}.{self.entrance}"
        mixed = "journey.tour.mixed" + (".one" if self.n_heads == 1 else "")
        return (
            ("journey.tour.pieces", facts),
            (sum_key, facts),
            ("journey.tour.layers" + (".one" if self.n_layers == 1 else ""), facts),
            ("journey.tour.qkv", facts),
            (said, facts),
            (mixed, facts),
            ("journey.tour.ffn" + (".pre" if self.pre_norm else ""), facts),
            (end, facts),
        )

    def reading(self) -> Message:
        """Where the open head sends the token and with how much, and the layer that turns its vector most."""
        turned, visible = int(np.argmin(self.turns)), self.n_visible or len(self.tokens)
        facts: dict[str, object] = {
            "token": self.tokens[self.token],
            "layer": self.layer,
            "head": self.head,
            "share": float(self.attention[self.target]),
            "target": self.tokens[self.target],
            "turned": turned,
            "angle": _degrees(self.turns[turned]),
            "mean": float(np.mean([_degrees(cosine) for cosine in self.turns])),
            "even": 1 / visible,
        }
        if visible == 1:
            return "journey.reading.only", facts
        where = "self" if self.target == self.token else "other"
        if facts["share"] > 0.5:  # type: ignore[operator]
            return f"journey.reading.{where}", facts
        if facts["share"] <= EVEN / visible:  # type: ignore[operator]
            return "journey.reading.even", facts
        return f"journey.reading.{where}.largest", facts


def journey(scene: Scene, number: int, token: int, head: int) -> Journey:
    """The journey of one token through a run; `number` is of the layer that stands open.

    Raises:
        NotInThisModel: for cross attention, where a row is not about the text's own tokens.
    """
    handle = scene.handle
    if handle.stack == "cross":
        raise NotInThisModel(model=handle.config.model_type, reason="cross_square")
    seen, layer = scene.capture(), scene.layer(number)
    n = seen.encoded.n_tokens
    dims = handle.dims
    matrix, step = _blocks(layer.probs[0, head, :n, :n])
    vectors = torch.stack([h[0, token] for h in seen.hidden])
    turns = torch.cosine_similarity(vectors[:-1], vectors[1:], dim=-1)
    return Journey(
        tokens=seen.encoded.tokens,
        token=token,
        layer=layer.layer,
        head=head,
        d_head=dims.d_head,
        n_layers=dims.n_layers,
        n_heads=dims.n_heads,
        stations=(*_embeddings(seen, token), *_inside(layer, token), *_states(seen, token), *_pooled(seen)),
        attention=_flat(layer.probs[0, head, token, :n]),
        matrix=matrix,
        step=step,
        turns=tuple(turns.tolist()),
        words=_words(handle, seen, token),
        follows=None
        if seen.nsp_logits is None or seen.encoded.pair is None
        else float(seen.nsp_logits[0].softmax(-1)[0]),
        verdict=verdict(handle, seen, token),
        model=handle.spec.source,
        trained=handle.spec.kind != "config",
        formula=formula(handle, layer),
        entrance=_entrance(seen),
        next_word=seen.guesses == "next",
        n_visible=int(layer.visible[0, head, token, :n].sum()),
        row=head_row(scene, layer, head, token, int(layer.probs[0, head, token, :n].argmax())),
    )


def telling_head(scene: Scene, token: int) -> tuple[int, int]:
    """Layer and head that send a token most to one word beyond its neighbours: what a first look should see.

    For a text without such a word, for a long one, whose layers take time, and for cross attention: one in the middle.
    """
    dims, encoded, n = scene.handle.dims, scene.encoded, scene.encoded.n_tokens
    middle = min(3, dims.n_layers - 1), min(1, dims.n_heads - 1)
    far = [at for at, special in enumerate(encoded.special) if not special and abs(at - token) > 1]
    if not far or n > LOOKED_AT or scene.handle.stack == "cross":
        return middle
    found = [layer.probs[0, :, token, far].amax(-1).max(0) for layer in scene.layers()]
    layer = max(range(len(found)), key=lambda number: float(found[number].values))
    return layer, int(found[layer].indices)


def _degrees(cosine: float) -> float:
    """The angle of a cosine, 0 to 180."""
    return math.degrees(math.acos(min(1.0, max(-1.0, cosine))))


def formula(handle: ModelHandle, layer: LayerCapture) -> str:
    """How this layer makes probabilities of q and k: its factor, what it adds, whether it hides later tokens."""
    own, d = layer.factor, layer.q.shape[-1]
    scale = f" / √{d}" if math.isclose(own, d**-0.5, rel_tol=1e-4) else "" if own == 1 else f" · {own:.3g}"
    product = "q·kᵀ"
    if handle.sites.order in ("bias", "relative", "both"):
        product = f"(q·kᵀ + r){scale}" if layer.bias_scaled else f"q·kᵀ{scale} + b"
        scale = ""
    return f"softmax({product}{scale}{' + mask' if facts_of(handle).causal[layer.layer] else ''})"


def _entrance(seen: Capture) -> str:
    if seen.embedding is None:
        return "plain"
    return "norm" if seen.embedding.shape == seen.hidden[0].shape else "widened"


def _embeddings(seen: Capture, token: int) -> list[Station]:
    names = ("word", "position", "segment", "embedding_sum")
    found = {name: tensor for name in names if (tensor := getattr(seen, name)) is not None}
    if len(found) == 2 and "position" not in found and "segment" not in found:
        del found["embedding_sum"]  # a sum of one
    limit = _limit([tensor[0, token] for tensor in found.values()])
    return [_station(name, "B T D", tensor, tensor[0, token], limit) for name, tensor in found.items()]


def _states(seen: Capture, token: int) -> list[Station]:
    """The embedding after LayerNorm and every layer's output, on one range, so that change is seen as change."""
    limit = _limit([h[0, token] for h in seen.hidden])
    first, *rest = seen.hidden
    return [
        _station("embedding", "B T D", first, first[0, token], limit),
        *(_station("hidden", "B T D", h, h[0, token], limit, index) for index, h in enumerate(rest)),
    ]


def _inside(layer: LayerCapture, token: int) -> list[Station]:
    """The open layer. q, k, v and context hold all heads side by side, as the projections write them."""
    stations = []
    for name in ("q", "k", "v", "context"):
        tensor: Tensor = getattr(layer, name)
        own = tensor[0, :, token].reshape(-1)
        stations.append(_station(name, "B H T K", tensor, own, _limit([own]), layer.layer))
    for name in ("attn_in", "attn_out", "attn_norm", "attn_sum", "ffn_in", "ffn_act", "ffn_out"):
        tensor = getattr(layer, name)
        if tensor is None:
            continue
        own, axes = tensor[0, token], "B T F" if name == "ffn_act" else "B T D"
        stations.append(_station(name, axes, tensor, own, _limit([own]), layer.layer))
    return stations


def _pooled(seen: Capture) -> list[Station]:
    """tanh(W · hidden[:, 0] + b): between -1 and 1, and made of the first token whatever token is followed."""
    return [] if seen.pooled is None else [_station("pooled", "B D", seen.pooled, seen.pooled[0], 1.0)]


def _station(name: str, axes: str, whole: Tensor, own: Tensor, limit: float, layer: int | None = None) -> Station:
    return Station(name, axes, tuple(whole.shape), _flat(own), limit, layer)


def _limit(vectors: list[Tensor]) -> float:
    """A range that 98 % of the absolute values stay in: trained models have single values 20 times the rest."""
    values = torch.cat([v.reshape(-1) for v in vectors]).abs().float().cpu().numpy()
    # Two digits are what a legend says; the smallest range keeps a vector of zeros drawable.
    return max(float(f"{np.quantile(values, 0.98):.1e}"), 1e-6)


def _blocks(probs: Float[Tensor, "T T"]) -> tuple[np.ndarray, int]:
    """At most `SIDE` cells a side; a cell is the largest of its block, so that a single sharp look is not lost."""
    n = probs.shape[0]
    step = -(-n // SIDE)
    cells = probs.float().cpu().numpy()
    edge = np.arange(0, n, step)
    return np.maximum.reduceat(np.maximum.reduceat(cells, edge, axis=0), edge, axis=1), step


def _words(handle: ModelHandle, seen: Capture, token: int) -> tuple[tuple[str, float], ...] | None:
    if seen.guesses is None:
        return None
    logits = word_logits(handle, seen, (0, token))
    best = logits.softmax(-1).topk(min(BEST, len(logits)))
    ids = best.indices.tolist()
    return tuple(zip(named(handle, ids), best.values.tolist(), strict=True))


def _flat(tensor: Tensor) -> np.ndarray:
    flat: np.ndarray = tensor.float().reshape(-1).cpu().numpy()
    return flat


def _rows(name: str, layer: int | None, shape: str, values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "tensor": name,
            "layer": pd.array([layer] * len(values), dtype="Int64"),
            "shape": shape,
            "index": np.arange(len(values)),
            "value": values,
        }
    )
