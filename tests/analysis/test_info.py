"""The file that a visitor opens in a spreadsheet."""

import csv
import io

import pandas as pd
import pytest

from explorer.analysis.info import csv_file


def read(table):
    return list(csv.reader(io.StringIO(csv_file(table).decode("utf-8-sig"))))


@pytest.mark.parametrize("text", ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1+1", "＝1+1", "=1", "-x"])
def test_a_visitors_text_is_no_formula(text):
    assert read(pd.DataFrame({"text": [text, "hi"], "n": [-1.5, 2.0]})) == [
        ["text", "n"], [f"'{text}", "-1.5"], ["hi", "2.0"],
    ]  # fmt: skip
    assert read(pd.DataFrame({text: [1]})) == [[f"'{text}"], ["1"]]


def test_tokens_numbers_and_gaps_stay_as_they_are():
    table = pd.DataFrame({"token": ["=", "-", "##ed", "a-b", ""], "x": [1, -2, None, 0.5, 1e-9], "right": [True] * 5})
    assert csv_file(table) == table.to_csv(index=False).encode("utf-8-sig")
