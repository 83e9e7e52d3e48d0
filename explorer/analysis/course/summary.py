"""What is left of a class room for the teacher: who has answered what, and what was asked."""

from dataclasses import dataclass

import pandas as pd

from explorer.analysis.info import Message


@dataclass(frozen=True)
class Line:
    """One answer, or one question that was raised (then `stop` is 0 and `right` None). student: number and name."""

    number: int
    name: str
    lesson: str
    stop: int
    question: str
    answered: str
    right: bool | None


@dataclass(frozen=True)
class Summary:
    """joined: how many have joined. lines: their answers by stop, then their questions."""

    joined: int
    lines: tuple[Line, ...]

    def table(self) -> pd.DataFrame:
        """One row for each answer and each question that was raised."""
        words = {True: "right", False: "wrong", None: ""}
        columns = ["student", "name", "lesson", "stop", "question", "answered", "result"]
        rows = [
            (one.number, one.name, one.lesson, str(one.stop or ""), one.question, one.answered,
             words[one.right] if one.stop else "raised")
            for one in self.lines
        ]  # fmt: skip
        return pd.DataFrame(rows, columns=columns)

    def reading(self) -> Message:
        """How many joined, answered and were right."""
        votes = [one for one in self.lines if one.stop]
        if not votes:
            return "room.reading.none", {"joined": self.joined}
        asked = len({(one.lesson, one.stop) for one in votes})
        right = sum(one.right is True for one in votes)
        return "room.reading", {"joined": self.joined, "votes": len(votes), "asked": asked, "right": right}
