"""Long work in a thread of its own, without Streamlit calls in it; the page polls, and closing the tab stops it."""

import logging
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import streamlit as st


class Job:
    """Collects what an iterator yields, until it ends or somebody sets `stop`."""

    def __init__(self, items: Iterator[Any], expected: int, about: object) -> None:
        self.results: list[Any] = []
        self.expected, self.about = expected, about
        self.stop, self.failed = Event(), False
        self._items = items
        self._thread = Thread(target=self._run, daemon=True, name="job")
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether results may still come."""
        return self._thread.is_alive()

    @property
    def progress(self) -> float:
        """Share of the expected results that are there."""
        return min(len(self.results) / max(self.expected, 1), 1.0)

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            for item in self._items:
                self.results.append(item)
                if self.stop.is_set():
                    return
        except Exception:
            self.failed = True
            logging.getLogger("explorer").exception("job failed")
        finally:
            # A generator that is stopped in the middle would hold what it works on until the visitor leaves.
            getattr(self._items, "close", lambda: None)()


def _release(jobs: dict[str, Job]) -> None:
    for job in jobs.values():
        job.stop.set()


@st.cache_resource(scope="session", on_release=_release, show_spinner=False)
def jobs() -> dict[str, Job]:
    """The jobs of this visitor, by name; they stop when the visitor leaves."""
    return {}
