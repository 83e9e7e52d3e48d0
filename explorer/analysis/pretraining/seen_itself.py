"""A word that sees itself: what the masked-word head says at its place when it is not hidden."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.analysis.pretraining.predictions import predictions
from explorer.capture.scene import Scene


@dataclass(frozen=True)
class SeenItself:
    """Probability of the word that stands there, left in the text and hidden."""

    token: str
    seen: float
    hidden: float

    def table(self) -> pd.DataFrame:
        """One row."""
        return pd.DataFrame([{"token": self.token, "left in the text": self.seen, "hidden": self.hidden}])

    def reading(self) -> Message:
        """Whether the model copies."""
        copies = self.seen > max(0.5, self.hidden)
        key = "masked.reading.itself" + ("" if copies else "_hardly")
        return key, {"token": self.token, "seen": self.seen, "hidden": self.hidden}


def seen_itself(scene: Scene, hidden: Scene, place: int) -> SeenItself | None:
    """hidden: the same text with words hidden, this one among them. None where the visitor typed the mask."""
    guesses = [predictions(scene, one, [place]).guesses[0] for one in (scene, hidden)]
    shares = [guess.probability for guess in guesses]
    if shares[0] is None or shares[1] is None:
        return None
    return SeenItself(scene.encoded.tokens[place], shares[0], shares[1])
