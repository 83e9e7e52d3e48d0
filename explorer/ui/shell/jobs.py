"""Long work in a thread of its own, without Streamlit calls in it; the page polls, and closing the tab stops it."""

import logging
from collections.abc import Callable, Hashable, Iterator
from threading import Event, RLock, Thread
from typing import Any
from weakref import WeakKeyDictionary, WeakValueDictionary

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

    def leave(self) -> None:
        """End it: its one visitor does not want it any more."""
        self.stop.set()

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


class Watch:
    """One visitor's view of a job that others may watch too. It ends when the last of them has left."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._kept: list[Any] | None = None  # once this visitor has left
        with _lock:
            _watching[job] = _watching.get(job, 0) + 1

    @property
    def about(self) -> object:
        """What is worked on: visitors who ask for equal things share a job."""
        return self._job.about

    @property
    def running(self) -> bool:
        """Whether results may still come for this visitor."""
        return self._kept is None and self._job.running

    @property
    def results(self) -> list[Any]:
        """What has come until the end, or until this visitor left."""
        return self._job.results if self._kept is None else self._kept

    @property
    def failed(self) -> bool:
        """Whether the work ended with an error of ours."""
        return self._job.failed

    @property
    def progress(self) -> float:
        """Share of the expected results that are there."""
        return self._job.progress

    def leave(self) -> None:
        """Keep what is there and take no more; the last one to leave stops the work."""
        with _lock:
            if self._kept is not None:
                return
            self._kept = list(self._job.results)
            _watching[self._job] -= 1
            if not _watching[self._job] and self._job.running:
                self._job.stop.set()


_lock = RLock()
_watching: WeakKeyDictionary[Job, int] = WeakKeyDictionary()
_shared: WeakValueDictionary[object, Job] = WeakValueDictionary()


def shared(items: Callable[[], Iterator[Any]], expected: int, about: Hashable, again: bool = False) -> Watch:
    """Watch the job about this, of whomever it is; a new one where there is none that was left to work to its end.

    again: a new one even if there is one that has ended.
    """
    with _lock:
        job = _shared.get(about)
        if job is None or job.failed or job.stop.is_set() or (again and not job.running):
            job = _shared[about] = Job(items(), expected, about)
        return Watch(job)


def own(name: str, about: object) -> Any:
    """This visitor's job of that name, a `Job` or a `Watch`, if it is about this; one about something else is left."""
    job = jobs().get(name)
    if job is not None and job.about != about:
        job.leave()
        return None
    return job


def _release(jobs: dict[str, Any]) -> None:
    for job in jobs.values():
        job.leave()


@st.cache_resource(scope="session", on_release=_release, show_spinner=False)
def jobs() -> dict[str, Any]:
    """The jobs of this visitor, by name; they stop when the visitor leaves, unless others watch them."""
    return {}
