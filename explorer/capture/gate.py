"""Whose forward pass runs now: as many at once as there are cores, first come, first served.

More would only wait for each other and hold memory meanwhile. A visitor has one long pass at a time, so that nobody's
clicks fill the line; a short pass may take one place more, so that a click on a short text does not wait for others'
long ones. Who comes to an empty server has all of it: a long pass takes as many threads as places are free when it
begins. Memory that a long pass has freed goes back to the system.
"""

import ctypes
import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field

from explorer.capture import progress

# Tokens of a pass, padding included, up to which it is short: tens of milliseconds for the models that ship.
SHORT = 64
# Seconds after which who waits for a place is told so, again and again.
PATIENCE = 0.3
# Seconds between two looks for memory to give back.
TRIM_EVERY = 2.0
# Bytes from which a tensor has memory of its own, which goes back when the tensor goes: the scores of a long text.
LARGE = 4 * 2**20

# For whom this thread works; work without a visitor stands for itself.
visitor: ContextVar[Hashable] = ContextVar("explorer_visitor", default=None)


@dataclass(eq=False)
class _Turn:
    who: Hashable
    short: bool
    wide: bool
    threads: int = 1
    come: threading.Event = field(default_factory=threading.Event)


class Gate:
    """So many places, and the line before them."""

    def __init__(
        self, places: int, freed: Callable[[], None] = lambda: None, use: Callable[[int], None] = lambda threads: None
    ) -> None:
        """freed: called after each long pass; use: sets the threads of what this thread computes from now on."""
        self.places, self._freed, self._use = places, freed, use
        self._lock = threading.Lock()
        self._inside: list[_Turn] = []
        self._line: list[_Turn] = []
        self._held = threading.local()

    @contextmanager
    def place(self, n_tokens: int | None = None) -> Iterator[None]:
        """A place for the block; n_tokens: of the pass, None where it is not known and may be long.

        Who has a place in this thread already keeps it.
        """
        if getattr(self._held, "turn", None) is not None:
            yield
            return
        who = visitor.get()
        short = n_tokens is not None and n_tokens <= SHORT
        turn = _Turn(object() if who is None else who, short, n_tokens is not None and not short)
        self._held.turn = turn
        try:
            self._come(turn)
            self._use(turn.threads)
            yield
        finally:
            self._held.turn = None
            self._use(1)
            self._leave(turn)

    def _come(self, turn: _Turn) -> None:
        with self._lock:
            self._line.append(turn)
            self._advance()
        while not turn.come.wait(PATIENCE):
            progress.waits()

    def _leave(self, turn: _Turn) -> None:
        with self._lock:
            (self._inside if turn in self._inside else self._line).remove(turn)
            self._advance()
        if not turn.short:
            self._freed()

    def _advance(self) -> None:
        """Let in whoever may, in the order of the line."""
        for turn in list(self._line):
            room = self.places + turn.short - len(self._inside)
            if room > 0 and (turn.short or all(other.short or other.who != turn.who for other in self._inside)):
                self._line.remove(turn)
                if turn.wide:
                    turn.threads = max(1, self.places - len(self._inside) - len(self._line))
                self._inside.append(turn)
                turn.come.set()


def _trimmer() -> Callable[[], None]:
    """Gives freed memory back to the system, at most every few seconds; nothing where the C library cannot."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):
        return lambda: None
    last = [0.0]

    def trimmed() -> None:
        if (now := time.monotonic()) - last[0] > TRIM_EVERY:
            last[0] = now
            trim(0)

    return trimmed


def few_arenas() -> None:
    """Let all threads share two of the C library's heaps, and give each large tensor memory of its own.

    By default each thread has a heap, which keeps what it freed, and tensors of up to 32 MB lie in it.
    """
    with suppress(AttributeError, OSError):  # not glibc
        libc = ctypes.CDLL(None)
        libc.mallopt(-8, 2)  # M_ARENA_MAX
        libc.mallopt(-3, LARGE)  # M_MMAP_THRESHOLD


def _threads(count: int) -> None:
    """For the passes of the calling thread. Torch is imported by who runs one."""
    import torch

    torch.set_num_threads(count)


GATE = Gate(os.cpu_count() or 1, _trimmer(), _threads)
