"""The lessons to choose from, and what was asked, answered and right."""

import html
from urllib.parse import urlencode, urljoin

import streamlit as st

from explorer.analysis.course.answers import Answers, Row
from explorer.analysis.info import csv_file
from explorer.course import Lesson, Stop
from explorer.i18n import Translator
from explorer.ui.parts.question import off, said
from explorer.ui.parts.show import reading
from explorer.ui.shell import course, navigation, room, state
from explorer.ui.shell.course import Given, Offer
from explorer.ui.shell.labels import plain
from explorer.ui.shell.page import Visit


def ended(visit: Visit) -> bool:
    """Whether a lesson has just been walked to its end; or whoever comes looks for their sheet of a class room."""
    here, me = course.walking(visit.t), room.seat()
    if me is not None and me.follower is not None:
        return True
    return here is not None and here[1] > len(here[0].stops)


def title(visit: Visit) -> str:
    """The key of the page's title: what to choose, or what came of it."""
    return "course.sheet" if ended(visit) else "course.title"


def _onward(t: Translator) -> None:
    """At the end of a lesson, the one that it names, or the next in order."""
    here, there = course.walking(t), course.lessons(t)
    if here is None or here[1] <= len(here[0].stops):
        return
    names = [one.name for one in there]
    at = names.index(here[0].then) if here[0].then in names else names.index(here[0].name) + 1
    for one in there[at : at + 1]:
        navigation.link(one.page, t("course.next_lesson", title=one.title), one.params, icon="play_arrow")


def offers(visit: Visit) -> None:
    """Every lesson with what it is about, how long it takes, and the way into it."""
    t = visit.t
    with st.container(key="lessons"):
        for one in course.lessons(t):
            with st.container(key=f"lesson-{one.name}"):
                facts = t("course.offer", minutes=one.minutes, stops=one.stops, questions=one.questions)
                st.html(
                    f'<h2 class="bx-panel">{html.escape(one.title)}</h2><p>{html.escape(one.about)}</p>'
                    f"<small>{html.escape(facts)}</small>"
                )
                navigation.link(one.page, _label(t, one), one.params, icon="play_arrow")


def _label(t: Translator, one: Offer) -> str:
    if 1 < one.reached <= one.stops:
        return t("course.continue", number=one.reached, of=one.stops)
    return t("course.again" if one.reached > one.stops else "course.start")


def answers(visit: Visit) -> None:
    """The questions met so far, each with the way back to its stop; as files where there are some."""
    t, met = visit.t, _met(visit.t)
    info = Answers(tuple(_row(t, lesson, number, given) for lesson, number, given in met))
    st.header(t("course.answers"), anchor=False)
    me = room.seat()
    if met and me is not None and me.follower is not None:
        name = me.follower.name or t("room.student", number=me.follower.number)
        st.html(f"<p>{html.escape(name)} · {html.escape(me.code)}</p>")
    reading(t, info)
    _onward(t)
    if not met:
        return
    left, right = st.columns(2)
    icon = ":material/download:"
    left.download_button(
        t("course.markdown"), markdown(t, info), "answers.md", "text/markdown", icon=icon, key="answers-md"
    )
    right.download_button(
        t("course.csv"), csv_file(info.table()), "answers.csv", "text/csv", icon=icon, key="answers-csv"
    )
    for (lesson, number, _), row in zip(met, info.rows, strict=True):
        with st.container(key=f"answered-{lesson.name}-{number}"):
            asked = lesson.stops[number - 1].ask
            st.html(_drawn(t, row, asked is not None and asked.kind == "number"))
            page, params = address(lesson, number)
            navigation.link(page, t("course.to_stop", number=number, title=lesson.title), params)


def _met(t: Translator) -> list[tuple[Lesson, int, Given]]:
    given = course.road().given
    return [
        (lesson, number, given[lesson.name, number])
        for lesson in course.course(t.language).values()
        for number, stop in enumerate(lesson.stops, 1)
        if stop.ask is not None and (lesson.name, number) in given and given[lesson.name, number].right is not None
    ]


def _row(t: Translator, lesson: Lesson, number: int, given: Given) -> Row:
    asked = lesson.stops[number - 1].ask
    assert asked is not None and given.right is not None
    page, params = address(lesson, number)
    params = {**given.link, **params}
    here = str(st.context.url or "")
    return Row(
        lesson.title,
        number,
        asked.words.format(**given.facts),
        "" if given.answer is None else said(asked, given.answer, given.tokens, given.facts),
        said(asked, given.right.value, given.tokens, given.facts).rstrip(".。"),
        None if given.judged is None else given.judged.right,
        "" if given.judged is None or given.judged.right else off(t, asked, given.judged),
        given.text,
        urljoin(here, f"{'' if page == navigation.PAGES[0].name else page}?{urlencode(state.links(page, params))}"),
    )


def address(lesson: Lesson, number: int) -> tuple[str, dict[str, object]]:
    """The page of a stop and what a link to it carries."""
    stop: Stop = lesson.stops[number - 1]
    return stop.page, {**course.said_by(stop), "lesson": lesson.name, "stop": number}


def _drawn(t: Translator, row: Row, is_number: bool) -> str:
    kind = {True: "right", False: "wrong", None: "open"}[row.right]
    words = kind if row.off or kind != "wrong" else "wrong.choice"
    if is_number and (kind == "wrong" or (kind == "right" and row.answered != row.answer)):
        words = f"{kind}.number"
    given = row.answered or t("course.no_answer")
    line = t(f"course.line.{words}", given=given, right=row.answer, off=row.off)
    return (
        f'<div class="bx-verdict {kind}"><p>{html.escape(row.question)}</p>'
        f"<p><strong>{html.escape(line)}</strong></p></div>"
    )


def markdown(t: Translator, info: Answers) -> str:
    """The table as a Markdown file; what visitors wrote stays words."""
    table = info.table()
    message, facts = info.reading()
    lines = [f"# {t('course.answers')}", "", plain(t(message, **facts)), ""]
    lines += [f"| {' | '.join(table.columns)} |", f"|{' --- |' * len(table.columns)}"]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in table.itertuples(index=False)]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    text = str(value)
    return f"<{text}>" if text.startswith("http") else plain(text).replace("|", "\\|")
