"""A lesson in a class room, minutes long: thirty vote over the app's own websocket; memory, and votes that are lost.

`python -m tests.benchmarks.bench_room SECONDS` sets how long. `bench_strangers` has the same class beside hostile
visitors, with a server that dies.
"""

import asyncio
import os
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from explorer.class_room.rooms import Rooms
from explorer.class_room.store import store
from explorer.i18n import Translator
from tests.benchmarks.bench_visitors import Visitor, memory, said, visitors
from tests.benchmarks.timing import row
from tests.browser.conftest import Server

# Stops of a lesson that ask for a number, with their pages, and one that asks nothing.
LESSON = "sqrt-d"
STOPS = (("softmax", 3), ("scaling", 5), ("steps", 1), ("saturation", 7), ("scaling", 8))
STUDENTS, PUSHES = 30, 10.0  # seconds between two stops
RELOADS = 0.05  # chance that a student loads the page again after a stop
HAS_VOTED = Translator("en")("room.has_voted")
GONE = (OSError, WebSocketException, httpx2.HTTPError, ValueError)


@dataclass
class Student(Visitor):
    """One who follows on a text of their own and votes wherever they can.

    confirmed: the last vote that the page said it has, by question, and times: how often it said so; open: what was
    sent after it and not confirmed, since the line was lost or the teacher went on: these may be kept or not.
    back: when the page was there again, after each loss of the line.
    """

    code: str = ""
    held: str = ""
    confirmed: dict[str, str] = field(default_factory=dict)
    times: int = 0
    open: dict[str, set[str]] = field(default_factory=dict)
    back: list[float] = field(default_factory=list)
    place: dict[str, str] = field(default_factory=dict)

    async def runs(self, socket, widgets: Iterable[tuple[str, object]] = ()) -> list[Element]:
        """Run the page as a browser would ask for it; what it has drawn."""
        message = BackMsg()
        for name, value in (self.place or {"page_name": "room", "query_string": self.query}).items():
            setattr(message.rerun_script, name, value)
        for name, value in widgets:
            state = message.rerun_script.widget_states.widgets.add(id=name)
            setattr(state, "trigger_value" if value is True else "double_value", value)
        begin, drawn = time.perf_counter(), list[Element]()
        await socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "new_session":
                self.place["page_script_hash"] = answer.new_session.page_script_hash
            elif kind == "page_info_changed":
                self.place["query_string"] = answer.page_info_changed.query_string
            elif kind == "delta" and answer.delta.WhichOneof("type") == "new_element":
                drawn.append(answer.delta.new_element)
            elif kind == "script_finished" and answer.script_finished in (0, 3):
                self.waits.append(time.perf_counter() - begin)
                return drawn

    @property
    def query(self) -> str:
        """Of the link that brings this student to the class."""
        return urlencode({"lang": "en", "text": self.text, "room": self.code})

    async def votes(self, socket, drawn: list[Element]) -> None:
        """Vote, if what was drawn asks."""
        field = [one.number_input.id for one in drawn if one.WhichOneof("type") == "number_input"]
        button = [one.button.id for one in drawn if one.WhichOneof("type") == "button" and "-vote-" in one.button.id]
        if not field or not button:
            return
        found = re.search(rf"vote-({LESSON} \d+)", button[-1])
        assert found is not None
        value = float(self.chance.randrange(1000))
        self.open.setdefault(found[1], set()).add(str(value))
        drawn = await self.runs(socket, [(field[-1], value), (button[-1], True)])
        # The teacher may have gone on meanwhile, and what is said then is said of another question.
        here = any(
            one.button.id.endswith(f"-vote-{found[1]}-again") for one in drawn if one.WhichOneof("type") == "button"
        )
        if here and any(HAS_VOTED in one.html.body for one in drawn if one.WhichOneof("type") == "html"):
            self.confirmed[found[1]] = str(value)
            self.open.pop(found[1])
            self.times += 1

    async def stays(self, until: float, web: httpx2.AsyncClient) -> None:
        """Follow until the time is over; a line that is lost is taken up again in the same place."""
        lost = False
        while time.perf_counter() < until:
            try:
                async with connect(
                    f"{self.address}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
                    additional_headers={"Cookie": f"bx_room_{self.code}={self.held}"},
                ) as socket:  # fmt: skip
                    await self.votes(socket, await self.runs(socket))
                    if lost:
                        self.back.append(time.perf_counter())
                        lost = False
                    await self._follows(socket, until, web)
            except GONE:
                lost = True
                await asyncio.sleep(0.5)

    async def _follows(self, socket, until: float, web: httpx2.AsyncClient) -> None:
        address, seen = f"{self.address.replace('ws', 'http', 1)}/_room", "0"
        while time.perf_counter() < until:
            said = {"x-room-code": self.code, "x-room-held": self.held, "x-room-seen": seen}
            now = (await web.get(address, headers=said)).json()["at"]
            if now != seen:
                seen = now
                await asyncio.sleep(self.chance.uniform(0, 2))
                await self.votes(socket, await self.runs(socket))
                if self.chance.random() < RELOADS:
                    return


@dataclass
class Class:
    """A teacher and the students of a room. there: when a server that died had started again."""

    address: str
    students: list[Student]
    code: str
    key: str
    there: float = 0.0

    async def lasts(self, until: float) -> None:
        """A lesson, over and over, until the time is over."""
        limits = httpx2.Limits(max_connections=3 * len(self.students))
        async with httpx2.AsyncClient(limits=limits, trust_env=False, timeout=20) as web:
            stay = asyncio.gather(*(one.stays(until, web) for one in self.students))
            (teacher,) = visitors(self.address, 1, 16, seed=1)
            at = 0
            while time.perf_counter() < until:
                try:
                    async with connect(
                        f"{self.address}/_stcore/stream", subprotocols=["streamlit"], max_size=None,
                        additional_headers={"Cookie": f"bx_room_{self.code}={self.key}"},
                    ) as socket:  # fmt: skip
                        while time.perf_counter() < until:
                            page, stop = STOPS[at % len(STOPS)]
                            await teacher.click(socket, page, room=self.code, lesson=LESSON, stop=str(stop))
                            at += 1
                            await asyncio.sleep(PUSHES)
                except GONE:
                    await asyncio.sleep(0.5)
            await stay

    def report(self, rooms: Rooms) -> None:
        """What was confirmed, against what is there."""
        board = rooms.board(self.code, self.key)
        kept = {(vote.question, vote.follower): vote.value for vote in board.votes}
        times, lost = sum(one.times for one in self.students), list[str]()
        for number, one in enumerate(self.students, 1):
            for question, value in one.confirmed.items():
                if kept.get((question, number)) not in {value} | one.open.get(question, set()):
                    lost.append(f"{number} {question}: {value}, kept {kept.get((question, number))}")
        waits = [wait for one in self.students for wait in one.waits]
        twice = len(board.votes) - len(kept)
        row("a run of a student's page", f"{said(waits)} ({len(waits)} runs)")
        row(
            "votes and changed votes that the page has confirmed; lost, counted twice",
            f"{times}, {len(lost)}, {twice}",
            "0, 0",
        )
        for one in lost:
            print(one)
        if back := [at - self.there for one in self.students for at in one.back if at > self.there > 0]:
            row("the page of a student, after the server was there again", f"{said(back)} ({len(back)})", "≤ 5 s")


def opened(address: str, rooms: Rooms, count: int) -> Class:
    """A room with so many students, each with a text of their own."""
    room, key = rooms.open("bench")
    found = []
    for one in visitors(address, count, 16, seed=3):
        held = rooms.join(room.code, "", "class")[1]
        found.append(Student(one.address, one.text, random.Random(one.text), code=room.code, held=held))
    return Class(address, found, room.code, key)


async def flat(server: Server, rooms: Rooms, seconds: float) -> None:
    """Memory, minute by minute."""
    class_ = opened(server.base.replace("http", "ws"), rooms, STUDENTS)
    process, until = psutil.Process(server.process.pid), time.perf_counter() + seconds
    minutes: list[list[float]] = []

    async def watch() -> None:
        begin = time.perf_counter()
        while (now := time.perf_counter()) < until:
            at = int((now - begin) // 60)
            minutes.extend([] for _ in range(at + 1 - len(minutes)))
            minutes[at].append(memory(process))
            await asyncio.sleep(1)

    await asyncio.gather(watch(), class_.lasts(until))
    held = ", ".join(f"{statistics.median(one):.0f}" for one in minutes if one)
    row(
        f"{STUDENTS} in a class room, {seconds:.0f} s, a stop every {PUSHES:.0f} s: memory by minutes",
        f"{held} MB",
        "flat",
    )
    class_.report(rooms)


def main(seconds: float) -> None:
    """The class alone, on a server of its own."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        os.environ["EXPLORER_STORE"] = server.environment["EXPLORER_STORE"]
        server.start()
        try:
            asyncio.run(flat(server, Rooms(store()), seconds))
        finally:
            server.kill()
        greeting = ("You can now view", "URL: ")
        found = [line for line in (Path(folder) / "log").read_text().splitlines() if line.strip()]
        row("the log", f"{sum(not any(one in line for one in greeting) for line in found)} lines", "0")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 60.0)
