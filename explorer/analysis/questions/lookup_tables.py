"""The tables behind three questions: how many rows they have, which of them a text uses, and which is used twice."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.analysis.structure.parameters import Parameters
from explorer.capture.scene import Scene
from explorer.models.embedded import bert_tokenizer
from explorer.models.encode import clean, named
from explorer.models.handle import ModelHandle, part

SHOWN = 6


@dataclass(frozen=True, eq=False)
class Rows:
    """Lengths of the rows of the position table and of the segment table; used: how many of each the text looks up.

    A table that the model does not have has no rows.
    """

    positions: Float[np.ndarray, " P"]
    segments: Float[np.ndarray, " S"]
    used: tuple[int, int]

    def table(self) -> pd.DataFrame:
        """One row for each row of both tables."""
        sizes = len(self.positions), len(self.segments)
        return pd.DataFrame(
            {
                "table": ["position"] * sizes[0] + ["segment"] * sizes[1],
                "row": [*range(sizes[0]), *range(sizes[1])],
                "length of the row": np.concatenate([self.positions, self.segments]),
                "looked up": [at < self.used[0] for at in range(sizes[0])]
                + [at < self.used[1] for at in range(sizes[1])],
            }
        )

    def reading(self) -> Message:
        """Rows used of rows there are."""
        facts: dict[str, object] = {"used": self.used[0], "rows": len(self.positions)}
        facts |= {"segments": self.used[1], "of": len(self.segments)}
        if not len(self.positions):
            return "questions.reading.limits_none", facts
        return ("questions.reading.limits" if len(self.segments) else "questions.reading.limits_one"), facts


def rows(scene: Scene) -> Rows:
    """Both tables of the model, and what this text needs of them."""
    handle, encoded = scene.handle, scene.encoded
    positions, segments = (_lengths(handle, name) for name in (handle.sites.position, handle.sites.segment))
    positions = positions[handle.dims.first_row :]  # rows that no text reads stand before
    used = min(encoded.n_tokens, len(positions)), min(2 if encoded.sentence_b is not None else 1, len(segments))
    return Rows(positions, segments, used)


def _lengths(handle: ModelHandle, site: str | None) -> Float[np.ndarray, " N"]:
    table = part(handle.base, site)
    if table is None:
        return np.zeros(0, dtype=np.float32)
    weight: torch.Tensor = table.get_parameter("weight")
    return np.asarray(weight.detach().norm(dim=1).cpu().numpy())


@dataclass(frozen=True, eq=False)
class Shared:
    """One word of the text as input row and as output row of the same table.

    entries, products: the vocabulary by the product with the word's row, largest first. own: whether that is itself.
    total, printed: parameters with each tensor once, and with tied ones wherever they stand.
    """

    token: str
    entries: tuple[str, ...]
    products: Float[np.ndarray, " N"]
    total: int
    printed: int
    own: bool

    def table(self) -> pd.DataFrame:
        """One row an entry."""
        return pd.DataFrame({"entry": self.entries, "product with the row": self.products})

    def reading(self) -> Message:
        """Whether the word finds itself, and what would be counted twice."""
        facts: dict[str, object] = {"token": self.token, "first": self.entries[0], "twice": self.printed - self.total}
        key = "questions.reading.shared" if self.own else "questions.reading.shared_other"
        return key, {**facts, "total": self.total, "printed": self.printed}


def shared(scene: Scene, counted: Parameters) -> Shared:
    """The longest word piece of the text, looked up among all rows. counted: the model with its masked-word head."""
    handle, encoded = scene.handle, scene.encoded
    pieces = [at for at, special in enumerate(encoded.special) if not special]
    at = max(pieces, key=lambda i: (encoded.roles[i] is None, len(encoded.bare[i])))
    table = handle.words.detach()
    with torch.no_grad():
        best = (table @ table[encoded.ids[0, at]]).topk(SHOWN)
    names = named(handle, best.indices.tolist())
    own = int(best.indices[0]) == int(encoded.ids[0, at])
    return Shared(encoded.tokens[at], names, best.values.cpu().numpy(), counted.total, counted.printed, own)


@dataclass(frozen=True)
class Large:
    """BERT-large, counted. parts: parameters by name; used: rows of its word table that the text needs, cut by the
    vocabulary that BERT-large was published with, [CLS] and [SEP] included."""

    published: float
    body: int
    with_heads: int
    parts: tuple[tuple[str, int], ...]
    used: int
    n_vocab: int

    def table(self) -> pd.DataFrame:
        """The totals, then the parts."""
        totals = [("published", round(self.published * 1e6)), ("body", self.body), ("with both heads", self.with_heads)]
        names, counts = zip(*totals, *self.parts, strict=True)
        return pd.DataFrame({"part": names, "parameters (count)": counts})

    def reading(self) -> Message:
        """The two exact counts, the gap, and the text's share of the word table."""
        facts: dict[str, object] = {"body": self.body, "heads": self.with_heads, "used": self.used}
        return "questions.reading.large", {**facts, "gap": round(self.published * 1e6) - self.body, "of": self.n_vocab}


def large(body: Parameters, both: Parameters, published: str, text: str, pair: str | None = None) -> Large:
    """body: BERT-large without a head; both: with the two pre-training heads; published: "340M"."""
    layers = [sum(count for path, count in body.modules.items() if path.startswith(name)) for name in ("embed", "enc")]
    parts = (("embeddings", layers[0]), ("layers", layers[1]), ("pooler", body.total - sum(layers)))
    words = body.sizes["vocabulary"]
    used = len(set(bert_tokenizer().encode(clean(text), None if pair is None else clean(pair)).ids))
    return Large(float(published.rstrip("M")), body.total, both.total, parts, used, words)
