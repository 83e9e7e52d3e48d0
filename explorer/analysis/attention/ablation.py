"""What changes when heads are left out: two runs side by side, the untouched one and the changed one."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message, each_head
from explorer.capture.heads import word_logits
from explorer.capture.progress import expected
from explorer.capture.run import run
from explorer.capture.scene import Scene


@dataclass(frozen=True, eq=False)
class Ablation:
    """change: ‖h' - h‖ / ‖h‖ of every state, layers x tokens (row l is the output of layer l).

    pooled: cosine similarity of the two pooled vectors, None where the model has no pooler.
    same_top, divergence: share of tokens with the same most likely word, and mean KL(untouched ‖ changed) in nats of
    the predicted words, special tokens left out (the head never learnt to say anything there); None where the model
        has no such head.
    apart: mean ‖h_j - h_i‖ / ‖h_i‖ of any two different tokens of the untouched last states; nan for one token.
    strangers: cosine of the pooled vectors of two unrelated texts in this model, None where nobody asked.
    """

    off: tuple[tuple[int, int], ...]
    tokens: tuple[str, ...]
    change: Float[np.ndarray, "L T"]
    pooled: float | None
    same_top: float | None
    divergence: float | None
    apart: float = float("nan")
    strangers: float | None = None

    def table(self) -> pd.DataFrame:
        """One row for each layer and token."""
        n_layers, n = self.change.shape
        return pd.DataFrame(
            {
                "layer": np.repeat(np.arange(n_layers), n),
                "position": np.tile(np.arange(n), n_layers),
                "token": np.tile(self.tokens, n_layers),
                "relative change of the state": self.change.ravel(),
            }
        )

    def reading(self) -> Message:
        """How much the last states change beside how far two tokens are apart, and whose changes most."""
        if not self.off:
            return "ablation.none", {}
        last = self.change[-1]
        most = int(last.argmax())
        facts: dict[str, object] = {"n": len(self.off), "mean": float(last.mean())}
        facts |= {"token": self.tokens[most], "most": float(last[most]), "apart": self.apart}
        return f"ablation.reading{'' if np.isfinite(self.apart) else '.one'}", facts

    def outputs(self) -> Message | None:
        """What becomes of the pooled vector and of the predictions."""
        if self.pooled is None and self.same_top is None:
            return None
        if self.pooled is None:
            return "ablation.words", {"same": self.same_top, "divergence": self.divergence}
        if self.same_top is None:
            return "ablation.pooled", {"cosine": self.pooled, "strangers": self._strangers}
        facts = {"cosine": self.pooled, "strangers": self._strangers, "same": self.same_top}
        return "ablation.outputs", facts | {"divergence": self.divergence}

    @property
    def _strangers(self) -> float:
        return float("nan") if self.strangers is None else self.strangers


def ablation(scene: Scene, off: tuple[tuple[int, int], ...], strangers: float | None = None) -> Ablation:
    """Compare the run of a scene with the same run without these heads; strangers: see `Ablation`."""
    seen, changed = scene.capture(), scene.capture(replace(scene.variant, ablated=off))
    n = seen.encoded.n_tokens
    pairs = list(zip(seen.hidden[1:], changed.hidden[1:], strict=True))
    change = torch.stack([_moved(a, b, n) for a, b in pairs])
    pooled = same = divergence = None
    if seen.pooled is not None and changed.pooled is not None:
        pooled = float(torch.cosine_similarity(seen.pooled, changed.pooled)[0])
    if seen.guesses is not None:
        words = [at for at, special in enumerate(seen.encoded.special) if not special]
        a, b = (word_logits(scene.handle, one, (0, words)) for one in (seen, changed))
        same = float((a.argmax(-1) == b.argmax(-1)).float().mean())
        log_a, log_b = a.log_softmax(-1), b.log_softmax(-1)
        divergence = float((log_a.exp() * (log_a - log_b)).sum(-1).mean())
    last = seen.hidden[-1][0, :n].double()
    distances = torch.cdist(last, last) / last.norm(dim=-1, keepdim=True)
    apart = float(distances.sum() / (n * (n - 1))) if n > 1 else float("nan")
    states = change.float().cpu().numpy()
    return Ablation(off, seen.encoded.tokens, states, pooled, same, divergence, apart, strangers)


def _moved(a: Tensor, b: Tensor, n: int) -> Float[Tensor, " T"]:
    """‖b - a‖ / ‖a‖ of each of the first n tokens."""
    moved, own = ((one[0, :n]).norm(dim=-1) for one in (b - a, a))
    return torch.div(moved, own)


@dataclass(frozen=True, eq=False)
class Removals:
    """change: mean relative change of the last states when one head alone is left out, layers x heads.

    now: the same for what is left out now; off: those heads, at least one.
    """

    change: Float[np.ndarray, "L H"]
    off: tuple[tuple[int, int], ...]
    now: float

    def table(self) -> pd.DataFrame:
        """One row for each head."""
        name = "mean relative change of the last states, left out alone"
        return pd.DataFrame(each_head(*self.change.shape) | {name: self.change.ravel()})

    def reading(self) -> Message:
        """How many of the other heads change less when they are left out alone; the typical head and the strongest."""
        others = np.array([self.change[at] for at in np.ndindex(self.change.shape) if at not in self.off])
        layer, head = np.unravel_index(int(self.change.argmax()), self.change.shape)
        return "ablation.removals", {
            "below": int((others < self.now).sum()), "others": len(others), "typical": float(np.median(self.change)),
            "layer": int(layer), "head": int(head), "most": float(self.change.max()),
        }  # fmt: skip


def removals(scene: Scene) -> Float[np.ndarray, "L H"]:
    """`Removals.change`: one run of the whole network for each head; no run is kept."""
    seen, dims, encoded = scene.capture(), scene.handle.dims, scene.encoded
    found = np.empty((dims.n_layers, dims.n_heads), dtype=np.float32)
    with expected(found.size * dims.n_layers):
        for layer, head in np.ndindex(found.shape):
            changed = run(scene.handle, encoded, variant=replace(scene.variant, ablated=((layer, head),)))
            found[layer, head] = _moved(seen.hidden[-1], changed.hidden[-1], encoded.n_tokens).mean()
    return found
