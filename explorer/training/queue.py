"""Who may train now: one pair of trainings per two cores, the others wait in line; results are kept by setting."""

import logging
import os
import shutil
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import RLock
from typing import Literal

from explorer.errors import QueueFull
from explorer.models import trained
from explorer.training.process import Point, Process
from explorer.training.setting import TrainingSetting

State = Literal["waiting", "running", "done", "stopped", "failed"]

# Of those that wait, so many may come from one address: a class behind one door, but not all of the line.
MOST_RESULTS, MOST_WAITING, MOST_EACH = 24, 40, 20


@dataclass(frozen=True)
class Result:
    """A finished training: its curve, and the saturation measures of the model (see `training.saturation`)."""

    setting: TrainingSetting
    points: tuple[Point, ...]
    saturation: dict[str, float]


class Ticket:
    """A visitor's request to train some settings side by side, as `Work`: counted in steps, its items are points."""

    def __init__(self, settings: tuple[TrainingSetting, ...], line: "Queue", who: Hashable = None) -> None:
        self.about, self._line, self.who = settings, line, who
        self.state: State = "waiting"
        self.processes: dict[str, Process] = {}
        self.results: dict[str, Result] = {}

    def points(self, setting: TrainingSetting) -> tuple[Point, ...]:
        """The curve of one of the settings so far."""
        if setting.key in self.results:
            return self.results[setting.key].points
        process = self.processes.get(setting.key)
        return tuple(process.points) if process else ()

    def items(self) -> Sequence[Point]:
        """The points of all curves so far."""
        return [point for setting in self.about for point in self.points(setting)]

    @property
    def running(self) -> bool:
        """Whether points may still come; also while it waits in line."""
        return self.state in ("waiting", "running")

    @property
    def expected(self) -> int:
        """Steps of all trainings."""
        return sum(setting.steps for setting in self.about)

    @property
    def done(self) -> int:
        """Steps that are done."""
        return sum(points[-1].step if (points := self.points(s)) else 0 for s in self.about)

    @property
    def failed(self) -> Exception | None:
        """What is in the log, if one of the trainings failed."""
        return RuntimeError("training failed") if self.state == "failed" else None

    @property
    def before(self) -> int:
        """How many are before this one in the line, running ones not counted; 0 for the next."""
        return self._line.place(self)

    def stop(self) -> None:
        """Stop what is running for it, or leave the line."""
        self._line.cancel(self)


class Queue:
    """First come, first served. All of its state changes under one lock."""

    def __init__(self, places: int) -> None:
        self.places = places
        self._lock = RLock()
        self._running: list[Ticket] = []
        self._waiting: list[Ticket] = []
        self._results: OrderedDict[str, Result] = OrderedDict()
        self._count = 0

    def submit(self, settings: tuple[TrainingSetting, ...], who: Hashable = None) -> Ticket:
        """Ask for trainings; those of the settings that were trained before are there at once.

        who: the address that asks.

        Raises:
            QueueFull: when too many are waiting, or too many for one address.
        """
        with self._lock:
            same = sum(other.who == who for other in self._waiting)
            if len(self._waiting) >= MOST_WAITING or same >= MOST_EACH:
                raise QueueFull(waiting=len(self._waiting))
            ticket = Ticket(settings, self, who)
            self._waiting.append(ticket)
            self._advance()
            return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Stop what is running for this ticket, or leave the line; a finished one stays as it is."""
        with self._lock:
            if not ticket.running:
                return
            ticket.state = "stopped"
            for process in ticket.processes.values():
                process.stop()
            self._drop(ticket)

    def place(self, ticket: Ticket) -> int:
        """How many are before this one in the line, running ones not counted; 0 for the next."""
        with self._lock:
            return self._waiting.index(ticket) if ticket in self._waiting else 0

    def result(self, setting: TrainingSetting) -> Result | None:
        """A finished training, if it is still kept."""
        with self._lock:
            return self._results.get(setting.key)

    def finished(self, settings: tuple[TrainingSetting, ...]) -> Ticket | None:
        """A ticket with the kept results, if all of these settings were trained before."""
        with self._lock:
            ticket = Ticket(settings, self)
            self._recall(ticket)
            if len(ticket.results) < len({s.key for s in settings}):
                return None
            ticket.state = "done"
            return ticket

    def _drop(self, ticket: Ticket) -> None:
        for line in (self._running, self._waiting):
            if ticket in line:
                line.remove(ticket)
        self._advance()

    def _advance(self) -> None:
        """Start as many of the waiting as there are places; settle those whose results are all kept."""
        for ticket in list(self._waiting):
            self._recall(ticket)
            if len(ticket.results) == len({s.key for s in ticket.about}):
                ticket.state = "done"
                self._waiting.remove(ticket)
            elif len(self._running) < self.places:
                self._waiting.remove(ticket)
                self._running.append(ticket)
                self._start(ticket)

    def _recall(self, ticket: Ticket) -> None:
        for setting in ticket.about:
            if setting.key in self._results:
                self._results.move_to_end(setting.key)
                ticket.results[setting.key] = self._results[setting.key]

    def _start(self, ticket: Ticket) -> None:
        ticket.state = "running"
        try:
            for setting in {s.key: s for s in ticket.about if s.key not in ticket.results}.values():
                self._count += 1
                folder = trained.root() / str(self._count)
                ticket.processes[setting.key] = Process(setting, folder, lambda process: self._over(ticket, process))
        except OSError:  # no memory or no process left; a ticket that stayed "running" would block the line for good
            logging.getLogger("explorer").exception("training did not start")
            ticket.state = "failed"
            self._running.remove(ticket)
            for process in ticket.processes.values():
                process.stop()

    def _over(self, ticket: Ticket, process: Process) -> None:
        """A process has ended: keep what it has made, and go on with the line when it was the ticket's last."""
        with self._lock:
            if process.done and process.saturation is not None:
                self._keep(ticket, process)
            else:
                shutil.rmtree(process.folder, ignore_errors=True)
            if ticket.state != "running":
                return
            if process.failed:
                ticket.state = "failed"
                for other in ticket.processes.values():
                    other.stop()
                self._drop(ticket)
            elif all(one.over for one in ticket.processes.values()):
                ticket.state = "done"
                self._drop(ticket)

    def _keep(self, ticket: Ticket, process: Process) -> None:
        result = Result(process.setting, tuple(process.points), dict(process.saturation or {}))
        ticket.results[process.setting.key] = self._results[process.setting.key] = result
        while len(self._results) > MOST_RESULTS:
            self._results.popitem(last=False)
        if process.setting.plain:
            trained.keep(process.setting.key, Path(process.folder))
        else:
            shutil.rmtree(process.folder, ignore_errors=True)


@cache
def queue() -> Queue:
    """The one line of this server: a place for each pair of cores, at least one."""
    return Queue(max(1, (os.cpu_count() or 2) // 2))
