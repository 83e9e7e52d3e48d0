"""What changes when heads are left out: two runs side by side, the untouched one and the changed one."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float

from explorer.analysis.info import Message
from explorer.capture.records import Capture


@dataclass(frozen=True, eq=False)
class Ablation:
    """change: ‖h' - h‖ / ‖h‖ of every state, layers x tokens (row l is the output of layer l).

    pooled: cosine similarity of the two pooled vectors, None where the model has no pooler.
    same_top, divergence: share of tokens with the same most likely word, and mean KL(untouched ‖ changed) in nats of
    the predicted words; None where the model has no such head.
    """

    off: tuple[tuple[int, int], ...]
    tokens: tuple[str, ...]
    change: Float[np.ndarray, "L T"]
    pooled: float | None
    same_top: float | None
    divergence: float | None

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
        """How much the last states change, and whose changes most."""
        if not self.off:
            return "ablation.none", {}
        last = self.change[-1]
        most = int(last.argmax())
        facts: dict[str, object] = {"n": len(self.off), "mean": float(last.mean())}
        return "ablation.reading", facts | {"token": self.tokens[most], "most": float(last[most])}

    def outputs(self) -> Message | None:
        """What becomes of the pooled vector and of the predictions."""
        if self.pooled is None and self.same_top is None:
            return None
        if self.pooled is None:
            return "ablation.words", {"same": self.same_top, "divergence": self.divergence}
        if self.same_top is None:
            return "ablation.pooled", {"cosine": self.pooled}
        return "ablation.outputs", {"cosine": self.pooled, "same": self.same_top, "divergence": self.divergence}


def ablation(seen: Capture, changed: Capture) -> Ablation:
    """Compare a run with the same run without some heads."""
    n = seen.encoded.n_tokens
    pairs = list(zip(seen.hidden[1:], changed.hidden[1:], strict=True))
    change = torch.stack([(b - a)[0, :n].norm(dim=-1) / a[0, :n].norm(dim=-1) for a, b in pairs])
    pooled = same = divergence = None
    if seen.pooled is not None and changed.pooled is not None:
        pooled = float(torch.cosine_similarity(seen.pooled, changed.pooled)[0])
    both = [run.mlm_logits if run.lm_logits is None else run.lm_logits for run in (seen, changed)]
    if both[0] is not None and both[1] is not None:
        a, b = both[0][0, :n], both[1][0, :n]
        same = float((a.argmax(-1) == b.argmax(-1)).float().mean())
        log_a, log_b = a.log_softmax(-1), b.log_softmax(-1)
        divergence = float((log_a.exp() * (log_a - log_b)).sum(-1).mean())
    off = changed.variant.ablated
    return Ablation(off, seen.encoded.tokens, change.float().cpu().numpy(), pooled, same, divergence)
