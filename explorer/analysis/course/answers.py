"""What was asked, answered and right in one visit: the end of a lesson, and the file to hand in."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message


@dataclass(frozen=True)
class Row:
    """One question. right: whether the answer was; None where the visitor looked without one, or nothing was right.

    off: by how much it was off, in words; text: that the model read; link: to the stop.
    """

    lesson: str
    stop: int
    question: str
    answered: str
    answer: str
    right: bool | None
    off: str
    text: str
    link: str


@dataclass(frozen=True)
class Answers:
    """The questions that were met, in the order of the lessons."""

    rows: tuple[Row, ...]

    def table(self) -> pd.DataFrame:
        """One row for each question."""
        words = {True: "right", False: "wrong", None: "not answered"}
        columns = ["lesson", "stop", "question", "answered", "right answer", "result", "off by", "text", "link"]
        rows = [
            (r.lesson, r.stop, r.question, r.answered, r.answer, words[r.right], r.off, r.text, r.link)
            for r in self.rows
        ]
        return pd.DataFrame(rows, columns=columns)

    def reading(self) -> Message:
        """How many were met, answered and right."""
        if not self.rows:
            return "course.reading.none", {}
        answered = [row for row in self.rows if row.right is not None]
        right = sum(row.right is True for row in answered)
        return "course.reading", {"met": len(self.rows), "answered": len(answered), "right": right}
