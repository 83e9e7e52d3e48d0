"""What stands above a page while a visit is in a class room: the room, the way back to the class, votes, questions."""

import html
from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from explorer.analysis.course.answer import answer, judge
from explorer.analysis.course.places import Place
from explorer.analysis.course.tally import tally
from explorer.class_room.rooms import TEXT, Board
from explorer.course import Question, Stop
from explorer.errors import ExplorerError
from explorer.i18n import Translator
from explorer.ui.browser.room_news import room_news
from explorer.ui.shell import course, navigation, room
from explorer.ui.shell.news import told
from explorer.ui.shell.page import Visit, fragment, notice
from explorer.ui.shell.room import PAGE, Given, Seat


def go_along(page: str) -> None:
    """Look who this visit is in its room; who follows and is elsewhere goes on to where the teacher is."""
    visit: Visit = st.session_state["visit"]
    me = room.enter()
    if me is None or me.member is None or me.teaches or not me.follows:
        return
    if me.at != me.member.room.place:
        room.follow(visit, me)
    elif room.strayed(me, page):
        if room.led_astray(me):
            room.follow(visit, me)
        me.follows = False


def room_strip(page: str) -> None:
    """Draw it, or nothing outside of rooms."""
    visit: Visit = st.session_state["visit"]
    go_along(page)
    me = room.seat()
    if me is None:
        return
    me.asked = ""
    if me.member is not None:
        with st.container(key="room"):
            if not me.teaches:  # where the teacher goes on, the whole page does
                room_news(me.code, me.held, told((me.member.room.version, 0), False), whole=True)
            _strip(visit)
    elif page != PAGE or me.held:
        _outside(visit.t, me)


def _outside(t: Translator, me: Seat) -> None:
    """For one who has a link and has not joined, or whose room is over."""
    with st.container(key="room", horizontal=True, vertical_alignment="center"):
        if me.held:
            notice(t("room.over"))
            navigation.link("course", t("room.sheet"), icon="assignment")
        else:
            navigation.link(PAGE, t("room.come_in", code=me.code), {PAGE: me.code}, icon="groups")
        if st.button(t("room.leave"), key="room-leave", type="tertiary"):
            room.leave()
            st.rerun()


@fragment
def _strip(visit: Visit) -> None:
    """Runs alone where a follower presses something in it, and where followers have done something."""
    me = room.enter()
    if me is None or me.member is None:
        st.rerun()
    elif me.teaches:
        now = me.member.room
        room_news(me.code, me.held, told((now.version, now.stirred), True), whole=False)
        _teaches(visit.t, me)
    else:
        _follows(visit, me)


def _follows(visit: Visit, me: Seat) -> None:
    t = visit.t
    with st.container(key="room-line", horizontal=True, vertical_alignment="center"):
        words = t("room.following" if me.follows else "room.exploring", code=me.code)
        st.html(f'<p class="bx-room {"follows" if me.follows else ""}" role="status">{html.escape(words)}</p>')
        if st.button(t("room.explore" if me.follows else "room.back"), key="room-mode"):
            me.follows, me.at = not me.follows, ""
            st.rerun()
        _lends(visit)
        with st.popover(t("room.ask"), key="room-ask"), st.form("room-ask-form", clear_on_submit=True, border=False):
            text = st.text_area(t("room.ask_what"), max_chars=TEXT)
            if st.form_submit_button(t("room.ask_send")):
                room.ask(text)
                st.html(f'<p class="bx-note" role="status">{html.escape(t("room.asked"))}</p>')


def _lends(visit: Visit) -> None:
    """The tick with which a text is lent. It is of this text: with another one it is off again."""
    t, key, own, known = visit.t, "room-lend", room.own_text(visit), any(room.lent().values())
    if known and own is not None and own not in room.lent().values():
        room.lend("")
        known = False
    st.session_state[key] = known

    def ticked() -> None:
        with suppress(ExplorerError):  # too often, or the room is over: the tick stays as it was
            room.lend(own or "" if st.session_state[key] else "")

    st.checkbox(t("room.lend"), key=key, help=t("room.lend_help"), on_change=ticked, disabled=own is None)


def _teaches(t: Translator, me: Seat) -> None:
    board = room.board()
    with st.container(key="room-line", horizontal=True, vertical_alignment="center"):
        words = t("room.teaching", code=me.code, joined=len(board.followers))
        st.html(f'<p class="bx-room follows" role="status">{html.escape(words)}</p>')
        waiting = [one for one in board.raised if not one.done]
        if waiting:
            with st.popover(t("room.raised", many=len(waiting)), key="room-raised"):
                for one in waiting:
                    name = html.escape(student(t, board, one.follower))
                    st.html(f'<p class="bx-raised"><b>{name}</b><br>{html.escape(one.text)}</p>')
                    if st.button(t("room.done"), key=f"room-done-{one.number}"):
                        room.settle(one.number)
                        st.rerun(scope="fragment")


def student(t: Translator, board: Board, number: int) -> str:
    """A follower's name, or their number where they gave none."""
    found = next((one.name for one in board.followers if one.number == number), "")
    return found or t("room.student", number=number)


def asked_of(t: Translator, question: str) -> Question | None:
    """The question of a stop, by the name that votes have; None where this server has none like it."""
    _, stop = room.stop_of(t.language, question)
    return None if stop is None else stop.ask


def facts_of(question: str) -> dict[str, object]:
    """What a question's words name, as this visit's own text has it."""
    lesson, _, number = question.rpartition(" ")
    given = course.road().given.get((lesson, int(number))) if number.isdecimal() else None
    me = room.seat()
    return dict(given.facts if given else me.facts if me else {})


def class_votes(visit: Visit, asked: Question, question: str, facts: dict[str, object]) -> None:
    """What the class is asked, and what it has answered so far: in place of the teacher's own answer."""
    st.html(f'<p class="bx-ask">{html.escape(asked.words.format(**facts))}</p>')
    _votes(visit, asked, question, facts)


def counted(visit: Visit, asked: Question, question: str, facts: dict[str, object]) -> None:
    """How the class has answered; how much of it is right only after the answer was shown."""
    t, board = visit.t, room.board()
    found = tally(asked, [vote for vote in board.votes if vote.question == question])
    rows = []
    for name, count in found.bars:
        unit = f" {asked.unit}" if asked.unit and not asked.choices else ""
        rows.append((asked.choices[name].format(**facts) if asked.choices else name + unit, count))
    line = t("room.voted", votes=found.votes, joined=len(board.followers))
    if question in board.revealed and found.judged:
        line += " " + t("room.right", right=found.right, judged=found.judged)
    bars(line, rows)


_votes = fragment(counted, run_every=1.0)


def bars(line: str, rows: Sequence[tuple[str, int]]) -> None:
    """A sentence, and how often each answer was given."""
    most = max([count for _, count in rows] or [0]) or 1
    drawn = (
        f'<li><span>{html.escape(words)}</span><i><b style="width:{count / most:.0%}"></b></i><em>{count}</em></li>'
        for words, count in rows
    )
    st.html(f'<div class="bx-votes" role="status"><p>{html.escape(line)}</p><ul>{"".join(drawn)}</ul></div>')


def vote(visit: Visit, stop: Stop, question: str, at: Place, value: Given | None, wished: bool) -> bool:
    """A student's button under the open question; whether the teacher has shown the answer."""
    assert stop.ask is not None
    t, me = visit.t, room.seat()
    if me is None or question in me.revealed:
        return me is not None
    voted = room.voted(question, stop.ask.kind)
    if voted is None:
        pressed = st.button(t("room.vote"), type="primary", key=f"vote-{question}")
    else:
        pressed = st.button(t("room.vote_again"), key=f"vote-{question}-again")
    if value is not None and value != voted and (pressed or wished):
        try:
            right = _right(visit, stop, at, value)
            room.vote(question, value, right)
        except ExplorerError as error:
            notice(t.error(error))
            return False
        st.rerun()
    if voted is not None:
        notice(t("room.has_voted"))
    return False


def _right(visit: Visit, stop: Stop, at: Place, value: Given) -> bool | None:
    assert stop.ask is not None
    with st.spinner(visit.t("course.looking")):
        try:
            return judge(stop.ask, answer(stop.ask, visit.scene, at), value).right
        except ExplorerError:
            return None
