"""The class room's page, and what stands above the others while one is in a room: forms, refusals, what is off."""

import pytest

from explorer.class_room.rooms import Rooms
from explorer.class_room.sqlite_store import SqliteStore
from explorer.i18n import LANGUAGES
from explorer.ui.shell import navigation, room
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
