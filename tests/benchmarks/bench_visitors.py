"""A server and many visitors, over its own websocket: waits, memory, and what a heavy neighbour costs; prints rows.

Visitors are bounded in number and time, have texts of their own, and think between their clicks. A wait lasts from the
click until the script has finished. `python -m tests.benchmarks.bench_visitors SECONDS` sets how long each scene lasts.
"""

import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from explorer.class_room.rooms import Rooms
from explorer.class_room.store import store
from tests.benchmarks.timing import row
from tests.browser.conftest import running

PAGES = ("", "tokens", "sum", "neighbours", "positions", "atlas", "heads", "steps", "scaling", "saturation", "masked",
         "who_sees_whom")  # fmt: skip
WORDS = [
    "the",
    "old",
    "river",
    "rose",
    "slowly",
    "while",
    "two",
    "quiet",
    "children",
    "counted",
    "every",
    "bright",
    "boat",
    "that",
    "passed",
    "under",
    "a",
    "bridge",
]
SECONDS, THINKS = 60.0, 4.0


@dataclass
class Visitor:
    """One browser: a session, a text, and how long its clicks took."""

    address: str
    text: str
    chance: random.Random
    waits: list[float] = field(default_factory=list)

    async def click(self, socket, page: str, **state: str) -> float:
        """Open a page with a state; seconds until its script has finished."""
        message = BackMsg()
        message.rerun_script.page_name = page
        message.rerun_script.query_string = urlencode({"lang": "en", "text": self.text, **state})
        begin = time.perf_counter()
        await socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg()
            answer.ParseFromString(await socket.recv())
            # A script that forwards to another page ends early and is followed by the next one.
            if answer.WhichOneof("type") == "script_finished" and answer.script_finished in (0, 3):
                self.waits.append(time.perf_counter() - begin)
                return self.waits[-1]

    def session(self):
        """The socket of a new session."""
        return connect(f"{self.address}/_stcore/stream", subprotocols=["streamlit"], max_size=None)

    async def walks(self, until: float, pages: Sequence[str], thinks: float, **state: str) -> None:
        """Click from page to page until the time is over."""
        async with self.session() as socket:
            while time.perf_counter() < until:
                await self.click(socket, self.chance.choice(pages), **state)
                await asyncio.sleep(self.chance.uniform(0.5, 1.5) * thinks)


def visitors(address: str, count: int, n_words: int, seed: int = 0) -> list[Visitor]:
    """So many visitors, each with a text of about so many words."""
    found = []
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        text = " ".join(chance.choice(WORDS) for _ in range(n_words + chance.randrange(-3, 4)))
        found.append(Visitor(address, text, chance))
    return found


def said(waits: Sequence[float]) -> str:
    """Median and 95th percentile."""
    ordered = sorted(waits)
    return f"median {1e3 * statistics.median(ordered):.0f} ms, p95 {ordered[int(0.95 * (len(ordered) - 1))]:.2f} s"


def memory(process: psutil.Process) -> float:
    """MB that the server's process holds."""
    return process.memory_info().rss / 1e6


async def many(address: str, process: psutil.Process, count: int, seconds: float) -> None:
    """Visitors with short texts, from page to page."""
    before = memory(process)
    class_ = visitors(address, count, 16, seed=count)
    until = time.perf_counter() + seconds
    await asyncio.gather(*(one.walks(until, PAGES, THINKS) for one in class_))
    waits = [wait for one in class_ for wait in one.waits]
    added = max(0.0, memory(process) - before) / count
    measure = f"{count} visitors, each with a text of its own, thinking {THINKS:.0f} s, {len(PAGES)} kinds of pages"
    result = f"{said(waits)} ({len(waits)} clicks), {added:.1f} MB a visitor"
    row(measure, result, "p95 ≤ 1 s, ≤ 10 MB" if count == 30 else "")


async def burst(address: str, count: int) -> None:
    """All open the same link in the same second."""
    class_ = visitors(address, count, 16)
    for one in class_:
        one.text = class_[0].text + " together"

    async def opens(one: Visitor) -> None:
        async with one.session() as socket:
            await one.click(socket, "heads", layer="2", head="1")

    await asyncio.gather(*map(opens, class_))
    row(f"{count} who open the same link in the same second", said([w for v in class_ for w in v.waits]), "p95 ≤ 1.5 s")


@dataclass
class Follower(Visitor):
    """One in a class room: waits for news as the page's script does, and then asks for the page."""

    code: str = ""
    held: str = ""
    heard: list[float] = field(default_factory=list)

    async def follows(self, until: float, web: httpx2.AsyncClient, page: str = "room") -> None:
        """Stay until the time is over; `heard` says when each new place had been drawn."""
        cookie = {"Cookie": f"bx_room_{self.code}={self.held}"}
        address, seen = f"{self.address.replace('ws', 'http', 1)}/_room", "0"
        async with connect(
            f"{self.address}/_stcore/stream", subprotocols=["streamlit"], max_size=None, additional_headers=cookie
        ) as socket:
            await self.click(socket, page, room=self.code)
            while time.perf_counter() < until:
                said = {"x-room-code": self.code, "x-room-held": self.held, "x-room-seen": seen}
                now = (await web.get(address, headers=said, timeout=60)).json()["at"]
                if now != seen:
                    seen = now
                    await self.click(socket, page, room=self.code)
                    self.heard.append(time.perf_counter())


async def class_room(address: str, process: psutil.Process, count: int, pushes: int) -> None:
    """A class with texts of their own: a minute in which nobody clicks, then the teacher goes on every ten seconds."""
    rooms = Rooms(store())
    room, key = rooms.open("teacher")
    held = [rooms.join(room.code, "", "class")[1] for _ in range(count)]
    class_ = [
        Follower(one.address, one.text, one.chance, code=room.code, held=token)
        for one, token in zip(visitors(address, count, 16, seed=count), held, strict=True)
    ]
    until = time.perf_counter() + count + 45 + 10 * pushes
    limits = httpx2.Limits(max_connections=2 * count)
    late, spent = [], list[float]()
    async with httpx2.AsyncClient(limits=limits, trust_env=False) as web:
        stay = asyncio.gather(*(one.follows(until, web) for one in class_))
        await asyncio.sleep(count / 2 + 10)
        before, since = process.cpu_times(), time.perf_counter()
        await asyncio.sleep(20)
        after, idle = process.cpu_times(), time.perf_counter() - since
        busy = (after.user + after.system - before.user - before.system) / idle
        row(f"a class room of {count} while nobody clicks", f"{busy:.1%} of a core", "≤ 10 %" if count == 60 else "")
        (teacher,) = visitors(address, 1, 16, seed=1)
        cookie = {"Cookie": f"bx_room_{room.code}={key}"}
        async with connect(
            f"{address}/_stcore/stream", subprotocols=["streamlit"], max_size=None, additional_headers=cookie
        ) as socket:
            for number in range(pushes):
                pushed, before = time.perf_counter(), process.cpu_times()
                # One push a change: which word, layer and head is said, so that the page has nothing to add.
                state = {"layer": str(number % 3), "head": "1", "token": "2"}
                await teacher.click(socket, ("heads", "atlas", "tokens")[number % 3], room=room.code, **state)
                await asyncio.sleep(10)
                late += [at - pushed for one in class_ for at in one.heard if at > pushed]
                after = process.cpu_times()
                spent.append((after.user + after.system - before.user - before.system) / count)
                for one in class_:
                    one.heard.clear()
        stay.cancel()
        await asyncio.gather(stay, return_exceptions=True)
    rooms.close(room.code, key)
    measure = f"{count} follow in a class room, from the teacher's click to the picture"
    row(
        measure,
        f"{said(late)} ({len(late)} pictures, {1e3 * statistics.median(spent):.0f} ms of a core each)",
        "p95 ≤ 1.5 s" if count == 30 else "",
    )


async def heavy(address: str, process: psutil.Process, count: int, seconds: float) -> None:
    """Visitors with 512 tokens on Gradients, and one with 16 who clicks meanwhile."""
    class_ = visitors(address, count, 600, seed=7)
    (other,) = visitors(address, 1, 12, seed=8)
    highest, until = [memory(process)], time.perf_counter() + seconds

    async def watch() -> None:
        while time.perf_counter() < until:
            highest.append(memory(process))
            await asyncio.sleep(0.2)

    async def clicks() -> None:
        async with other.session() as socket:
            while time.perf_counter() < until:
                other.text += " and"
                await other.click(socket, other.chance.choice(("heads", "tokens", "steps")))
                await asyncio.sleep(0.5)

    # The same page with another seed each time, so that no answer is kept already.
    async def pulls(one: Visitor) -> None:
        async with one.session() as socket:
            while time.perf_counter() < until:
                one.text += f" {one.chance.choice(WORDS)}"
                one.text = one.text[-3_000:]
                await one.click(socket, "gradients")

    await asyncio.gather(watch(), clicks(), *map(pulls, class_))
    await asyncio.sleep(5)
    waits = [wait for one in class_ for wait in one.waits]
    held = f"memory {highest[0]:.0f} → {max(highest):.0f} MB, {memory(process):.0f} MB 5 s later"
    row(f"{count} visitors with 512 tokens on Gradients", f"{said(waits)}, {held}", "≤ 2 GB")
    row("a click on 16 tokens meanwhile", said(other.waits), "p95 ≤ 0.5 s")


def main(seconds: float) -> None:
    """Every scene on one server, the burst first: it meets a server that has just started."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EXPLORER_STORE"] = f"{folder}/rooms.sqlite"
        _scenes(Path(folder) / "log", seconds)


def _scenes(log: Path, seconds: float) -> None:
    with running(log, dict(os.environ)) as base:
        address = base.replace("http", "ws")
        here = psutil.Process()
        (process,) = [child for child in here.children() if "explorer.ui.shell.serve" in " ".join(child.cmdline())]
        asyncio.run(burst(address, 30))
        for count in (1, 10, 30, 60):
            asyncio.run(many(address, process, count, seconds))
        for count in (30, 60):
            asyncio.run(class_room(address, process, count, 5))
        asyncio.run(heavy(address, process, 12, seconds))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
