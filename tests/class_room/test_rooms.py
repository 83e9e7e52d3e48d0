"""Who may what, with a clock that is moved by hand; and what a hostile student tries."""

import pytest

from explorer.class_room import rooms as rules
from explorer.class_room.rooms import KEY, LASTS, MOST_FOLLOWERS, SIGNS, Rooms, bounded, digest
from explorer.class_room.sqlite_store import SqliteStore
from explorer.errors import NoSuchRoom, NotTheTeacher, RoomFull, RoomsFull, TooManyTries, VoteTooLate


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rooms(tmp_path, clock, monkeypatch) -> Rooms:
    monkeypatch.delenv("EXPLORER_TEACHER_KEY", raising=False)
    return Rooms(SqliteStore(tmp_path / "rooms.sqlite"), clock)


@pytest.fixture
def taught(rooms) -> tuple[str, str]:
    """The code and the teacher's key of a room."""
    room, key = rooms.open("teacher")
    return room.code, key


def test_keys_cannot_be_guessed_and_are_not_kept(rooms, taught):
    code, key = taught
    assert len(SIGNS) ** KEY >= 2**40 and len(set(SIGNS)) == len(SIGNS)
    assert len(key) == KEY and len(code) == 6 and set(code + key) <= set(SIGNS)
    _, token = rooms.join(code, "Ada", "a")
    kept = "".join(rooms._store._db.iterdump()).encode()
    assert key.encode() not in kept and token.encode() not in kept and digest(token).encode() in kept


def test_a_lesson_of_votes(rooms, taught):
    code, key = taught
    (ada, a), (_, b) = rooms.join(f" {code.lower()} ", "  Ada\n<b> ", "a"), rooms.join(code, "", "a")
    assert ada.follower.number == 1 and ada.follower.name == "Ada <b>" and not ada.teaches
    rooms.show(code, key, {"page": "saturation"}, "sqrt-d 2")
    rooms.vote(code, a, "sqrt-d 2", "times", False)
    rooms.vote(code, a, "sqrt-d 2", "root", True)
    rooms.vote(code, b, "sqrt-d 2", "times", False)
    assert rooms.board(code, key).counted("sqrt-d 2") == {"root": 1, "times": 1}
    assert rooms.voted(code, a)["sqrt-d 2"].value == "root"
    rooms.reveal(code, key, "sqrt-d 2")
    with pytest.raises(VoteTooLate):
        rooms.vote(code, b, "sqrt-d 2", "root", True)
    assert rooms.board(code, key).counted("sqrt-d 2") == {"root": 1, "times": 1}
    assert rooms.revealed(code, b) == {"sqrt-d 2"}


def test_only_the_open_question_is_voted_on(rooms, taught):
    code, key = taught
    _, token = rooms.join(code, "", "a")
    for _ in range(2):
        with pytest.raises(VoteTooLate):
            rooms.vote(code, token, "sqrt-d 3", "x", None)
        rooms.show(code, key, {}, "sqrt-d 2")
    assert rooms.board(code, key).votes == ()


def test_one_student_cannot_drive_see_others_or_end_the_room(rooms, taught):
    code, key = taught
    _, token = rooms.join(code, "Eve", "e")
    for attempt in (
        lambda: rooms.show(code, token, {"page": "heads"}),
        lambda: rooms.reveal(code, token, "q"),
        lambda: rooms.board(code, token),
        lambda: rooms.settle(code, token, 1),
        lambda: rooms.close(code, token),
    ):
        with pytest.raises(NotTheTeacher):
            attempt()
    assert rooms.member(code, key).room.place == "" and rooms.at(code) == (0, 1)


@pytest.mark.parametrize("held", ["", "x", "A" * 16, "A" * 10_000, "' or 1=1 --", "\ud800", "\x00"])
def test_a_stranger_may_nothing(rooms, taught, held):
    code, _ = taught
    assert rooms.member(code, held) is None
    for attempt in (
        lambda: rooms.show(code, held, {}),
        lambda: rooms.vote(code, held, "q", "x", None),
        lambda: rooms.ask(code, held, "?"),
        lambda: rooms.board(code, held),
        lambda: rooms.voted(code, held),
        lambda: rooms.revealed(code, held),
        lambda: rooms.close(code, held),
    ):
        with pytest.raises(NoSuchRoom):
            attempt()


def test_a_token_of_one_room_is_none_in_another(rooms, taught):
    code, key = taught
    other, _ = rooms.open("teacher")
    _, token = rooms.join(code, "", "a")
    assert rooms.member(other.code, token) is None and rooms.member(other.code, key) is None


def test_who_comes_back_with_a_token_is_the_same_one(rooms, taught):
    code, _ = taught
    first, token = rooms.join(code, "Ada", "a")
    again, same = rooms.join(code, "Somebody", "b", token)
    assert again.follower == first.follower and same == token


def test_a_teacher_comes_back_with_code_and_key(rooms, taught):
    code, key = taught
    member, held = rooms.join(f"{code}-{key}".lower(), "", "b")
    assert member.teaches and held == key
    with pytest.raises(NoSuchRoom):
        rooms.join(f"{code}-{key[:-1]}", "", "b")


def test_codes_are_not_tried_out(rooms, taught, clock):
    code, _ = taught
    most, seconds = rules.WRONG
    for _ in range(most):
        with pytest.raises(NoSuchRoom):
            rooms.join("ZZZZZZ", "", "guesser")
    with pytest.raises(TooManyTries):
        rooms.join(code, "", "guesser")
    rooms.join(code, "", "somebody else")
    clock.now += seconds + 1
    rooms.join(code, "", "guesser")


def test_a_class_that_comes_through_one_door_is_let_in(rooms, taught):
    for _ in range(MOST_FOLLOWERS):
        rooms.join(taught[0], "", "school")
    with pytest.raises(RoomFull):
        rooms.join(taught[0], "", "elsewhere")


def test_a_key_is_not_tried_out_either(rooms, taught):
    for _ in range(rules.WRONG[0]):
        with pytest.raises(NoSuchRoom):
            rooms.join(f"{taught[0]}-AAAAAAAAAAAAAAAA", "", "guesser")
    with pytest.raises(TooManyTries):
        rooms.join(f"{taught[0]}-AAAAAAAAAAAAAAAB", "", "guesser")


def test_nobody_floods(rooms, taught, clock):
    code, key = taught
    _, token = rooms.join(code, "", "a")
    for _ in range(rules.SAID[0]):
        rooms.ask(code, token, "Why?")
    with pytest.raises(TooManyTries):
        rooms.ask(code, token, "Why?")
    _, other = rooms.join(code, "", "a")
    rooms.ask(code, other, "And I?")
    rooms.ask(code, other, " \n ")
    assert len(rooms.board(code, key).raised) == rules.SAID[0] + 1
    clock.now += rules.SAID[1] + 1
    rooms.ask(code, token, "Why?")


def test_a_class_raises_as_many_questions_as_somebody_reads(rooms, taught, clock, monkeypatch):
    monkeypatch.setattr(rules, "MOST_RAISED", 2)
    _, token = rooms.join(taught[0], "", "a")
    rooms.ask(taught[0], token, "1")
    rooms.ask(taught[0], token, "2")
    with pytest.raises(TooManyTries):
        rooms.ask(taught[0], token, "3")


def test_rooms_are_opened_now_and_then(rooms, clock, monkeypatch):
    for _ in range(rules.OPENED[0]):
        rooms.open("one address")
    with pytest.raises(TooManyTries):
        rooms.open("one address")
    rooms.open("another")
    monkeypatch.setattr(rules, "MOST_ROOMS", rules.OPENED[0] + 1)
    with pytest.raises(RoomsFull):
        rooms.open("a third")


def test_the_operators_word_closes_the_door(rooms, monkeypatch):
    monkeypatch.setenv("EXPLORER_TEACHER_KEY", "Zauberwort ü")
    for word in ("", "zauberwort ü", "\ud800", "Zauberwort ü "[:-2]):
        with pytest.raises(NotTheTeacher):
            rooms.open("a", word)
    rooms.open("a", " Zauberwort ü")
    for _ in range(rules.OPENED[0] - 5):
        with pytest.raises(NotTheTeacher):
            rooms.open("a", "guess")
    with pytest.raises(TooManyTries):
        rooms.open("a", "Zauberwort ü")


def test_a_room_ends_after_eight_hours_or_when_the_teacher_ends_it(rooms, taught, clock):
    code, key = taught
    _, token = rooms.join(code, "Ada", "a")
    clock.now += LASTS - 1
    assert rooms.member(code, token) and rooms.at(code)
    clock.now += 2
    assert rooms.member(code, token) is None and rooms.member(code, key) is None and rooms.at(code) is None
    rooms.sweep()
    assert "Ada" not in "".join(rooms._store._db.iterdump())
    other, key = rooms.open("b")
    _, token = rooms.join(other.code, "Bob", "a")
    rooms.close(other.code, key)
    assert rooms.member(other.code, token) is None and "Bob" not in "".join(rooms._store._db.iterdump())


def test_what_is_pushed_is_bounded(rooms, taught):
    code, key = taught
    rooms.show(code, key, {"page": "x" * rules.PLACE})
    assert rooms.member(code, key).room.place == ""


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  Ada\r\n Love ", "Ada Love"),
        ("a\u202ebcd\u0000", "a bcd"),
        ("\ud800x", "x"),
        ("x" * 500, "x" * 10),
        ("Ä\u0308" * 3, "Ä\u0308" * 3),
        ("课堂　一", "课堂 一"),
        ("\u200b\u2066", ""),
        ("", ""),
    ],
)
def test_what_somebody_writes_is_one_bounded_line(text, kept):
    assert bounded(text, 10) == kept


def test_a_vote_is_bounded_too(rooms, taught):
    code, key = taught
    _, token = rooms.join(code, "n" * 10_000, "a")
    rooms.show(code, key, {}, "q")
    rooms.vote(code, token, "q", "v" * 10_000, None)
    rooms.ask(code, token, "?" * 10_000)
    board = rooms.board(code, key)
    assert len(board.followers[0].name) == rules.NAME and len(board.votes[0].value) == rules.VALUE
    assert len(board.raised[0].text) == rules.TEXT


def test_a_text_is_seen_by_the_teacher_while_its_student_lends_it(rooms, taught):
    code, key = taught
    (_, a), (_, b) = rooms.join(code, "Ada", "a"), rooms.join(code, "Eve", "b")

    def kept():
        return "".join(rooms._store._db.iterdump())

    assert rooms.lent(code, key) == {}
    rooms.lend(code, a, "My\u202e secret\n text. " + "x" * 400)
    assert rooms.lent(code, key)[1].startswith("My secret text. x") and len(rooms.lent(code, key)[1]) == rules.TEXT
    assert rooms.lent(code, b) == {} and list(rooms.lent(code, a)) == [1], "no student has another one's text"
    with pytest.raises(NoSuchRoom):
        rooms.lent(code, "stranger")
    with pytest.raises(NotTheTeacher):
        rooms.lend(code, key, "The teacher's.")
    rooms.lend(code, a, "")
    assert rooms.lent(code, key) == {} and "secret" not in kept(), "taken back is deleted"
    with pytest.raises(TooManyTries):
        for _ in range(rules.LENDS[0]):
            rooms.lend(code, a, "Flood.")


def test_a_sheet_is_its_students_alone(rooms, taught):
    code, key = taught
    (_, a), (_, b) = rooms.join(code, "Ada", "a"), rooms.join(code, "Eve", "b")
    rooms.keep(code, a, "sqrt-d 2", {"answer": "root"})
    rooms.keep(code, key, "sqrt-d 2", {"answer": None})
    rooms.keep(code, b, "sqrt-d 2", {"answer": "x" * 5_000})
    assert rooms.kept(code, a) == {"sqrt-d 2": {"answer": "root"}} and rooms.kept(code, key) == {
        "sqrt-d 2": {"answer": None}
    }
    assert rooms.kept(code, b) == {} and rooms.lent(code, key) == {}, "too long for a sheet; and no text of the class"
    for number in range(rules.MOST_SHEETS + 9):
        rooms.keep(code, b, f"q {number}", {})
    assert len(rooms.kept(code, b)) == rules.MOST_SHEETS
