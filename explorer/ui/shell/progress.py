"""What a visitor sees of a page's work: nothing for a second, then how far it is, how long it may take, and a stop.

The work runs in the thread that draws the page, and tells of each layer it has run. Every line that is drawn meanwhile
is also where Streamlit ends a script whose visitor has clicked something else or has left: so work ends where nobody
waits for it any more.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.capture.gate import visitor
from explorer.capture.progress import is_watched, watched
from explorer.errors import WorkStopped
from explorer.i18n import Translator

# Seconds without a word; between two words.
SILENT, BETWEEN = 1.0, 0.3
_STOPPED = "work-stopped"


class Progress:
    """The watcher of one run of a page, or of a part of it that runs alone."""

    def __init__(self, t: Translator, name: str) -> None:
        self._t, self._name = t, name
        self._expected = self._passed = 0
        self._begun = self._told = monotonic()
        self._stopped = st.session_state.pop(f"{_STOPPED}-{name}", False)
        self._place = st.empty()
        self._line: st.delta_generator.DeltaGenerator | None = None

    def expect(self, layers: int) -> None:
        """So many more layers will run.

        Raises:
            WorkStopped: where the visitor has just stopped the work.
        """
        if self._stopped:
            raise WorkStopped()
        self._expected += layers

    def passed(self, layers: int) -> None:
        """So many more layers have run."""
        self._passed += layers
        self._tell()

    def waits(self) -> None:
        """Others are before this one."""
        self._tell(waiting=True)

    def over(self) -> None:
        """Nothing more will come."""
        self._place.empty()

    def _tell(self, waiting: bool = False) -> None:
        now = monotonic()
        if now - self._begun < SILENT or now - self._told < BETWEEN:
            return
        self._told = now
        if self._line is None:
            self._line = self._opened()
        of = max(self._expected, self._passed, 1)
        left = (now - self._begun) * (of - self._passed) / max(self._passed, 1)
        key = "waits" if waiting else "layers" if self._passed else "begins"
        going = self._t(f"work.{key}", done=self._passed, of=of)
        bar(self._t, self._line, self._passed / of, going, left if key == "layers" else None)

    def _opened(self) -> "st.delta_generator.DeltaGenerator":
        with self._place.container(horizontal=True, vertical_alignment="center"):
            line = st.empty()
            stopped = {f"{_STOPPED}-{self._name}": True}
            stop_button(self._t, f"work-stop-{self._name}", on_click=lambda: st.session_state.update(stopped))
        return line


def bar(t: Translator, place: Any, share: float, going: str, seconds: float | None) -> None:
    """How far work is, in words and as a bar, and about how many seconds it will take where that is known.

    place: `st`, or what `st.empty()` gave.
    """
    said = going if seconds is None else t("work.left", going=going, seconds=round(seconds))
    place.progress(min(max(share, 0.0), 1.0), said)


def stop_button(t: Translator, key: str, on_click: Callable[[], None] | None = None) -> bool:
    """The button that ends work; whether it was pressed."""
    return st.button(t("work.stop"), icon=":material/stop_circle:", key=key, on_click=on_click)


@contextmanager
def shown(t: Translator, name: str) -> Iterator[None]:
    """Show how far the work of the block is; a part of a page that is drawn with the page tells the page.

    name: of the page or part; unique on the page.
    """
    if is_watched():
        st.empty()  # the place is there in every run, or what follows would be mounted anew and forget its zoom
        yield
        return
    progress, context = Progress(t, name), get_script_run_ctx()
    visitor.set(context.session_id if context else None)
    try:
        with watched(progress):
            yield
    except Exception:  # not Streamlit's own end of a script, after which nothing may be drawn
        progress.over()
        raise
    progress.over()
