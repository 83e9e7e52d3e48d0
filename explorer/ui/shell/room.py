"""The class room that this visit is in: as its teacher, who shows, or as one who follows with a text of their own.

The address says which room; what proves a place in it lies in the session and in the browser's cookie, so that a link
can be passed on, and whoever reloads, or meets a server that has started again, comes back to their place.
"""

import json
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from explorer.analysis.course.summary import Summary
from explorer.class_room.rooms import CODE, TEXT, Board, Member, bounded, digest
from explorer.class_room.settings import rooms_on
from explorer.class_room.store import Follower
from explorer.course import Lesson, Stop
from explorer.errors import ExplorerError, NoSuchRoom
from explorer.ui.shell import course, names, navigation, sheet, state
from explorer.ui.shell.news import rooms, stir
from explorer.ui.shell.page import Visit

PAGE = "room"
COOKIE = "bx_room_"
GRACE = 3.0  # seconds
# Of what the teacher has chosen these stay each visitor's own.
OWN = ("lang", "text", "pair", "present", PAGE)

Given = str | int | float


@dataclass
class Seat:
    """What one visit knows of its room. held: key or token. member: as of this run, None for a stranger or when it is
    over. at: the place that was followed last, and went: when. asked: the question of this run's stop, and facts: what
    its words name. given: own votes, by question. follower: who this was, also when the room is over.
    """

    code: str
    held: str = ""
    member: Member | None = None
    follows: bool = True
    at: str = ""
    went: float = 0.0
    told: tuple[str, str] | None = None
    asked: str = ""
    revealed: frozenset[str] = frozenset()
    given: dict[str, Given] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
    follower: Follower | None = None

    @property
    def teaches(self) -> bool:
        """Whether this is the teacher."""
        return self.member is not None and self.member.teaches


def seat() -> Seat | None:
    """This visit's, as the run has found it."""
    found: Seat | None = st.session_state.get("seat") if rooms_on() else None
    return found if found is not None and found.code == _code() else None


def _code() -> str:
    return str(state.chosen(PAGE) or "").strip().upper()


def enter() -> Seat | None:
    """Look who this visit is in the room that the address names; None where it names none."""
    code = _code()
    if not rooms_on() or not code:
        return None
    found = seat()
    if found is None:
        found = Seat(code, _cookie(code))
        st.session_state["seat"] = found
    known = found.member is not None
    found.member = rooms().member(code, found.held)
    if found.member is not None:
        found.follower = found.member.follower
        if not known:
            _come_back(code, found.held)
        found.revealed = rooms().revealed(code, found.held)
    return found


def _cookie(code: str) -> str:
    """What this browser holds of a room."""
    found = st.context.cookies.get(COOKIE + code) if code.isalnum() else None
    return found if isinstance(found, str) else ""


def _sit(code: str, held: str, member: Member) -> None:
    st.session_state["seat"] = Seat(code, held, member)
    st.session_state.pop("summary", None)
    course.road().given.clear()  # what was answered alone is asked again with the others
    _come_back(code, held)
    state.put({PAGE: code})


def _come_back(code: str, held: str) -> None:
    """Take up the own sheet again, where this session has not got it: the server has started anew."""
    visit: Visit = st.session_state["visit"]
    for question, found in rooms().kept(code, held).items():
        name, stop = stop_of(visit.t.language, question)
        if stop is None or name in course.road().given:
            continue
        mine = found.get("about") == _text(visit)
        given = sheet.read(found, stop, visit.text if mine else "", visit.scene.encoded.tokens if mine else ())
        if given is not None:
            course.road().given[name] = given


def stop_of(language: str, question: str) -> tuple[tuple[str, int], Stop | None]:
    """The stop that a question belongs to, by the name that votes have; None where this server has none like it."""
    lesson, _, number = question.rpartition(" ")
    found, at = course.course(language).get(lesson), int(number) if number.isdecimal() else 0
    return (lesson, at), found.stops[at - 1] if found is not None and 1 <= at <= len(found.stops) else None


def keep(question: str, given: course.Given) -> None:
    """Keep what has come of a question, for the own sheet."""
    me = seat()
    if me is not None and me.member is not None:
        with suppress(ExplorerError):  # the room has ended meanwhile
            about = _text(st.session_state["visit"])
            rooms().keep(me.code, me.held, question, {**sheet.written(given), "about": about})


def open_room(word: str) -> None:
    """Open a room and be its teacher."""
    found, key = rooms().open(str(st.context.ip_address), word)
    _sit(found.code, key, Member(found))


def join(code: str, name: str) -> None:
    """Join a room, or come back to it."""
    code = code.strip().upper()
    short = code[:CODE]
    member, held = rooms().join(code, name, str(st.context.ip_address), _cookie(short))
    _sit(member.room.code, held, member)
    stir(short)


def leave() -> None:
    """Go on without the room; the browser still holds the place in it. A text that was lent is taken back."""
    me = seat()
    if me is not None and me.member is not None and not me.teaches:
        with suppress(ExplorerError):
            if lent():
                lend("")
    st.session_state.pop("seat", None)
    state.put({PAGE: None})


def board() -> Board:
    """What the teacher sees of the class."""
    me = _seated()
    return rooms().board(me.code, me.held)


def close(summary: Summary) -> None:
    """End the room; the summary stays with the teacher's visit."""
    me = _seated()
    rooms().close(me.code, me.held)
    stir(me.code)
    leave()
    st.session_state["summary"] = summary


def summary() -> Summary | None:
    """Of the room that this visit has ended last."""
    found: Summary | None = st.session_state.get("summary")
    return found


def settle(number: int) -> None:
    """A raised question is done."""
    me = _seated()
    rooms().settle(me.code, me.held, number)


def ask(text: str) -> None:
    """Raise a question."""
    me = _seated()
    rooms().ask(me.code, me.held, text)
    stir(me.code)


def own_text(visit: Visit) -> str | None:
    """What a follower can lend, in one line; None while a stop shows a text of its own."""
    return None if "text" in course.road().set else bounded(visit.text, TEXT)


def lend(text: str) -> None:
    """Consent that the class sees this text; an empty one takes that back."""
    me = _seated()
    rooms().lend(me.code, me.held, text)
    stir(me.code)


def lent() -> dict[int, str]:
    """The texts that may be seen, by follower; of a follower their own alone."""
    me = _seated()
    return rooms().lent(me.code, me.held)


def vote(question: str, value: Given, right: bool | None) -> None:
    """Answer the open question; the value of a token is its position, so that no text leaves the visit."""
    me = _seated()
    rooms().vote(me.code, me.held, question, str(value), right)
    me.given[question] = value
    stir(me.code)


def voted(question: str, kind: str) -> Given | None:
    """What this visit has answered; from the store where the session has begun after the vote."""
    me = _seated()
    if question not in me.given:
        found = rooms().voted(me.code, me.held).get(question)
        if found is not None:
            me.given[question] = {"choice": str, "number": float, "token": int}[kind](found.value)
    return me.given.get(question)


def reveal(question: str) -> None:
    """The teacher has looked behind the cover: no vote counts any more, and everybody sees their own answer."""
    me = _seated()
    if question not in me.revealed:
        rooms().reveal(me.code, me.held, question)
        me.revealed |= {question}
        stir(me.code)


def leads(question: str, facts: dict[str, object], shown: bool = False) -> bool:
    """Whether this visit leads a class, which is asked this question from now on, or shown its answer."""
    me = seat()
    if me is None or not me.teaches:
        return False
    me.asked, me.facts = question, facts
    if shown:
        reveal(question)
    return True


def votes_on(question: str) -> bool:
    """Whether this visit follows, and its class is asked this question now."""
    me = seat()
    return bool(me and me.member and not me.teaches and me.follows and me.member.room.asked == question)


def _seated() -> Seat:
    if (me := seat()) is None or me.member is None:
        raise NoSuchRoom(found=_code()[:20])
    return me


# --- What the teacher shows, and the way there.


def tell() -> None:
    """At the end of a run: everybody sees what the teacher sees, if it is new."""
    me = seat()
    if me is None or not me.teaches or state.chosen("stop") == 0:  # a lesson that is about to open its first stop
        return
    said = {name: text for name, text in state.address().items() if name not in OWN}
    place = {"page": state.page(), "said": said, "text": _text(st.session_state["visit"])}
    now = (json.dumps(place, sort_keys=True), me.asked)
    if now != me.told:
        me.told = now
        with suppress(NoSuchRoom):  # it has ended meanwhile; the next run says so
            rooms().show(me.code, me.held, place, me.asked)
            stir(me.code)


def _text(visit: Visit) -> str:
    """A name for the teacher's texts, which tells nothing of them: the followed word means the same in the same text
    alone."""
    return digest(f"{visit.text}\n{visit.pair}")[:16]


def place(me: Seat) -> dict[str, Any]:
    """Where the teacher is; {} before they have shown anything, or where this server has no such page."""
    found = json.loads((me.member.room.place if me.member else "") or "{}")
    known = found.get("page") in {entry.name for entry in navigation.PAGES}
    return found if known else {}


def strayed(me: Seat, page: str) -> bool:
    """Whether one who followed has gone elsewhere."""
    there = place(me)
    said = there.get("said", {})
    here = (page, str(state.chosen("lesson") or ""), str(state.chosen("stop") or ""))
    return bool(there) and here != (there["page"], said.get("lesson", ""), said.get("stop", ""))


def led_astray(me: Seat) -> bool:
    """Whether that was the browser, which had not yet heard of the new page when it asked for the next one."""
    return time.monotonic() - me.went < GRACE


def follow(visit: Visit, me: Seat) -> None:
    """Go where the teacher is, with this visit's own text; this ends the run, if there is such a place."""
    there = place(me)
    me.follows = True
    if me.member is not None and me.at != me.member.room.place:
        me.at, me.went = me.member.room.place, time.monotonic()
    if not there:
        return
    page = there["page"]
    values = names.said(page, {name: [text] for name, text in there["said"].items() if name not in OWN})
    frame: dict[str, object] = {name: values.pop(name) for name in ("model", "stack") if name in values}
    lesson = course.course(visit.t.language).get(str(values.get("lesson", "")))
    frame |= _stops_frame(lesson, values.get("stop"))
    token = state.chosen("token")
    stays = course.own_frame(frame)
    if there["text"] != _text(visit):
        values.pop("token", None)
        if stays and course.is_word(visit.scene, token):
            values["token"] = token
    state.forget(page)
    state.adopt({"lesson": None, "stop": None})
    params = state.links(page, {**frame, **values, PAGE: me.code})
    st.switch_page(navigation.path(page), query_params=params)


def _stops_frame(lesson: Lesson | None, number: object) -> dict[str, object]:
    if lesson is None or type(number) is not int or not 1 <= number <= len(lesson.stops):
        return {}
    stop = lesson.stops[number - 1]
    return {name: value for name, value in stop.state.items() if name in course.OWN_FRAME}
