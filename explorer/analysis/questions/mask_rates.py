"""One text under several masking rates: what is there to learn from, and what is left to learn it with."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.pretraining.masked import FATES, LEFT, Recipe, choose, maskable
from explorer.capture.scene import Scene

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
        """For the smallest and the largest rate: how many are asked for, [MASK], another word, and still seen as
        they are: those not chosen, and those chosen and kept."""
        facts: dict[str, object] = {"n": self.n_words, "low": self.rates[0], "high": self.rates[-1]}
        for name, at in (("low", 0), ("high", -1)):
            counts = {fate: self.fates[at].count(code) for code, fate in enumerate(FATES)}
            facts |= {f"{name}_chosen": self.chosen[at], f"{name}_masked": counts["masked"]}
            facts |= {f"{name}_random": counts["random"]}
            facts |= {f"{name}_seen": self.n_words - counts["masked"] - counts["random"]}
        return "questions.reading.rate", facts


def mask_rates(scene: Scene, seed: int = SEED) -> MaskRates:
    """The recipe of pre-training at each of `RATES`, with one seed, so that a place hidden once stays hidden.

    Raises:
        NoMaskToken: as `masking.choose`.
    """
    handle, encoded = scene.handle, scene.encoded
    drawn = [choose(handle, encoded, Recipe(rate), seed) for rate in RATES]
    words = int(maskable(handle, encoded).sum())
    fates = tuple(tuple(int(code) for code in choice.fates) for choice in drawn)
    return MaskRates(RATES, tuple(choice.seen.tokens for choice in drawn), fates, words)
