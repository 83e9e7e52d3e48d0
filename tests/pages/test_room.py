"""The class room's page, and what stands above the others while one is in a room: forms, refusals, what is off."""

import pytest

from explorer.class_room.rooms import Rooms
from explorer.class_room.sqlite_store import SqliteStore
from explorer.i18n import LANGUAGES, Translator
from explorer.ui.parts import class_texts, lesson
from explorer.ui.shell import navigation, room
from explorer.work import Job
from tests.conftest import page_text, says


@pytest.fixture(autouse=True)
def rooms(tmp_path, monkeypatch) -> Rooms:
    """A store of this test's own."""
    monkeypatch.delenv("EXPLORER_TEACHER_KEY", raising=False)
    found = Rooms(SqliteStore(tmp_path / "rooms.sqlite"))
    monkeypatch.setattr(room, "rooms", lambda: found)
    return found


def submit(test, form: str):
    """Press the button of a form."""
    (button,) = [one for one in test.button if one.proto.form_id == form]
    return button.click().run()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_room_is_opened_shown_and_ended(app, rooms, lang):
    test = submit(app("start/room", lang=lang), "room-open")
    code = test.session_state["seat"].code
    assert code in test.query_params["room"]
    assert says(test, lang, "room.teaching", code=code, joined=0) and 'src="data:image/svg+xml' in page_text(test)
    key = test.session_state["seat"].held
    assert rooms.member(code, key).teaches and rooms.member(code, key).room.place
    _, token = rooms.join(code, "Ada <i>", "s")
    rooms.ask(code, token, "<u>Why?</u>")
    test.button(key="room-end-now").click().run()
    assert rooms.member(code, key) is None and "room" not in test.query_params
    assert says(test, lang, "room.reading.none", joined=1)
    text = page_text(test)
    assert "&lt;u&gt;Why?&lt;/u&gt;" in text and "Ada &lt;i&gt;" in text and "<u>" not in text and "<i>Ada" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_one_joins_and_is_where_the_teacher_is(app, rooms, lang):
    opened, key = rooms.open("t")
    rooms.show(opened.code, key, {"page": "heads", "said": {"layer": "2", "head": "1", "token": "5"}, "text": "?"})
    test = app("start/room", lang=lang, room=opened.code.lower(), text="Mine is another text than yours.")
    test.text_input(key="room-name").set_value("Ada")
    submit(test, "room-join")
    assert says(test, lang, "room.following", code=opened.code)
    assert test.session_state["state"].page == "heads"
    chosen = test.session_state["state"].choices
    assert (chosen["layer"], chosen["head"], chosen["text"]) == (2, 1, "Mine is another text than yours.")
    assert chosen.get("token") != 5, "a position in the teacher's text says nothing of another text"
    assert [one.name for one in rooms.board(opened.code, key).followers] == ["Ada"]


def test_the_teachers_text_stays_the_teachers(app, rooms):
    opened, key = rooms.open("t")
    said = {"layer": "1", "text": "The teacher's", "pair": "own", "lang": "zh", "room": "OTHER2"}
    rooms.show(opened.code, key, {"page": "heads", "said": said, "text": "?"})
    test = app("start/room", room=opened.code, text="Mine.")
    submit(test, "room-join")
    chosen = test.session_state["state"].choices
    assert chosen["text"] == "Mine." and "pair" not in chosen and chosen["room"] == opened.code
    assert chosen.get("lang") in (None, "en")


@pytest.mark.parametrize(
    "place", [{"page": "../x", "said": {}, "text": ""}, {"page": "heads", "said": {"layer": "x"}, "text": ""}]
)
def test_a_place_that_this_server_does_not_have_leads_nowhere_else(app, rooms, place):
    opened, key = rooms.open("t")
    rooms.show(opened.code, key, place)
    test = app("start/room", room=opened.code)
    submit(test, "room-join")
    assert says(test, "en", "room.following", code=opened.code)


@pytest.mark.parametrize("code", ["nonsense", "AAAAAA", "../../etc", "<script>", "\u0000", "' or 1=1"])
def test_a_code_that_is_none(app, code):
    test = app("attention/heads", room=code)
    assert "bx-reading" in page_text(test) and "<script>" not in page_text(test)
    test = app("start/room", room=code)
    test.text_input(key="room-code").set_value(code)
    submit(test, "room-join")
    assert "bx-alert" in page_text(test) and "<script>" not in page_text(test)


def test_the_operators_key_is_asked_for(app, monkeypatch):
    monkeypatch.setenv("EXPLORER_TEACHER_KEY", "sesame")
    test = submit(app("start/room"), "room-open")
    assert says(test, "en", "error.NotTheTeacher") and "room" not in test.query_params
    test.text_input(key="room-word").set_value("sesame")
    submit(test, "room-open")
    assert test.query_params["room"]


def test_everything_is_off(app, rooms, monkeypatch):
    opened, _ = rooms.open("t")
    monkeypatch.setenv("EXPLORER_ROOMS", "off")
    assert "room" not in {entry.name for entry in navigation.offered()}
    test = app("attention/heads", room=opened.code)
    assert opened.code not in page_text(test) and "bx-room" not in page_text(test)


def test_a_vote_on_the_open_question_and_the_answer_when_it_is_shown(app, rooms, monkeypatch):
    opened, key = rooms.open("t")
    said = {"lesson": "sqrt-d", "stop": "2", "regime": "drawn", "measure": "max_prob"}
    rooms.show(opened.code, key, {"page": "saturation", "said": said, "text": "?"}, "sqrt-d 2")
    _, token = rooms.join(opened.code, "", "s")
    monkeypatch.setattr(room, "_cookie", lambda code: token)  # of a browser that has joined before
    test = app("scaling/saturation", room=opened.code, **said)
    assert "bx-cover" in page_text(test) and says(test, "en", "room.following", code=opened.code)
    for value, button, right in (("times", "vote-sqrt-d 2", False), ("root", "vote-sqrt-d 2-again", True)):
        test.radio(key="ask-sqrt-d-2").set_value(value).run()
        test.button(key=button).click().run()
        (vote,) = rooms.board(opened.code, key).votes
        assert (vote.value, vote.right) == (value, right) and "bx-verdict" not in page_text(test)
    rooms.reveal(opened.code, key, "sqrt-d 2")
    test.run()
    assert 'class="bx-verdict right"' in page_text(test)


def test_a_teacher_who_comes_back_shows_the_class_its_votes(app, rooms, monkeypatch):
    opened, key = rooms.open("t")
    monkeypatch.setattr(room, "_cookie", lambda code: key)
    at = {"lesson": "sqrt-d", "stop": "2", "regime": "drawn", "measure": "max_prob"}
    test = app("scaling/saturation", room=opened.code, **at)
    there = rooms.member(opened.code, key).room
    assert there.asked == "sqrt-d 2" and '"page": "saturation"' in there.place and "text=" not in there.place
    _, token = rooms.join(opened.code, "", "s")
    rooms.vote(opened.code, token, "sqrt-d 2", "root", True)
    test.run()
    assert says(test, "en", "room.voted", votes=1, joined=1)
    assert not [radio for radio in test.radio if radio.key == "ask-sqrt-d-2"], "the teacher's answer is no vote"
    test.button(key="ask-sqrt-d-2-reveal").click().run()
    assert rooms.revealed(opened.code, key) == {"sqrt-d 2"}
    assert says(test, "en", "room.right", right=1, judged=1)


def comes(monkeypatch, held: str) -> None:
    """The next session is of a browser that holds this."""
    monkeypatch.setattr(room, "_cookie", lambda code: held)


def finished(*settings) -> Job:
    job = Job(*settings)
    job.join()
    return job


@pytest.mark.parametrize("lang", LANGUAGES)
def test_only_a_text_that_is_lent_is_measured_and_shown_until_it_is_taken_back(app, rooms, monkeypatch, lang):
    opened, key = rooms.open("t")
    (_, ada), (_, eve) = rooms.join(opened.code, "Ada <i>", "s"), rooms.join(opened.code, "Eve", "s")
    mine, secret = "My <u>own</u> text.", "Nobody may see this secret."
    comes(monkeypatch, eve)
    student = app("attention/heads", lang=lang, room=opened.code, text=secret)
    assert student.checkbox(key="room-lend").value is False, "nobody consents by doing nothing"
    comes(monkeypatch, ada)
    student = app("attention/heads", lang=lang, room=opened.code, text=mine)
    student.checkbox(key="room-lend").check().run()
    assert rooms.lent(opened.code, key) == {1: mine}
    comes(monkeypatch, key)
    teacher = app("start/room", lang=lang, room=opened.code, layer="1", head="2")
    monkeypatch.setattr(class_texts, "Job", finished)
    teacher.button(key="class-texts-start").click().run()
    text = page_text(teacher)
    assert says(teacher, lang, "class_texts.lent", lent=1, measured=1)
    assert "My &lt;u&gt;own&lt;/u&gt; text." in text and "Ada &lt;i&gt;" in text and "<u>" not in text
    kept = "".join(rooms._store._db.iterdump())
    assert "secret" not in text and "secret" not in kept and mine in kept
    student.checkbox(key="room-lend").uncheck().run()
    assert mine not in "".join(rooms._store._db.iterdump())
    teacher.run()
    text = page_text(teacher)
    assert says(teacher, lang, "class_texts.lent", lent=0, measured=0) and "text." not in text.partition("bx-lent")[2]


def test_consent_is_to_one_text(app, rooms, monkeypatch):
    opened, key = rooms.open("t")
    _, token = rooms.join(opened.code, "Ada", "s")
    comes(monkeypatch, token)
    test = app("attention/heads", room=opened.code, text="The first text.")
    test.checkbox(key="room-lend").check().run()
    test.text_area(key="text").set_value("Quite another text.").run()
    assert rooms.lent(opened.code, key) == {} and test.checkbox(key="room-lend").value is False
    test.checkbox(key="room-lend").check().run()
    assert rooms.lent(opened.code, key) == {1: "Quite another text."}
    test = app("start/room", room=opened.code, text="Quite another text.")
    test.button(key="room-leave").click().run()
    assert rooms.lent(opened.code, key) == {}, "who leaves takes it along"


def test_a_students_answers_outlive_the_server_and_their_words_stay_with_the_student(app, rooms, monkeypatch):
    opened, key = rooms.open("t")
    text = "Zebras drink because it is hot."
    said = {"lesson": "sqrt-d", "stop": "4"}
    rooms.show(opened.code, key, {"page": "heads", "said": said, "text": "?"}, "sqrt-d 4")
    _, token = rooms.join(opened.code, "", "s")
    comes(monkeypatch, token)
    rooms.vote(opened.code, token, "sqrt-d 4", "1", False)
    rooms.reveal(opened.code, key, "sqrt-d 4")
    test = app("attention/heads", room=opened.code, text=text, **said)
    before = test.session_state["course"].given["sqrt-d", 4]
    assert before.answer == 1 and before.right.value > 0
    kept = "".join(rooms._store._db.iterdump())
    assert "answered sqrt-d 4" in kept and not any(word in kept.lower() for word in ("zebra", "drink", "hot"))
    sheet = rooms.kept(opened.code, token)["sqrt-d 4"]
    assert "word" not in sheet["facts"] and not {"text", "pair"} & set(sheet["link"])
    rooms.show(opened.code, key, {"page": "course", "said": {}, "text": "?"})
    # Another session of the same browser, as after a new start of the server: nothing but the cookie and the address.
    test = app("start/course", room=opened.code, text=text)
    after = test.session_state["course"].given["sqrt-d", 4]
    assert (after.answer, after.right.value, after.judged, after.text) == (1, before.right.value, before.judged, text)
    assert after.tokens[1] == before.tokens[1] and after.tokens[after.right.value] == before.tokens[before.right.value]
    assert dict(after.facts) == dict(before.facts) and after.link == before.link
    assert says(test, "en", "course.reading", met=1, answered=1, right=int(before.judged.right))
    # With another text the words are not known; with another's token there is no sheet.
    test = app("start/course", room=opened.code, text="Something else was read.")
    assert (
        set(test.session_state["course"].given["sqrt-d", 4].tokens) == {"…"} and "zebra" not in page_text(test).lower()
    )
    _, other = rooms.join(opened.code, "", "s")
    comes(monkeypatch, other)
    assert not app("start/course", room=opened.code, text=text).session_state["course"].given


def test_the_summary_says_who_was_right_and_names_no_fact_that_nobody_knows(app, rooms, monkeypatch):
    opened, key = rooms.open("t")
    rooms.show(opened.code, key, {"page": "heads", "said": {}, "text": "?"}, "sqrt-d 4")
    for name, right in (("Ada <i>", True), ("Eve", False), ("", None)):
        _, token = rooms.join(opened.code, name, "s")
        rooms.vote(opened.code, token, "sqrt-d 4", "1", right)
    rooms.join(opened.code, "Silent", "s")
    comes(monkeypatch, key)
    test = app("start/room", room=opened.code)  # a server that has started again knows no word of the teacher's text
    test.button(key="room-end-now").click().run()
    text = page_text(test)
    marks = text[text.index("bx-marks") :]
    for name, mark in (("Ada &lt;i&gt;", "✓"), ("Eve", "✗"), (Translator("en")("room.student", number=3), "·")):
        assert f"<th>{name}</th><td>{mark}</td>" in marks
    assert "Silent" not in marks and "{word}" not in text and "look at most" in text


def test_notes_are_for_who_presents_and_does_not_follow(app, rooms, monkeypatch):
    seen = []
    monkeypatch.setattr(lesson, "course_bar", lambda *drawn: seen.append(drawn[5] if len(drawn) > 5 else None))
    opened, key = rooms.open("t")
    _, token = rooms.join(opened.code, "", "s")
    here = {"lesson": "sqrt-d", "stop": "1", "step": "sum"}
    comes(monkeypatch, key)
    app("attention/steps", room=opened.code, present="true", **here)
    there = rooms.member(opened.code, key).room.place
    assert seen[-1] is not None and '"stop": "1"' in there and "present" not in there
    comes(monkeypatch, token)
    test = app("attention/steps", room=opened.code, **here)
    assert "present" not in test.session_state["state"].choices
    app("attention/steps", room=opened.code, present="true", **here)
    assert seen[-2:] == [None, None], "a student who presents has large letters and no notes"
    app("attention/steps", present="true", **here)
    assert seen[-1].said and seen[-1].asks and seen[-1].next, "without a room as well"
    app("attention/steps", **here)
    assert seen[-1] is None
