"""How votes are counted."""

from explorer.analysis.course.tally import BARS, tally
from explorer.class_room.store import Vote
from explorer.course import Question

CHOICE = Question("choice", "?", "spread", choices={"same": "It stays", "root": "It doubles"})
NUMBER = Question("number", "?", "n", unit="%")


def votes(*answers: tuple[str, bool | None]) -> list[Vote]:
    return [Vote("q", number, value, right) for number, (value, right) in enumerate(answers, 1)]


def test_choices_in_their_order_also_those_that_nobody_took():
    found = tally(CHOICE, votes(("root", True), ("root", True), ("forged", False)))
    assert found.bars == (("same", 0), ("root", 2))
    assert (found.votes, found.judged, found.right) == (3, 3, 2)


def test_what_nobody_could_judge_is_not_wrong():
    found = tally(CHOICE, votes(("root", None), ("same", False)))
    assert (found.votes, found.judged, found.right) == (2, 1, 0)


def test_few_numbers_stand_as_they_are():
    assert tally(NUMBER, votes(("10.0", None), ("9.5", None), ("10.0", None))).bars == (("9.5", 1), ("10", 2))


def test_many_numbers_are_put_together_and_none_is_lost():
    found = tally(NUMBER, votes(*((str(float(n)), None) for n in range(40)), ("1e12", None), ("nan", None))).bars
    assert len(found) == BARS and sum(count for _, count in found) == 41
    assert max(count for _, count in found) < 12, "one who writes nonsense does not hide the others"


def test_a_token_of_somebodys_text_is_not_shown():
    assert tally(Question("token", "?", "t"), votes(("3", True), ("4", False))).bars == ()


def test_nobody_has_voted():
    assert tally(NUMBER, []).bars == () and tally(CHOICE, []).votes == 0
