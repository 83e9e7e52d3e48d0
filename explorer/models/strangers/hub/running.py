"""The downloads of this process: each in a thread of its own, shared by the visitors who asked for the same model."""

import logging
from threading import Event, Lock, Thread

from explorer.errors import ExplorerError, HubBusy
from explorer.models.strangers.hub.download import Stopped, download
from explorer.models.strangers.hub.plan import Plan

MAX_RUNNING = 2


class Download:
    """A running or ended download that any number of visitors watch; it stops when the last of them stops it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.received = 0
        self.error: ExplorerError | None = None
        self.failed = self.complete = False
        self.stop = Event()
        self.watchers: set[str] = set()
        self._thread = Thread(target=self._run, daemon=True, name="hub-download")
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether bytes may still come."""
        return self._thread.is_alive()

    def join(self, seconds: float | None = None) -> None:
        """Wait for the end."""
        self._thread.join(seconds)

    def _note(self, received: int) -> None:
        self.received = received

    def _run(self) -> None:
        try:
            download(self.plan, self._note, self.stop)
            self.complete = True
        except Stopped:
            pass
        except ExplorerError as error:
            self.error = error
        except Exception:
            self.failed = True
            logging.getLogger("explorer").exception("download failed")


_downloads: dict[tuple[str, str], Download] = {}
_guard = Lock()


def start(plan: Plan, visitor: str) -> Download:
    """The download of this plan: the one that runs already, or a new one.

    Raises:
        HubBusy: when others are running and no place is free.
    """
    key = plan.repo, plan.revision
    with _guard:
        for other in [k for k, d in _downloads.items() if not d.running]:
            del _downloads[other]
        if key not in _downloads or _downloads[key].stop.is_set():
            if len(_downloads) >= MAX_RUNNING:
                raise HubBusy(running=len(_downloads))
            _downloads[key] = Download(plan)
        _downloads[key].watchers.add(visitor)
        return _downloads[key]


def leave(visitor: str) -> None:
    """The visitor pressed stop or went away; a download that nobody else watches ends."""
    with _guard:
        for found in _downloads.values():
            if visitor in found.watchers:
                found.watchers.remove(visitor)
                if not found.watchers:
                    found.stop.set()
