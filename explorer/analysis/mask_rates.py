"""One text under several masking rates: what is there to learn from, and what is left to learn it with."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.masking import FATES, LEFT, Recipe, choose
from explorer.models.encode import Encoded
from explorer.models.handle import ModelHandle

RATES = (0.15, 0.4, 0.8)
# A draw in which all three fates occur on the text that the app opens with.
SEED = 2


@dataclass(frozen=True, eq=False)
class MaskRates:
    """One draw a rate. seen: what the model reads; fates: indices into `masking.FATES`."""

    rates: tuple[float, ...]
    seen: tuple[tuple[str, ...], ...]
    fates: tuple[tuple[int, ...], ...]
    n_words: int

    @property
    def chosen(self) -> tuple[int, ...]:
        """Places at which the loss is counted, a rate."""
        return tuple(sum(fate != LEFT for fate in row) for row in self.fates)

    def table(self) -> pd.DataFrame:
        """One row a rate and token."""
        lines = [
            (rate, at, token, FATES[fate])
            for rate, tokens, row in zip(self.rates, self.seen, self.fates, strict=True)
            for at, (token, fate) in enumerate(zip(tokens, row, strict=True))
        ]
        return pd.DataFrame(lines, columns=["rate", "position", "what the model sees", "what became of it"])

    def reading(self) -> Message:
        """Signals and context of the smallest and of the largest rate."""
        first, last = self.chosen[0], self.chosen[-1]
        facts: dict[str, object] = {"n": self.n_words, "low": self.rates[0], "high": self.rates[-1]}
        facts |= {"first": first, "last": last, "left": self.n_words - first, "bare": self.n_words - last}
        return "questions.reading.rate", facts


def mask_rates(handle: ModelHandle, encoded: Encoded, seed: int = SEED) -> MaskRates:
    """The recipe of pre-training at each of `RATES`, with one seed, so that a place hidden once stays hidden.

    Raises:
        NoMaskToken: as `masking.choose`.
    """
    drawn = [choose(handle, encoded, Recipe(rate), seed) for rate in RATES]
    words = sum(not special for special in encoded.special)
    fates = tuple(tuple(int(code) for code in choice.fates) for choice in drawn)
    return MaskRates(RATES, tuple(choice.seen.tokens for choice in drawn), fates, words)
