"""How far the word vectors of a text are from being one and the same vector, layer by layer.

‖X - 1x̄ᵀ‖ / ‖X‖ in the Frobenius norm, x̄ the mean over the words: after Dong, Cordonnier & Loukas 2021, who divide
by another norm and prove that attention alone drives it to 0 doubly exponentially.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.info import Message
from explorer.capture.changes.rank import (
    ALL_KEPT,
    ATTENTION_ALONE,
    COMBINATIONS,
    MAX_PIECES,
    Kept,
    states_by_layer,
)
from explorer.capture.progress import expected
from explorer.capture.run import embedded
from explorer.capture.scene import Scene

# Below this share the words count as one vector; the reading names the first layer where that is so.
COLLAPSED = 0.01
# Pictures of cosines show the first pieces only: 48 x 48 cells are still seen side by side.
MAX_SHOWN = 48


@dataclass(frozen=True, eq=False)
class RankPaths:
    """Eight networks, each with some parts of every layer removed, on one text; index 0 is what enters layer 0.

    residual: ‖X - 1x̄ᵀ‖ / ‖X‖. cosine: mean over all pairs of different words. cosines: between the first words.
    difference: largest one between the full network here, in double precision, and the run; None for a cut text.
    """

    tokens: tuple[str, ...]
    residual: dict[Kept, Float[np.ndarray, " S"]]
    cosine: dict[Kept, Float[np.ndarray, " S"]]
    cosines: dict[Kept, Float[np.ndarray, "S t t"]]
    difference: float | None
    chosen: Kept = ATTENTION_ALONE

    def table(self) -> pd.DataFrame:
        """One row for each network and layer."""
        return pd.DataFrame(
            {
                "skip connections": kept.skips,
                "feed-forward blocks": kept.ffn,
                "LayerNorm": kept.norm,
                "after layer": depth - 1,
                "residual / norm": float(self.residual[kept][depth]),
                "mean cosine of two words": float(self.cosine[kept][depth]),
            }
            for kept in self.residual
            for depth in range(len(self.residual[kept]))
        )

    def reading(self) -> Message:
        """Where the words have become one vector, or how different they have stayed, against the full model."""
        path, full = self.residual[self.chosen], self.residual[ALL_KEPT]
        facts: dict[str, object] = {"first": float(path[0]), "last": float(path[-1]), "full": float(full[-1])}
        facts |= {"least": float(full.min()), "cosine": float(self.cosine[self.chosen][-1])}
        if len(self.tokens) < 2:
            return "rank_collapse.reading.one", {}
        if self.chosen == ALL_KEPT:
            return "rank_collapse.reading.full", facts
        small = np.flatnonzero(path < COLLAPSED)
        if not len(small):
            # Half of what the full model keeps is where the words begin to count as drawn together.
            return f"rank_collapse.reading.{'stays' if path[-1] >= full[-1] / 2 else 'shrinks'}", facts
        at = int(small[0])
        if path[-1] >= COLLAPSED:
            return "rank_collapse.reading.shrinks", facts
        return "rank_collapse.reading.collapses", {**facts, "layer": at - 1, "there": float(path[at])}


def rank_paths(scene: Scene) -> RankPaths:
    """Run the text through all eight networks.

    Raises:
        NotInThisModel: for a model whose layers are not built as BERT's.
    """
    handle, tokens = scene.handle, scene.encoded.tokens[:MAX_PIECES]
    n, is_cut = len(tokens), scene.encoded.n_tokens > MAX_PIECES
    residuals, means, pictures, difference = [], [], [], 0.0
    # Of a cut text there is no run to compare with, and none is made.
    run = () if is_cut else scene.capture().hidden
    entering = embedded(handle, scene.encoded) if is_cut else run[0]
    with expected(len(COMBINATIONS) * handle.dims.n_layers):
        for depth, states in enumerate(states_by_layer(handle, entering)):
            if not is_cut:
                full = states[COMBINATIONS.index(ALL_KEPT)]
                difference = max(difference, float((full - run[depth][0, :n]).abs().max()))
            residuals.append(residual(states))
            cosines = _cosines(states)
            means.append((cosines.sum((1, 2)) - n) / max(n * (n - 1), 1))
            pictures.append(cosines[:, :MAX_SHOWN, :MAX_SHOWN].float())
    return RankPaths(
        tokens=tokens,
        residual=_by_combination(residuals),
        cosine=_by_combination(means),
        cosines=_by_combination(pictures),
        difference=None if is_cut else difference,
    )


def residual(states: Float[Tensor, "*C T D"]) -> Float[Tensor, "*C"]:
    """‖X - 1x̄ᵀ‖ / ‖X‖, Frobenius: 0 when all rows are equal, 1 when their mean is 0."""
    apart = states - states.mean(-2, keepdim=True)
    share: Tensor = apart.flatten(-2).norm(dim=-1) / states.flatten(-2).norm(dim=-1)
    return share


def _cosines(states: Float[Tensor, "C T D"]) -> Float[Tensor, "C T T"]:
    unit = torch.nn.functional.normalize(states, dim=-1)
    return unit @ unit.mT


def _by_combination(depths: list[Tensor]) -> dict[Kept, np.ndarray]:
    return {kept: torch.stack([depth[at] for depth in depths]).cpu().numpy() for at, kept in enumerate(COMBINATIONS)}
