"""Whose script runs now: a few at once, first come, first served.

Python runs one thread at a time. Thirty scripts that take turns of milliseconds all end when the last one ends; one
after the other, half of the visitors wait half as long, and nobody longer. Who is slow does not hold up the line: a
script has its place for a quarter of a second; after that it runs on beside whoever comes in.
"""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock

SHARE = 0.25  # seconds


class Turns:
    """So many places, and the line before them."""

    def __init__(self, places: int, share: float = SHARE) -> None:
        self._places, self._share = places, share
        self._lock = Lock()
        self._line: deque[Event] = deque()
        self._since: dict[Event, float] = {}

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The block runs when its turn has come."""
        me = Event()
        with self._lock:
            self._line.append(me)
        while (pause := self._waits(me)) != 0:
            me.wait(pause)
            me.clear()
        try:
            yield
        finally:
            with self._lock:
                del self._since[me]
                self._call()

    def _waits(self, me: Event) -> float | None:
        """Seconds until the first in the line looks again, None for the others; 0.0 for who is let in."""
        with self._lock:
            if self._line[0] is not me:
                return None
            now = time.monotonic()
            places = sorted(began + self._share - now for began in self._since.values() if began + self._share > now)
            if len(places) >= self._places:
                return places[-self._places]
            self._line.popleft()
            self._since[me] = now
            self._call()
            return 0.0

    def _call(self) -> None:
        if self._line:
            self._line[0].set()


TURNS = Turns(2)  # one computes while the other draws
