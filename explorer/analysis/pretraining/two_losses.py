"""The loss of pre-training as the sum of two: hidden words and next sentence (Devlin et al. 2019, appendix A.2)."""

import math
from dataclasses import dataclass

import pandas as pd
from torch.nn.functional import cross_entropy

from explorer.analysis.info import Message
from explorer.analysis.pretraining.masked import Recipe, choose
from explorer.capture.heads import outputs
from explorer.capture.scene import Scene

# A short text may have no chosen word in a draw; one of the first so many has.
DRAWS = 40


@dataclass(frozen=True)
class TwoLosses:
    """words: mean over the `chosen` words of one draw of the recipe; sentence: if B truly follows A. In nats."""

    words: float
    sentence: float
    chosen: int
    n_vocab: int

    def table(self) -> pd.DataFrame:
        """Both and their sum."""
        values = [self.words, self.sentence, self.words + self.sentence]
        blind = [math.log(self.n_vocab), math.log(2), math.log(2 * self.n_vocab)]
        names = ["hidden words", "next sentence", "sum"]
        return pd.DataFrame({"loss": names, "here (nats)": values, "knowing nothing (nats)": blind})

    def reading(self) -> Message:
        """The two, their sum, and what knowing nothing costs."""
        facts: dict[str, object] = {"words": self.words, "sentence": self.sentence, "n": self.chosen}
        facts |= {"sum": self.words + self.sentence, "even": math.log(self.n_vocab), "half": math.log(2)}
        return "next_sentence.reading.losses", facts


def two_losses(scene: Scene) -> TwoLosses | None:
    """One run of a pair with words hidden by the recipe; None where the model does not have both heads, or where the
    text has no word to hide.

    Raises:
        NoMaskToken: as `masked.choose`.
    """
    handle, encoded = scene.handle, scene.encoded
    draws = (choose(handle, encoded, Recipe(), seed) for seed in range(DRAWS))
    drawn = next((one for one in draws if one.places), None)
    if handle.spec.head != "pretraining" or drawn is None:
        return None
    says = outputs(handle, drawn.seen)
    if "seq_relationship_logits" not in says:
        return None
    words = cross_entropy(says["prediction_logits"][0, drawn.places].float().cpu(), drawn.targets[drawn.places])
    follows = says["seq_relationship_logits"][0].float().log_softmax(-1)[0]
    return TwoLosses(float(words), -float(follows), len(drawn.places), handle.dims.n_vocab)
