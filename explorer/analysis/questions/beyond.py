"""The position after the last: what happens when a model is given one token more than its table has rows."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message
from explorer.capture.beyond import one_too_many
from explorer.models.handle import ModelHandle


@dataclass(frozen=True)
class Beyond:
    """rows: of the table of positions. tried: tokens that were given. kind, said: the error's name and words, both
    empty where none came."""

    rows: int
    tried: int
    kind: str
    said: str

    def table(self) -> pd.DataFrame:
        """The attempt."""
        return pd.DataFrame([{"rows": self.rows, "tokens given": self.tried, "error": self.kind, "message": self.said}])

    def reading(self) -> Message:
        """Whether it stopped."""
        key = "questions.reading.beyond" if self.kind else "questions.reading.beyond_runs"
        return key, {"rows": self.rows, "last": self.rows - 1, "tried": self.tried, "kind": self.kind}


def beyond(handle: ModelHandle) -> Beyond:
    """Try it.

    Raises:
        NoWeights: as `one_too_many`.
    """
    rows = handle.dims.n_ctx
    kind, said = one_too_many(handle) or ("", "")
    return Beyond(rows, rows + 1, kind, said)
