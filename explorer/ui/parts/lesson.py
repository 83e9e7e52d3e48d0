"""What stands above a page while a lesson runs: the bar, the stop's text, its question, and what was right."""

import html

import streamlit as st

from explorer.analysis.course.answer import answer, judge
from explorer.analysis.course.places import Place
from explorer.course import Lesson, Stop
from explorer.errors import ExplorerError
from explorer.i18n import Translator
from explorer.ui.browser.course_bar import Bar, Notes, course_bar
from explorer.ui.parts.question import answered, ask, cover, verdict
from explorer.ui.parts.room import class_votes, counted, vote
from explorer.ui.shell import course, presenting, room, words
from explorer.ui.shell.course import END, FACTS, PARTS, Given
from explorer.ui.shell.labels import plain
from explorer.ui.shell.page import Visit


def led(page: str) -> bool:
    """Draw what leads through a lesson, or nothing where none runs; whether the page is drawn: not before an answer."""
    visit: Visit = st.session_state["visit"]
    t, here = visit.t, course.walking(visit.t)
    with st.container(key="course-idle" if here is None else "course"):
        if here is None:
            _way_back(visit)
            return True
        lesson, number = here
        if number == 0:
            course.go(visit, lesson, 1)
        course.road().reached[lesson.name] = number
        stop = lesson.stops[number - 1] if number <= len(lesson.stops) else None
        away = page != (END if stop is None else stop.page)
        if stop is None or away:
            _wish(visit, lesson, number, course_bar(t, _bar(t, lesson, number, away=away), None, course.leave))
            return True
        return _at(visit, lesson, number, stop)


def _at(visit: Visit, lesson: Lesson, number: int, stop: Stop) -> bool:
    """At a stop of the lesson: bar, text, and the question, or what came of it."""
    t, name = visit.t, (lesson.name, number)
    try:
        at = course.arrive(visit, stop)
    except ExplorerError:  # the page says what it cannot show; without a word to follow nothing is asked
        _wish(visit, lesson, number, course_bar(t, _bar(t, lesson, number, stop), None, course.leave))
        return True
    facts, given = course.facts(visit, at), course.road().given.get(name)
    if given is not None and given.about != visit.scene.key:
        given = None  # another text has another answer
    covered = stop.ask is not None and given is None
    question = f"{lesson.name} {number}"
    word = "room.vote" if room.votes_on(question) else "course.reveal"
    bar, notes = _bar(t, lesson, number, stop, covered=covered), _notes(t, lesson, number, facts)
    wish = course_bar(t, bar, None, course.leave, word, notes)
    if covered:
        assert stop.ask is not None
        st.html(f'<header class="bx-head"><h1>{html.escape(stop.title.format(**facts))}</h1></header>')
        _asked(visit, stop, name, at, facts, wish == "reveal")
        cover(t)
    else:
        _text(t, stop, facts)
    if stop.ask is not None and given is not None:
        if given.right is None:
            st.html(f'<p class="bx-note" role="status">{html.escape(given.refusal)}</p>')
        else:
            verdict(t, stop.ask, given.right, given.judged, given.answer, given.tokens, given.facts)
        if room.leads(question, facts, shown=True):
            counted(visit, stop.ask, question, facts)
    _wish(visit, lesson, number, wish)
    return not covered


def _asked(visit: Visit, stop: Stop, name: tuple[str, int], at: Place, facts: dict[str, object], wished: bool) -> None:
    """The open question, answered alone or as a vote; a teacher sees the votes in its place."""
    assert stop.ask is not None
    t, encoded, key, question = visit.t, visit.scene.encoded, f"ask-{name[0]}-{name[1]}", f"{name[0]} {name[1]}"
    value = None
    if room.leads(question, facts):
        class_votes(visit, stop.ask, question, facts)
    else:
        value = answered(stop.ask, ask(t, stop.ask, facts, encoded, key), encoded)
    if room.votes_on(question):
        if vote(visit, stop, question, at, value, wished):
            _reveal(visit, stop, name, at, facts, room.voted(question, stop.ask.kind))
    elif st.button(t("course.reveal"), type="primary", key=f"{key}-reveal") or wished:
        _reveal(visit, stop, name, at, facts, value)


def _reveal(
    visit: Visit,
    stop: Stop,
    name: tuple[str, int],
    at: Place,
    facts: dict[str, object],
    value: str | int | float | None,
) -> None:
    """Find what is right in this run, judge what was given, and draw the page again without its cover."""
    assert stop.ask is not None
    right, refusal = None, ""
    with st.spinner(visit.t("course.looking")):
        try:
            right = answer(stop.ask, visit.scene, at)
        except ExplorerError as error:
            refusal = visit.t.error(error)
    judged = None if value is None or right is None else judge(stop.ask, right, value)
    tokens, text = visit.scene.encoded.tokens, visit.text
    given = Given(value, right, judged, visit.scene.key, tokens, text, facts, refusal, course.link(visit, at))
    course.road().given[name] = given
    room.keep(f"{name[0]} {name[1]}", given)
    st.rerun()


def _bar(
    t: Translator, lesson: Lesson, number: int, stop: Stop | None = None, covered: bool = False, away: bool = False
) -> Bar:
    of = len(lesson.stops)
    place = t("course.place", number=number, of=of, minutes=lesson.minutes_left(number))
    if number > of:
        place = t("course.over")
    look = "" if stop is None else _selector(stop.look)
    return Bar(lesson.title, place, number, of, covered, away, look, f"{lesson.name} {number} {presenting.on()}")


def _notes(t: Translator, lesson: Lesson, number: int, facts: dict[str, object]) -> Notes | None:
    """What the second window of who presents shows; nothing for one who follows in a class room."""
    me = room.seat()
    if not presenting.on() or (me is not None and me.member is not None and not me.teaches):
        return None
    stop, said = lesson.stops[number - 1], lesson.stops[number - 1].speaker
    shown = [stop.text.replace("*", "")]  # which is Markdown, and says no more with it
    if stop.ask is not None:
        shown = [stop.ask.words, " / ".join(stop.ask.choices.values()), *shown]
    asks = [] if said is None else [(q.format(**facts), a.format(**facts)) for q, a in said.asks.items()]
    place = t("course.place", number=number, of=len(lesson.stops), minutes=lesson.minutes_left(number))
    following = lesson.stops[number].title.format(**facts) if number < len(lesson.stops) else t("course.over")
    return Notes(
        lesson.name,
        stop.title.format(**facts),
        f"{lesson.title} · {place}",
        tuple(line.format(**facts) for line in shown if line),
        "" if said is None else said.notes.format(**facts),
        tuple(asks),
        following,
    )


def _selector(look: str) -> str:
    """CSS for a part of the page."""
    if look.startswith("key:"):
        return f".st-key-{look.removeprefix('key:')}"
    return PARTS.get(look, "")


def _text(t: Translator, stop: Stop, facts: dict[str, object]) -> None:
    """Title and text, which is Markdown; what comes from the visitor's text stays words."""
    safe = {name: plain(str(facts[name])) for name in FACTS}
    # The facts first: what a term means may have braces of its own.
    st.markdown(f"**{plain(stop.title.format(**facts))}**  \n{words.markdown(t, stop.text.format(**safe))}")


def _way_back(visit: Visit) -> None:
    """The lesson that was left, if one was."""
    t, left = visit.t, course.road().left
    lesson = course.course(t.language).get(left[0]) if left else None
    label = None
    if lesson is not None and left is not None:
        label = t("course.resume", title=lesson.title, number=min(left[1], len(lesson.stops)), of=len(lesson.stops))
    if course_bar(t, None, label, course.leave) == "resume" and lesson is not None and left is not None:
        course.go(visit, lesson, left[1])


def _wish(visit: Visit, lesson: Lesson, number: int, wish: int | str | None) -> None:
    """Go where the visitor wants to go."""
    if type(wish) is int and 0 < wish <= len(lesson.stops) + 1:
        course.go(visit, lesson, wish)
