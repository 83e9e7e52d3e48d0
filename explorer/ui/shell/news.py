"""How browsers in a class room learn that something has changed: a request that waits until it has.

A script that looks every second, sixty times over, would take half a core while nobody clicks. Here a process looks
into the store once a second for each room in which somebody waits, and not at all where nobody does.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from threading import Thread

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from explorer.class_room.rooms import Rooms, digest
from explorer.class_room.settings import rooms_on
from explorer.class_room.store import store

PATH = "_room"
# Seconds between two looks into the store, and until a request is answered anyhow: a server that is told to end waits
# for its requests.
LOOKS, WAITS = 1.0, 5.0
MOST = 4  # requests of one member that wait at once: tabs
SWEEP = 600.0  # seconds
OVER = "over"
QUIET = {"cache-control": "no-store"}

_listeners: list[Callable[[str], None]] = []


@cache
def rooms() -> Rooms:
    """The server's. What is over is deleted every ten minutes, also where nobody comes any more."""
    found = Rooms(store())

    def sweeps() -> None:
        while True:
            with suppress(Exception):  # a store that is away now is asked again
                found.sweep()
            time.sleep(SWEEP)

    Thread(target=sweeps, daemon=True, name="rooms").start()
    return found


def stir(code: str) -> None:
    """A script of this process has changed a room."""
    for listener in _listeners:
        listener(code)


@dataclass
class _Watch:
    """One room: what was there when somebody looked last, and whom to wake when a script here has changed it."""

    at: tuple[int, int] | None = None
    when: float = 0.0
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    stirred: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0


class News:
    """ASGI middleware: answers `_room` below the app's path; anything else goes to the app within."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._rooms: dict[str, _Watch] = {}
        self._members: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        _listeners.append(self.stir)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].rpartition("/")[2] != PATH or not rooms_on():
            return await self.app(scope, receive, send)
        self._loop = asyncio.get_running_loop()
        said = Headers(scope=scope)
        code, held, seen = (said.get(f"x-room-{name}", "")[:64] for name in ("code", "held", "seen"))
        # Who is no member learns nothing of a room, not even that there is one.
        member = await to_thread.run_sync(rooms().member, code, held)
        me = digest(f"{code} {held}")
        if member is None:
            return await JSONResponse({"at": OVER}, headers=QUIET)(scope, receive, send)
        if self._members[me] >= MOST:
            return await JSONResponse({}, 429, QUIET)(scope, receive, send)
        self._members[me] += 1
        try:
            at = await self._news(code, seen, member.teaches)
        finally:
            self._members[me] -= 1
            if not self._members[me]:
                del self._members[me]
        await JSONResponse({"at": at}, headers=QUIET)(scope, receive, send)

    async def _news(self, code: str, seen: str, teaches: bool) -> str:
        watch = self._rooms.setdefault(code, _Watch())
        watch.waiting += 1
        until = time.monotonic() + WAITS
        try:
            while True:
                at = told(await self._look(code, watch), teaches)
                left = until - time.monotonic()
                if at != seen or left <= 0:
                    return at
                try:
                    await asyncio.wait_for(watch.stirred.wait(), min(left, LOOKS))
                except TimeoutError:
                    continue
        finally:
            watch.waiting -= 1
            if not watch.waiting:
                self._rooms.pop(code, None)

    async def _look(self, code: str, watch: _Watch) -> tuple[int, int] | None:
        async with watch.looking:  # one of those who wait looks; the others see what it has seen
            if time.monotonic() - watch.when >= LOOKS * 0.9:
                watch.at = await to_thread.run_sync(rooms().at, code)
                watch.when = time.monotonic()
        return watch.at

    def stir(self, code: str) -> None:
        """From a script's thread: nobody here waits for the next look."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake, code)

    def _wake(self, code: str) -> None:
        if (watch := self._rooms.get(code)) is not None:
            watch.when = 0.0
            watch.stirred.set()
            watch.stirred = asyncio.Event()


def told(at: tuple[int, int] | None, teaches: bool) -> str:
    """What has changed, as a browser holds it: a follower is not woken by what other followers do."""
    if at is None:
        return OVER
    return f"{at[0]}.{at[1]}" if teaches else str(at[0])
