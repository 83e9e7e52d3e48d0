"""A training in a process of its own, seen from here: its records so far, a stop, and what is left at the end."""

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from explorer.training.dials import Dials
from explorer.training.setting import TrainingSetting

ROOT = Path(__file__).resolve().parents[2]
# Seconds without a line after which a process hangs: the first line comes after the imports, which a busy server slows.
FIRST, SILENCE = 300.0, 60.0


@dataclass(frozen=True)
class Point:
    """Ten steps: the last one's number, their mean loss in nats, seconds since the start.

    verb, agreement, place: accuracies; exam: loss on fixed sentences (see `loop.StepRecord`), both every 100 steps.
    dials: what the instruments read at the last of these steps.
    """

    step: int
    loss: float
    seconds: float
    verb: float | None = None
    agreement: float | None = None
    place: float | None = None
    exam: float | None = None
    dials: Dials | None = None


class Process:
    """Starts at once; `ended` is called once, from another thread, when the process is gone."""

    def __init__(self, setting: TrainingSetting, folder: Path, ended: Callable[["Process"], None]) -> None:
        self.setting, self.folder = setting, folder
        self.points: list[Point] = []
        self.saturation: dict[str, float] | None = None
        self.stopped = self.over = False
        self._ended = ended
        # -m and a fresh interpreter, not multiprocessing: that would import the server's own main module again.
        self._child = subprocess.Popen(
            [sys.executable, "-m", "explorer.training.worker", str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
        )  # fmt: skip
        assert self._child.stdin is not None
        with suppress(BrokenPipeError):  # gone already: the thread below finds that out and says so
            self._child.stdin.write(json.dumps(asdict(setting)) + "\n")
            self._child.stdin.flush()
        self._heard, self._patience = time.monotonic(), FIRST
        Thread(target=self._read, daemon=True, name="training").start()
        Thread(target=self._watch, daemon=True, name="training-watch").start()

    @property
    def pid(self) -> int:
        """The operating system's number of the process."""
        return self._child.pid

    @property
    def done(self) -> bool:
        """Whether the training came to its end and the model is saved."""
        return self.over and self.saturation is not None

    @property
    def failed(self) -> bool:
        """Whether it ended for another reason than its end or a stop."""
        return self.over and self.saturation is None and not self.stopped

    def stop(self) -> None:
        """End the process; it holds nothing that needs saving."""
        self.stopped = True
        self._child.kill()

    def _read(self) -> None:
        """Collect what the process says until it is gone."""
        assert self._child.stdout is not None and self._child.stderr is not None
        errors: list[str] = []
        Thread(target=lambda: errors.extend(self._child.stderr or ()), daemon=True).start()
        try:
            for line in self._child.stdout:
                self._heard, self._patience = time.monotonic(), SILENCE
                self._take(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:  # a line that is no record
            errors.append(f"{type(error).__name__}: {error}\n")
            self._child.kill()
        self._child.wait()
        for stream in (self._child.stdin, self._child.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
        self.over = True
        if self.failed:
            logging.getLogger("explorer").error("training failed: %s", "".join(errors)[-2_000:])
        self._ended(self)

    def _take(self, fact: dict[str, Any]) -> None:
        if "saturation" in fact:
            self.saturation = fact["saturation"]
        elif "alive" not in fact:
            self.points.append(_point(fact))

    def _watch(self) -> None:
        """End a process that has been silent for too long: it would keep its place in the line for good."""
        while self._child.poll() is None:
            if time.monotonic() - self._heard > self._patience:
                logging.getLogger("explorer").error("training hangs: no word for %.0f s", self._patience)
                self._child.kill()
            time.sleep(min(1.0, self._patience / 4))


def _point(fact: dict[str, Any]) -> Point:
    shares, dials = fact["accuracies"] or {}, fact["dials"]
    return Point(
        fact["step"],
        fact["loss"],
        fact["seconds"],
        shares.get("verb"),
        shares.get("agreement"),
        shares.get("place"),
        fact["exam"],
        Dials(**{name: tuple(values) for name, values in dials.items()}) if dials else None,
    )
