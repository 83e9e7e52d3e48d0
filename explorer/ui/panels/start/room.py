"""The door of a class room, what its teacher and a student find there, and what is left of it at the end."""

import html
import re
from collections import Counter
from collections.abc import Sequence
from urllib.parse import urlencode, urljoin, urlsplit

import segno
import streamlit as st

from explorer.analysis.course.summary import Line, Summary
from explorer.analysis.info import csv_file
from explorer.class_room.rooms import NAME, Board
from explorer.class_room.settings import teacher_key
from explorer.class_room.store import Vote
from explorer.course import Question
from explorer.i18n import Translator
from explorer.ui.parts.class_texts import class_texts
from explorer.ui.parts.question import said
from explorer.ui.parts.room import asked_of, bars, facts_of
from explorer.ui.parts.show import reading
from explorer.ui.shell import course, navigation, room, state
from explorer.ui.shell.page import Visit
from explorer.ui.shell.room import PAGE, Seat

# A fact that only the teacher's own run could have named.
_UNKNOWN = re.compile(r"\{\w+\}")


def class_room(visit: Visit) -> None:
    """What this visit finds here."""
    t, me = visit.t, room.seat()
    left = room.summary()
    if me is not None and me.member is not None:
        if me.teaches:
            _door(visit, me)
        else:
            _inside(t, me)
    elif left is not None:
        with st.container(key="class-summary"):
            _left(t, left)
    else:
        _come_in(t, "" if me is not None and me.held else str(state.chosen(PAGE) or ""))
        _open(t)


def _come_in(t: Translator, known: str) -> None:
    with st.form("room-join", border=False):
        st.html(f'<h2 class="bx-panel">{html.escape(t("room.join"))}</h2>')
        with st.container(horizontal=True, vertical_alignment="bottom"):
            code = st.text_input(t("room.code"), known, max_chars=40, key="room-code", width=200)
            name = st.text_input(t("room.name"), max_chars=NAME, key="room-name", width=280)
            pressed = st.form_submit_button(t("room.join_now"), type="primary")
        st.html(f"<small>{html.escape(t('room.name_help'))}</small>")
    if pressed:
        room.join(code, name)
        st.rerun()


def _open(t: Translator) -> None:
    with st.form("room-open", border=False):
        st.html(f'<h2 class="bx-panel">{html.escape(t("room.teach"))}</h2><p>{html.escape(t("room.teach_help"))}</p>')
        word = ""
        if teacher_key():
            word = st.text_input(t("room.word"), type="password", max_chars=200, key="room-word", width=280)
        if st.form_submit_button(t("room.open"), icon=":material/meeting_room:"):
            room.open_room(word)
            st.rerun()


def address(code: str) -> str:
    """The link that brings somebody to the door of a room."""
    return urljoin(str(st.context.url or ""), f"{PAGE}?{urlencode({PAGE: code})}")


def _door(visit: Visit, me: Seat) -> None:
    """Code, link and QR code, large enough for the last row; the ways into a lesson; the class's texts; the end."""
    t = visit.t
    link = address(me.code)
    drawn = segno.make(link, error="m").svg_data_uri(scale=8, border=3, dark="black", light="white")
    only_here = (urlsplit(link).hostname or "") in ("localhost", "127.0.0.1", "::1")
    note = f"<small>{html.escape(t('room.only_here'))}</small>" if only_here else ""
    st.html(
        f'<div class="bx-door"><img src="{drawn}" alt="{html.escape(t("room.qr"))}"><div>'
        f"<p>{html.escape(t('room.door'))}</p><strong>{html.escape(me.code)}</strong>"
        f"<p><code>{html.escape(link)}</code></p>{note}<small>{html.escape(t('room.until'))}</small></div></div>"
    )
    st.header(t("room.begin"), anchor=False)
    with st.container(horizontal=True):
        for one in course.lessons(t):
            navigation.link(one.page, one.title, {**one.params, "stop": 0}, icon="play_arrow")
    class_texts(visit)
    board = room.board()
    if board.votes or board.raised:
        with st.expander(t("room.so_far"), icon=":material/summarize:"):
            _left(t, _summary(t, board))
    with st.container(horizontal=True):
        with st.popover(t("room.key"), key="room-key"):
            st.html(
                f"<p>{html.escape(t('room.key_help'))}</p><code>{html.escape(me.code)}-{html.escape(me.held)}</code>"
            )
        with st.popover(t("room.end"), key="room-end"):
            st.html(f"<p>{html.escape(t('room.end_help'))}</p>")
            if st.button(t("room.end_now"), type="primary", key="room-end-now"):
                room.close(_summary(t, room.board()))
                st.rerun()


def _inside(t: Translator, me: Seat) -> None:
    follower = me.member.follower if me.member else None
    assert follower is not None
    name = follower.name or t("room.student", number=follower.number)
    st.html(f'<p class="bx-reading">{html.escape(t("room.inside", name=name, code=me.code))}</p>')
    navigation.link("course", t("room.sheet"), icon="assignment")
    if st.button(t("room.leave"), key="room-leave"):
        room.leave()
        st.rerun()


def _summary(t: Translator, board: Board) -> Summary:
    """Answers in the order of the stops, and then what was asked."""
    lines = [_line(t, board, vote) for vote in board.votes]
    asked = [Line(one.follower, _name(board, one.follower), "", 0, one.text, "", None) for one in board.raised]
    return Summary(len(board.followers), (*sorted(lines, key=lambda one: (one.lesson, one.stop, one.number)), *asked))


def _name(board: Board, number: int) -> str:
    return next((one.name for one in board.followers if one.number == number), "")


def _line(t: Translator, board: Board, vote: Vote) -> Line:
    lesson, _, stop = vote.question.rpartition(" ")
    asked, facts = asked_of(t, vote.question), facts_of(vote.question)
    title = course.course(t.language)[lesson].title if asked is not None else lesson
    words, given = vote.question, vote.value
    if asked is not None:
        words = asked.words.format(**facts) if facts else _UNKNOWN.sub("…", asked.words)
        given = _given(asked, vote.value, facts)
    number = int(stop) if stop.isdecimal() else 1
    return Line(vote.follower, _name(board, vote.follower), title, number, words, given, vote.right)


def _given(asked: Question, value: str, facts: dict[str, object]) -> str:
    """An answer in words; of a token nothing is known here but whether it was right."""
    if asked.kind == "token":
        return ""
    if asked.kind == "choice":
        found = asked.choices.get(value, "…")
        return found.format(**facts) if facts else _UNKNOWN.sub("…", found)
    return said(asked, float(value), (), facts)


def _left(t: Translator, info: Summary) -> None:
    """What is left of a room: the sentence, the file, and the answers to each question, to be printed."""
    st.header(t("room.summary"), anchor=False)
    reading(t, info)
    icon = ":material/download:"
    st.download_button(t("room.csv"), csv_file(info.table()), "class.csv", "text/csv", icon=icon, key="room-csv")
    st.html(f'<small class="bx-screen">{html.escape(t("room.print"))}</small>')
    places = dict.fromkeys((one.lesson, one.stop, one.question) for one in info.lines if one.stop)
    for place in places:
        lines = [one for one in info.lines if (one.lesson, one.stop, one.question) == place]
        _counted(t, lines, info.joined)
    if places:
        _marks(t, info, [(lesson, stop) for lesson, stop, _ in places])
    raised = [one for one in info.lines if not one.stop]
    if raised:
        st.header(t("room.questions"), anchor=False)
        items = "".join(f"<li>{html.escape(one.question)} <em>{html.escape(_who(t, one))}</em></li>" for one in raised)
        st.html(f'<ul class="bx-raised">{items}</ul>')


def _counted(t: Translator, lines: Sequence[Line], joined: int) -> None:
    """One question: its words, how it was answered, and how often right."""
    first, judged = lines[0], [one.right for one in lines if one.right is not None]
    st.html(f'<p class="bx-ask">{html.escape(f"{first.lesson} · {first.stop}. {first.question}")}</p>')
    line = t("room.voted", votes=len(lines), joined=joined)
    if judged:
        line += " " + t("room.right", right=sum(judged), judged=len(judged))
    bars(line, Counter(one.answered for one in lines if one.answered).most_common())


def _marks(t: Translator, info: Summary, places: Sequence[tuple[str, int]]) -> None:
    """Every student's answers in one line: right, wrong, or without a judgement."""
    found = {(one.number, one.lesson, one.stop): one for one in info.lines if one.stop}
    students = {one.number: _who(t, one) for one in info.lines if one.stop}
    marks = {True: "✓", False: "✗", None: "·"}
    heads = "".join(f"<th>{html.escape(lesson)}&nbsp;{stop}</th>" for lesson, stop in places)
    rows = []
    for number, name in sorted(students.items()):
        lines = [found.get((number, *place)) for place in places]
        cells = "".join(f"<td>{'' if one is None else marks[one.right]}</td>" for one in lines)
        right = sum(one is not None and one.right is True for one in lines)
        rows.append(f"<tr><th>{html.escape(name)}</th>{cells}<td>{right}</td></tr>")
    st.header(t("room.marks"), anchor=False)
    table = f"<tr><td></td>{heads}<th>✓</th></tr>{''.join(rows)}"
    legend = html.escape(t("room.marks_legend"))
    st.html(f'<div class="bx-scroll"><table class="bx-rules bx-marks">{table}</table></div><small>{legend}</small>')


def _who(t: Translator, line: Line) -> str:
    return line.name or t("room.student", number=line.number)
