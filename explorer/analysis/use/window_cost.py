"""What a long text costs in windows, against one attention over all of it (which BERT's 512 positions do not allow)."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Int

from explorer.analysis.info import Message
from explorer.analysis.structure.cost import Shape, attention_matrices, flops, products
from explorer.analysis.use.windows import spans


@dataclass(frozen=True, eq=False)
class WindowCost:
    """Matrix products in FLOPs against the number of word pieces. here: the document that is looked at.

    crossover: pieces from which on windows are cheaper, None where they are not up to the longest length drawn.
    matrices: bytes of all attention probabilities of one long attention, and of one window.
    """

    lengths: Int[np.ndarray, " N"]
    one: Float[np.ndarray, " N"]
    windows: Float[np.ndarray, " N"]
    here: int
    here_one: float
    here_windows: float
    crossover: int | None
    matrices: tuple[int, int]

    def table(self) -> pd.DataFrame:
        """One row for each length."""
        both = {"one attention (FLOPs)": self.one, "windows (FLOPs)": self.windows}
        return pd.DataFrame({"length (word pieces)": self.lengths, **both})

    def reading(self) -> Message:
        """Both costs of this document, and from where on windows are cheaper."""
        facts: dict[str, object] = {"pieces": self.here, "one": self.here_one, "windows": self.here_windows}
        facts |= {"one_memory": self.matrices[0], "window_memory": self.matrices[1]}
        if self.crossover is None:
            return "long_text.reading.cost_never", facts
        return "long_text.reading.cost", facts | {"crossover": self.crossover}


def window_cost(shape: Shape, here: int, width: int, step: int, n_special: int) -> WindowCost:
    """Both costs from one window's length to a thousand times that, or to this document if it is longer.

    Raises:
        StepTooLarge: as `windows.spans`.
    """
    spans(1, width - n_special, step)
    longest = max(here, 1_000 * width)
    lengths = np.unique(np.geomspace(min(here, width), longest, 160).astype(np.int64))
    one = np.array([whole(shape, int(n), n_special) for n in lengths])
    cut = np.array([in_windows(shape, int(n), width, step, n_special) for n in lengths])
    # Up to two windows the tail of the last one makes the curve ragged: what counts is where windows stay cheaper.
    dearer = np.flatnonzero(cut > one)
    last = int(dearer[-1]) if len(dearer) else -1
    crossover = None
    if last + 1 < len(lengths):
        # Between two drawn lengths every one is tried: the curve's points are a tenth apart. Behind the second of them
        # one more step is, for there the tail of the last window may still be dear.
        tried = range(int(lengths[max(last, 0)]), int(lengths[last + 1]) + step + 1)
        dear = [n for n in tried if in_windows(shape, n, width, step, n_special) > whole(shape, n, n_special)]
        crossover = dear[-1] + 1 if dear else tried[0]
    pair = attention_matrices(shape, here + n_special), attention_matrices(shape, min(width, here + n_special))
    mine = in_windows(shape, here, width, step, n_special)
    return WindowCost(lengths, one, cut, here, whole(shape, here, n_special), mine, crossover, pair)


def whole(shape: Shape, n: int, n_special: int) -> float:
    """One attention over n pieces and the special tokens."""
    return float(products(flops(shape, n + n_special)))


def in_windows(shape: Shape, n: int, width: int, step: int, n_special: int) -> float:
    """All windows over n pieces: those that are full, and the last one."""
    room = width - n_special
    full = max(0, -(-(n - room) // step))
    rest = n - full * step
    return full * whole(shape, room, n_special) + whole(shape, rest, n_special)
