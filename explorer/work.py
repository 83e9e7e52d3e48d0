"""Work that takes longer than a click, as whoever asked for it sees it; and the threads that do it.

Trainings are work too, in processes of their own: `training.queue`.
"""

import logging
from collections.abc import Callable, Hashable, Iterator, Sequence
from threading import Event, RLock, Thread
from typing import Any, Protocol, runtime_checkable
from weakref import WeakKeyDictionary, WeakValueDictionary

from explorer.errors import ExplorerError


@runtime_checkable
class Work(Protocol):
    """What a page may know of it, and the way to end it."""

    @property
    def about(self) -> Hashable:
        """What is worked on: equal wishes are equal here."""

    @property
    def expected(self) -> int:
        """How much there is to do, in the unit of `done`."""

    @property
    def done(self) -> int:
        """How much of it is done."""

    @property
    def running(self) -> bool:
        """Whether more may come."""

    @property
    def failed(self) -> Exception | None:
        """Why it ended, if neither by itself nor by a stop: an `ExplorerError` is a refusal, else a mistake."""

    def items(self) -> Sequence[Any]:
        """What has come so far."""

    def stop(self) -> None:
        """Take no more of it; what has come stays. Once is enough, twice does no harm."""


class Job:
    """A thread that collects what an iterator gives, until that ends or the job is stopped."""

    def __init__(
        self,
        source: Iterator[Any],
        expected: int,
        about: Hashable = None,
        done: Callable[[Sequence[Any]], int] = len,
    ) -> None:
        self.expected, self.about = expected, about
        self.failed: Exception | None = None
        self.stopped = Event()
        self._source, self._items, self._done = source, list[Any](), done
        self._thread = Thread(target=self._run, daemon=True, name="job")
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether items may still come."""
        return self._thread.is_alive()

    @property
    def done(self) -> int:
        """How much of `expected` the items are."""
        return self._done(self.items())

    def items(self) -> Sequence[Any]:
        """What the iterator has given."""
        return tuple(self._items)

    def stop(self) -> None:
        """End it at the next item."""
        self.stopped.set()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    def _run(self) -> None:
        try:
            for item in self._source:
                self._items.append(item)
                if self.stopped.is_set():
                    return
        except ExplorerError as refusal:
            self.failed = refusal
        except Exception as mistake:
            self.failed = mistake
            logging.getLogger("explorer").exception("job failed")
        finally:
            # A generator that is stopped in the middle would hold what it works on until the visitor leaves.
            getattr(self._source, "close", lambda: None)()


class Watch:
    """One visitor's view of a job that others may watch too. It ends when the last of them has left."""

    def __init__(self, job: Job) -> None:
        self.about, self.expected = job.about, job.expected
        self._job = job
        self._kept: Sequence[Any] | None = None  # once this visitor has left
        with _lock:
            _watching[job] = _watching.get(job, 0) + 1

    @property
    def running(self) -> bool:
        """Whether items may still come for this visitor."""
        return self._kept is None and self._job.running

    @property
    def failed(self) -> Exception | None:
        """Why it ended, if not by itself."""
        return self._job.failed

    @property
    def done(self) -> int:
        """How much of `expected` the items are."""
        return self._job._done(self.items())

    def items(self) -> Sequence[Any]:
        """What has come until the end, or until this visitor left."""
        return self._job.items() if self._kept is None else self._kept

    def stop(self) -> None:
        """Keep what is there and take no more; the last one to leave stops the work."""
        with _lock:
            if self._kept is not None:
                return
            self._kept = self._job.items()
            _watching[self._job] -= 1
            if not _watching[self._job]:
                self._job.stop()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end."""
        self._job.join(seconds)


_lock = RLock()
_watching: WeakKeyDictionary[Job, int] = WeakKeyDictionary()
_shared: WeakValueDictionary[Hashable, Job] = WeakValueDictionary()


def shared(
    source: Callable[[], Iterator[Any]],
    expected: int,
    about: Hashable,
    again: bool = False,
    done: Callable[[Sequence[Any]], int] = len,
) -> Watch:
    """Watch the job about this, of whomever it is; a new one where there is none that was left to work to its end.

    again: a new one even if there is one that has ended.
    """
    with _lock:
        job = _shared.get(about)
        if job is None or job.failed or job.stopped.is_set() or (again and not job.running):
            job = _shared[about] = Job(source(), expected, about, done)
        return Watch(job)
