"""Work that takes longer than a click, on a page: its start, how far it is and how long it may take, stop, failure.

While it runs the panel alone looks again and again. What it draws of the work so far is to be cheap: pictures that are
not are `paced`, or the page would never be idle and would take from the work the cores that it needs.
"""

import html
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from time import monotonic
from typing import TypeVar
from weakref import WeakKeyDictionary

import streamlit as st

from explorer.errors import ExplorerError
from explorer.i18n import Translator
from explorer.ui.shell.page import Visit, fragment, notice
from explorer.ui.shell.progress import bar, stop_button
from explorer.ui.shell.works import ask
from explorer.work import Work

V = TypeVar("V")

POLL = 1.0  # seconds
# How long a picture of running work stays, in times that it took to make.
STAYS = 4.0


@dataclass(frozen=True)
class Words:
    """start: on the button, which is not there without. going: how far running work is, in its own units."""

    start: str | None
    going: Callable[[Work], str]
    icon: str = ":material/play_arrow:"


def work_panel(
    visit: Visit,
    name: str,
    work: Work | None,
    words: Words,
    begin: Callable[[], Work],
    drawn: Callable[[], None] = lambda: None,
) -> None:
    """The panel; when the work has ended the whole page is drawn anew.

    name: of the work among the visitor's, and of the buttons. begin: starts the work; what it refuses is said.
    drawn: what stands below, drawn anew with the panel.
    """
    running = work is not None and work.running
    fragment(_panel, run_every=POLL if running else None)(visit, name, work, words, begin, drawn, running)


def _panel(
    visit: Visit,
    name: str,
    work: Work | None,
    words: Words,
    begin: Callable[[], Work],
    drawn: Callable[[], None],
    polling: bool,
) -> None:
    t, going = visit.t, work if work is not None and work.running else None
    if polling and going is None:
        st.rerun()  # leave polling
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if going is not None:
            if stop_button(t, f"{name}-stop"):
                going.stop()
                st.rerun()
            bar(t, st, going.done / going.expected, words.going(going), _seconds_left(going))
        elif words.start and st.button(words.start, icon=words.icon, key=f"{name}-start", type="primary"):
            _start(visit, name, begin)
    if work is not None and isinstance(work.failed, ExplorerError):
        notice(t.error(work.failed), alert=True)
    elif work is not None and work.failed:
        notice(t("frame.oops"), alert=True)
    drawn()


def made_before(t: Translator, day: str) -> None:
    """From when a result is that is shown until the visitor runs the work; under its picture, above the panel."""
    st.html(f'<p class="bx-check">{html.escape(t("trained_task.stored", day=day))}</p>')


def _start(visit: Visit, name: str, begin: Callable[[], Work]) -> None:
    try:
        ask(name, begin())
    except ExplorerError as refusal:
        notice(visit.t.error(refusal), alert=True)
        return
    st.rerun()


# When a panel first saw that something was done, and how much that was.
_seen: WeakKeyDictionary[Work, tuple[float, float]] = WeakKeyDictionary()


def _seconds_left(work: Work) -> float | None:
    """At the pace since it was first seen at work; None before that can be told."""
    done = work.done
    if not done:
        return None
    then, before = _seen.setdefault(work, (monotonic(), done))
    return (monotonic() - then) * (work.expected - done) / (done - before) if done > before else None


def paced(key: Hashable, work: Work | None, make: Callable[[], V]) -> V:
    """What `make` makes; while the work runs it stays for a while, so that most of the time nothing is made.

    key: what is made; only the last thing of a visitor is kept.
    """
    kept = st.session_state.pop("paced", None)
    if work is None or not work.running:
        return make()
    begun = monotonic()
    if kept is None or kept[0] != key or begun > kept[1]:
        made = make()
        kept = key, monotonic() + STAYS * (monotonic() - begun), made
    st.session_state["paced"] = kept
    made = kept[2]
    return made
