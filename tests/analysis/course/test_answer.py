"""How an answer is judged."""

import pytest

from explorer.analysis.course.answer import Answer, judge, number
from explorer.course import Question


def asked(kind: str, within: str = "0") -> Question:
    return Question(kind, "?", "target", within=within)


def test_a_choice_is_right_or_not():
    right = Answer("root")
    assert judge(asked("choice"), right, "root").right
    assert not judge(asked("choice"), right, "times").right


@pytest.mark.parametrize(
    ("within", "given", "right"),
    [("0", 12, True), ("0", 12.5, False), ("2", 14, True), ("2", 14.1, False), ("25%", 15, True), ("25%", 15.1, False)],
)
def test_a_number_may_be_off_by_what_is_allowed(within, given, right):
    found = judge(asked("number", within), Answer(12), given)
    assert found.right is right
    assert found.off == pytest.approx(given - 12)


def test_of_equal_tokens_each_is_right_and_a_wrong_one_has_so_much_less():
    right = Answer(1, scores=(0.1, 0.4, 0.4, 0.1))
    assert judge(asked("token"), right, 1).right and judge(asked("token"), right, 2).right
    wrong = judge(asked("token"), right, 3)
    assert not wrong.right and wrong.off == pytest.approx(0.3)
    assert not judge(asked("token"), right, 99).right


def test_numbers_have_three_digits_that_mean_something():
    assert [number(x) for x in (3, 3.14159, 22_893_116, 1234.5, 0.0123)] == [
        "3",
        "3.14",
        "22,893,116",
        "1,234",
        "0.0123",
    ]
