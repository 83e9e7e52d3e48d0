"""What every Info offers: its numbers as a table, and one sentence that says what they show."""

from typing import Protocol, runtime_checkable

import pandas as pd

# Key of a message in the catalogue and the facts that fill it.
Message = tuple[str, dict[str, object]]


@runtime_checkable
class Info(Protocol):
    """The numbers behind one picture, as plain values; pictures and files are made from it alone."""

    def table(self) -> pd.DataFrame:
        """The numbers, one row a datum; column names carry units. This is the CSV download."""

    def reading(self) -> Message:
        """What is to be seen, computed from the numbers."""
