"""Next sentence prediction: the pooled vector's path, every order of a few sentences, and what the segments say.

Devlin et al. 2019, section 3.1; in transformers index 0 of the two outputs means "B follows A".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.heads import outputs
from explorer.capture.scene import Scene
from explorer.errors import NoSecondText, SentencesUnfit
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle

# Sentences in the matrix: every ordered pair of them is a forward pass.
LEAST, MOST = 2, 6
ARRANGEMENTS = ("own", "swapped", "all_a", "all_b")

Outputs = Callable[[ModelHandle, Encoded], dict[str, Tensor]]


def follows(said: dict[str, Tensor]) -> float:
    """Probability that B follows A, from the outputs of a model with this head."""
    logits = said["seq_relationship_logits"] if "seq_relationship_logits" in said else said["logits"]
    return float(logits[0].float().softmax(-1)[0])


@dataclass(frozen=True, eq=False)
class PooledPath:
    """From the state of [CLS] to the answer.

    cls: the last state; linear: W cls + b; pooled: tanh of it; weight: row "follows" minus row "does not" of the last
    Linear; parts: weight · pooled, whose sum and the difference of the biases make the difference of the two logits.
    difference: between the recomputed values and the model's own.
    """

    cls: Float[np.ndarray, " D"]
    linear: Float[np.ndarray, " D"]
    pooled: Float[np.ndarray, " D"]
    weight: Float[np.ndarray, " D"]
    parts: Float[np.ndarray, " D"]
    logits: tuple[float, float]
    bias: float
    probability: float
    difference: float

    @property
    def saturated(self) -> float:
        """Share of the pooled components beyond ±0.99, where tanh passes on almost no gradient."""
        return float((np.abs(self.pooled) > 0.99).mean())

    def table(self) -> pd.DataFrame:
        """One row for each component."""
        names = ("cls", "linear", "pooled", "weight", "parts")
        return pd.DataFrame({"dimension": np.arange(len(self.cls)), **{name: getattr(self, name) for name in names}})

    def reading(self) -> Message:
        """The answer, how many components carry it, and how many are at the ends of tanh."""
        strongest = np.sort(np.abs(self.parts))[::-1]
        half = 1 + int(np.searchsorted(np.cumsum(strongest), strongest.sum() / 2))
        facts: dict[str, object] = {"share": self.probability, "n": len(self.parts), "half": min(half, len(self.parts))}
        facts |= {"saturated": self.saturated, "gap": abs(self.logits[0] - self.logits[1])}
        return f"next_sentence.reading.{'yes' if self.probability >= 0.5 else 'no'}", facts


def pooled_path(scene: Scene) -> PooledPath:
    """Recompute the path of a run from the last state of [CLS] with the model's own two Linear layers."""
    handle, seen = scene.handle, scene.capture()
    assert seen.pooled is not None and seen.nsp_logits is not None
    if seen.encoded.pair is None:
        raise NoSecondText()
    dense = handle.base.get_submodule(f"{handle.sites.pooler}.dense")
    head = _answer(handle)
    with torch.no_grad():
        cls = seen.hidden[-1][0, 0]  # the library's pooler reads the first place, whatever stands there
        linear = dense(cls)
        pooled = linear.tanh()
        logits = pooled @ head.weight.T + head.bias
        weight = head.weight[0] - head.weight[1]
        off = max((pooled - seen.pooled[0]).abs().max(), (logits - seen.nsp_logits[0]).abs().max())
    return PooledPath(
        cls=cls.cpu().numpy(),
        linear=linear.cpu().numpy(),
        pooled=pooled.cpu().numpy(),
        weight=weight.cpu().numpy(),
        parts=(weight * pooled).cpu().numpy(),
        logits=(float(logits[0]), float(logits[1])),
        bias=float(head.bias[0] - head.bias[1]),
        probability=float(seen.nsp_logits[0].softmax(-1)[0]),
        difference=float(off),
    )


def _answer(handle: ModelHandle) -> torch.nn.Linear:
    """The last Linear of the head: the only one in the model with two outputs and the model's width."""
    shape = (2, handle.dims.d_model)
    found = [m for m in handle.model.modules() if isinstance(m, torch.nn.Linear) and tuple(m.weight.shape) == shape]
    return found[-1]


@dataclass(frozen=True, eq=False)
class Orders:
    """Row i, column j: probability that sentence j follows sentence i."""

    sentences: tuple[str, ...]
    probs: Float[np.ndarray, "N N"]

    def table(self) -> pd.DataFrame:
        """One row for each ordered pair."""
        n = len(self.sentences)
        return pd.DataFrame(
            {
                "first": np.repeat(self.sentences, n),
                "second": np.tile(self.sentences, n),
                "probability that the second follows": self.probs.ravel(),
            }
        )

    def reading(self) -> Message:
        """How many of the pairs as listed are taken for neighbours, and of the others; and whether the order counts."""
        n = len(self.sentences)
        listed, back, same = (self.probs.diagonal(step) >= 0.5 for step in (1, -1, 0))
        places = np.arange(n)
        far = self.probs[abs(places[:, None] - places) > 1] >= 0.5
        facts: dict[str, object] = {"listed": int(listed.sum()), "back": int(back.sum()), "of": n - 1, "n": n}
        facts |= {"other": int(back.sum() + far.sum()), "others": len(back) + len(far), "self": int(same.sum())}
        facts |= {"far": int(far.sum()), "fars": len(far)}
        # Order does not count where most neighbours are taken both ways; topic does where fewer of the rest are.
        both = min(listed.sum(), back.sum()) > (n - 1) / 2
        topic = both and len(far) and far.mean() < back.mean()
        return f"next_sentence.reading.orders{'.topic' if topic else ''}", facts


def sentences(text: str) -> list[str]:
    """The sentences of a list, one a line.

    Raises:
        SentencesUnfit: when there are fewer than two or more than `MOST`.
    """
    found = [line.strip() for line in text.splitlines() if line.strip()]
    if not LEAST <= len(found) <= MOST:
        raise SentencesUnfit(found=len(found), allowed=f"{LEAST} … {MOST}")
    return found


def orders(handle: ModelHandle, listed: Sequence[str]) -> Orders:
    """Ask the model for every ordered pair.

    Raises:
        EmptyText, TextTooLong: as `encode`.
    """
    probs = [[follows(outputs(handle, encode(handle, first, second))) for second in listed] for first in listed]
    return Orders(tuple(listed), np.array(probs, dtype=np.float32))


@dataclass(frozen=True)
class Segments:
    """Probability that B follows A with the segment vectors as they are, exchanged, and all of one kind."""

    probs: dict[str, float]

    def table(self) -> pd.DataFrame:
        """One row for each arrangement."""
        return pd.DataFrame(
            {"segment vectors": list(self.probs), "probability that B follows A": list(self.probs.values())}
        )

    def reading(self) -> Message:
        """The four answers; whether other segments move it by five points, and by how much at most."""
        own = self.probs["own"]
        worst = max(ARRANGEMENTS[1:], key=lambda name: abs(self.probs[name] - own))
        most = abs(self.probs[worst] - own)
        small = most < 0.05
        facts: dict[str, object] = {"own": own, "swapped": self.probs["swapped"], "all_a": self.probs["all_a"]}
        return f"next_sentence.reading.segments.{'small' if small else 'large'}", facts | {
            "all_b": self.probs["all_b"], "most": 100 * most,
        }  # fmt: skip


def segments(scene: Scene, says: Outputs = outputs) -> Segments:
    """Four runs of one pair that differ in their segment ids alone.

    Raises:
        NoSecondText: without a pair there is nothing to exchange.
    """
    handle, encoded = scene.handle, scene.encoded
    if encoded.pair is None:
        raise NoSecondText()
    own = encoded.segments
    arranged = {"own": own, "swapped": 1 - own, "all_a": torch.zeros_like(own), "all_b": torch.ones_like(own)}
    runs = {name: says(handle, replace(encoded, segments=ids)) for name, ids in arranged.items()}
    return Segments({name: follows(said) for name, said in runs.items()})


def in_order(said: dict[str, Tensor]) -> float | None:
    """Probability that A and B stand in their order and not exchanged; None without a sentence-order head.

    ALBERT's task (Lan et al. 2020, section 3.1): both texts are neighbours of one document, and label 0 is their order.
    """
    logits = said.get("sop_logits")
    return None if logits is None or logits.shape[-1] != 2 else float(logits[0].float().softmax(-1)[0])
