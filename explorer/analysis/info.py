"""What every Info offers: its numbers as a table, and one sentence that says what they show."""

from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

# Key of a message in the catalogue and the facts that fill it.
Message = tuple[str, dict[str, object]]


@runtime_checkable
class Info(Protocol):
    """The numbers behind one picture, as plain values; pictures and files are made from it alone."""

    def table(self) -> pd.DataFrame:
        """The numbers, one row a datum; column names carry units. This is the CSV download."""

    def reading(self) -> Message:
        """What is to be seen, computed from the numbers.

        Shares and means are over every token of the text, special ones such as [CLS] and [SEP] included, for heads look
        from them too. Two exceptions, which their sentences name: a row that cannot have what is counted (the first
        token has no token before it) is not among those counted, and special tokens are not where words are asked for.
        "Mostly" and "most of" are more than half; below that it is the largest, with its size. "Nearly even": the
        largest is at most `EVEN` times an even share.
        """


# A row whose largest weight is at most this many times an even share prefers nothing worth a name.
EVEN = 1.5


# With these a spreadsheet takes a cell for a formula, the wide ones too; "=" alone is a token like any other.
FORMULA = "=+-@\t\r＝＋－＠"


def csv_file(table: pd.DataFrame) -> bytes:
    """The table for a spreadsheet. A text that would be run as a formula there gets an apostrophe: texts come from
    links, which anybody can write. The mark in front makes spreadsheets read it as UTF-8."""
    return table.rename(columns=_harmless).map(_harmless).to_csv(index=False).encode("utf-8-sig")


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and len(cell) > 1 and cell[0] in FORMULA else cell


def each_head(n_layers: int, n_heads: int) -> dict[str, np.ndarray]:
    """The first columns of a table with one row for each head, in the order of an array of layers x heads."""
    return {"layer": np.repeat(np.arange(n_layers), n_heads), "head": np.tile(np.arange(n_heads), n_layers)}
