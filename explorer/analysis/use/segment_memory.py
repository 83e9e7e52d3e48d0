"""Who sees whom in a text of several segments: one long attention, windows, Transformer-XL, XLNet.

Transformer-XL: Dai et al. 2019, section 3.2 (cached states of the previous segment, relative positions, left to
right). XLNet: Yang et al. 2019, section 2.4 (the same memory; fine-tuned to see both sides of its own segment).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import UInt8

from explorer.analysis.info import Message

WAYS = ("one", "windows", "transformer_xl", "xlnet")
UNSEEN, SEEN, CACHED = 0, 1, 2


@dataclass(frozen=True, eq=False)
class Reach:
    """In one layer: which token looks at which. sees: way → queries x keys of UNSEEN, SEEN, CACHED."""

    segment: int
    sees: dict[str, UInt8[np.ndarray, "T T"]]

    def table(self) -> pd.DataFrame:
        """One row for each query and key."""
        n = len(self.sees[WAYS[0]])
        names = np.array(["not seen", "seen", "from the cache"])
        places = {"query": np.repeat(np.arange(n), n), "key": np.tile(np.arange(n), n)}
        return pd.DataFrame(places | {way: names[cells.ravel()] for way, cells in self.sees.items()})

    def reading(self) -> Message:
        """How many tokens the last one sees in each way, in one layer."""
        seen = {way: int((cells[-1] != UNSEEN).sum()) for way, cells in self.sees.items()}
        return "long_text.reading.reach", {**seen, "segment": self.segment}


def reach(n: int = 12, segment: int = 4) -> Reach:
    """n tokens in segments; the windows are as long as two segments and overlap by one."""
    query, key = np.arange(n)[:, None], np.arange(n)[None, :]
    own, before = query // segment == key // segment, query // segment == key // segment + 1
    starts = np.arange(0, max(1, n - segment), segment)
    window = np.zeros((n, n), dtype=bool)
    for start in starts:
        inside = slice(start, start + 2 * segment)
        window[inside, inside] = True
    left = own & (key <= query)
    sees = {
        "one": np.full((n, n), SEEN),
        "windows": np.where(window, SEEN, UNSEEN),
        "transformer_xl": np.where(before, CACHED, np.where(left, SEEN, UNSEEN)),
        "xlnet": np.where(before, CACHED, np.where(own, SEEN, UNSEEN)),
    }
    return Reach(segment, {way: cells.astype(np.uint8) for way, cells in sees.items()})
