"""A soak: thirty visitors, two of them hostile; what the others wait, what memory stays, what the log says.

Then the same thirty as a class that votes and loads its pages again, and a server that is killed halfway and starts
again. `python -m tests.benchmarks.bench_strangers SECONDS` sets how long each lasts; ten minutes show what a lesson
would. A second word, `soak` or `class`, chooses one of them.
"""

import asyncio
import os
import re
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from contextlib import suppress
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from explorer.class_room.rooms import Rooms
from explorer.class_room.store import store
from tests.benchmarks.bench_room import opened
from tests.benchmarks.bench_visitors import PAGES, THINKS, Visitor, memory, said, visitors
from tests.benchmarks.timing import row
from tests.browser.conftest import Server, served
from tests.checkpoints import checkpoint, rewrite_tokenizer

VISITORS, HOSTILE = 28, 2
PAUSE = 0.5  # seconds between two acts of a hostile visitor


class Hostile:
    """A visitor who does, one after the other, what SECURITY.md says must cost nobody anything."""

    def __init__(self, visitor: Visitor, folder: Path) -> None:
        self.visitor, self.folder, self.done = visitor, folder, Counter()
        self._http = visitor.address.replace("ws", "http", 1)

    async def lasts(self, until: float) -> None:
        """All acts in turn until the time is over; a closed socket or a refusal is what they are for."""
        acts = (self.clears, self.writes_much, self.forges, self.babbles, self.uploads, self.comes_from_elsewhere,
                self.drops, self.works_hard, self.opens_a_model, self.reloads)  # fmt: skip
        while time.perf_counter() < until:
            for act in acts:
                with suppress(WebSocketException, OSError, TimeoutError):
                    await asyncio.wait_for(act(), 60)
                self.done[act.__name__] += 1
                await asyncio.sleep(PAUSE)

    async def clears(self) -> None:
        """The message of two bytes that would end everybody's work."""
        async with self.visitor.session() as socket:
            for _ in range(20):
                await socket.send(BackMsg(clear_cache=True).SerializeToString())
            await self.visitor.click(socket, "heads")

    async def writes_much(self) -> None:
        """Texts of 7 MB, one after the other, in the widget of the text."""
        async with self.visitor.session() as socket:
            for _ in range(3):
                message = BackMsg()
                state = message.rerun_script.widget_states.widgets.add()
                state.id, state.string_value = "$$ID-x-text", "a" * 7_000_000
                await socket.send(message.SerializeToString())
            await self.visitor.click(socket, "tokens")

    async def forges(self) -> None:
        """States of widgets that are none, of every kind, 200 times."""
        async with self.visitor.session() as socket:
            for number in range(200):
                message = BackMsg()
                message.rerun_script.page_name = PAGES[number % len(PAGES)]
                message.rerun_script.query_string = "layer=-1&head=99999999999999999999&token=%00&lang=xx&model=../.."
                state = message.rerun_script.widget_states.widgets.add()
                state.id, state.int_value = f"$$ID-{number}-layer", 2**40
                state = message.rerun_script.widget_states.widgets.add()
                state.id, state.json_value = f"$$ID-{number}-head", "[" * 1000
                await socket.send(message.SerializeToString())
            await self.visitor.click(socket, "atlas")

    async def babbles(self) -> None:
        """Bytes that are no message, and a message of 30 MB."""
        async with self.visitor.session() as socket:
            await socket.send(self.visitor.chance.randbytes(1000))
        async with self.visitor.session() as socket:
            await socket.send(b"\x5a" + bytes(30_000_000))
            await socket.recv()

    async def uploads(self) -> None:
        """Ten files of 20 MB, on a page without an uploader, to the addresses that the server gives out."""
        async with self.visitor.session() as socket:
            session = ""
            message = BackMsg()
            message.rerun_script.page_name = "tokens"
            await socket.send(message.SerializeToString())
            while not session:
                answer = ForwardMsg.FromString(await socket.recv())
                session = answer.new_session.initialize.session_id
            for number in range(10):
                await asyncio.to_thread(self._put, f"/_stcore/upload_file/{session}/{number}", bytes(20_000_000))

    async def comes_from_elsewhere(self) -> None:
        """Another web page, another name: refused before anything is looked up."""
        for _ in range(5):
            with suppress(WebSocketException):
                await connect(f"{self.visitor.address}/_stcore/stream", origin="http://elsewhere.example")
            await asyncio.to_thread(self._get, "/_stcore/health", {"Host": "elsewhere.example"})

    async def drops(self) -> None:
        """Forty sockets, each left in the middle of a heavy page."""
        sockets = [await self.visitor.session() for _ in range(40)]
        for socket in sockets:
            message = BackMsg()
            message.rerun_script.page_name = "gradients"
            message.rerun_script.query_string = f"text={'word ' * 300}{self.visitor.chance.random()}"
            await socket.send(message.SerializeToString())
        for socket in sockets:
            socket.transport.abort()

    async def works_hard(self) -> None:
        """512 tokens through both directions, a new text each time."""
        async with self.visitor.session() as socket:
            text = " ".join(self.visitor.chance.choice(self.visitor.text.split()) for _ in range(600))
            await self.visitor.click(socket, "gradients", text=text)

    async def opens_a_model(self) -> None:
        """A tokenizer within every bound that takes long for a letter repeated; another one each time."""
        pieces = [["a" * n, -self.visitor.chance.random()] for n in range(2, 256)]
        model = {"type": "Unigram", "unk_id": 0, "vocab": [["<unk>", 0.0], ["a", -1.0], *pieces]}
        longer = {"type": "Replace", "pattern": {"String": "a"}, "content": "a" * 60}
        rewrite_tokenizer(self.folder, model=model, normalizer=longer, added_tokens=[], post_processor=None)
        async with self.visitor.session() as socket:
            await self.visitor.click(socket, "heads", model=f"folder:{self.folder.name}")

    async def reloads(self) -> None:
        """Twenty sessions, each with one click."""
        for _ in range(20):
            async with self.visitor.session() as socket:
                await self.visitor.click(socket, self.visitor.chance.choice(PAGES))

    def _put(self, path: str, body: bytes) -> None:
        request = urllib.request.Request(self._http + path, body, {"Content-Type": "text/plain"}, method="PUT")
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(request, timeout=20).close()

    def _get(self, path: str, headers: dict[str, str]) -> None:
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(urllib.request.Request(self._http + path, headers=headers), timeout=20).close()


async def soak(address: str, process: psutil.Process, seconds: float, models: Path) -> None:
    """Everybody at once; memory before and after is that of a server that everybody has just left."""
    others = visitors(address, VISITORS, 16, seed=1)
    hostile = [Hostile(one, models / f"slow{at}") for at, one in enumerate(visitors(address, HOSTILE, 16, seed=2))]
    await asyncio.gather(*(one.walks(time.perf_counter() + 20, PAGES, THINKS) for one in others))
    for one in others:
        one.waits.clear()
    before, highest = memory(process), [0.0]
    until = time.perf_counter() + seconds

    async def watch() -> None:
        while time.perf_counter() < until:
            highest.append(memory(process))
            await asyncio.sleep(0.5)

    await asyncio.gather(
        watch(),
        *(one.walks(until, PAGES, THINKS) for one in others),
        *(one.lasts(until) for one in hostile),
    )
    await asyncio.sleep(75)  # Streamlit keeps a session that was left for a minute
    waits = [wait for one in others for wait in one.waits]
    acts = sum((one.done for one in hostile), Counter())
    row(f"{VISITORS} visitors beside {HOSTILE} hostile ones, {seconds:.0f} s", said(waits), "p95 ≤ 1 s")
    row("memory before, at most, 75 s after", f"{before:.0f}, {max(highest):.0f}, {memory(process):.0f} MB", "≤ +20 %")
    row("what the hostile did", ", ".join(f"{name} {count}" for name, count in acts.items()))


def alone(seconds: float) -> None:
    """The soak, and the log that it leaves."""
    command = [sys.executable, "-m", "explorer.ui.shell.serve"]
    with tempfile.TemporaryDirectory() as folder:
        log, models = Path(folder) / "log", Path(folder) / "models"
        environment = {**os.environ, "EXPLORER_MODELS": str(slow_models(models))}
        # What the server writes about messages that are none makes `served` fail at the end: it is counted instead.
        with suppress(AssertionError), served(command, log, environment, Path(__file__).parents[2]) as base:
            here = psutil.Process()
            (process,) = [child for child in here.children() if "explorer.ui.shell.serve" in " ".join(child.cmdline())]
            asyncio.run(soak(base.replace("http", "ws"), process, seconds, models))
        read(log)


def slow_models(models: Path) -> Path:
    """The folder that each hostile visitor has a model in."""
    for number in range(HOSTILE):
        checkpoint(models / f"slow{number}")
    return models


async def lesson(server: Server, rooms: Rooms, seconds: float, models: Path) -> None:
    """A class beside the hostile ones; the server dies in the middle, and is there again when it has started."""
    address = server.base.replace("http", "ws")
    class_ = opened(address, rooms, VISITORS)
    hostile = [Hostile(one, models / f"slow{at}") for at, one in enumerate(visitors(address, HOSTILE, 16, seed=2))]
    until = time.perf_counter() + seconds

    async def dies() -> None:
        await asyncio.sleep(seconds / 2)
        server.kill()
        await asyncio.to_thread(server.start)
        class_.there = time.perf_counter()

    await asyncio.gather(dies(), class_.lasts(until), *(one.lasts(until) for one in hostile))
    row(f"{VISITORS} in a class beside {HOSTILE} hostile ones, {seconds:.0f} s, the server killed once", "")
    class_.report(rooms)


def killed(seconds: float) -> None:
    """The class whose server dies, and the log of both lives of it."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder))
        os.environ["EXPLORER_STORE"] = server.environment["EXPLORER_STORE"]
        models = slow_models(Path(folder) / "models")
        server.environment["EXPLORER_MODELS"] = str(models)
        server.start()
        try:
            asyncio.run(lesson(server, Rooms(store()), seconds, models))
        finally:
            server.kill()
        read(Path(folder) / "log")


def read(log: Path) -> None:
    """Which mistakes the log tells of, and how many of them were made in a file of ours."""
    written = log.read_text()
    kinds = Counter(re.findall(r"^(\w+(?:\.\w+)*(?:Error|Exception|Exit))\b", written, re.MULTILINE))
    row("the log", f"{len(written) / 1e3:.0f} kB; " + ", ".join(f"{name} {n}" for name, n in kinds.items()))
    ours = re.findall(r"page failed|^.*/(?:explorer|pages)/\w+.*\.py.*$", written, re.MULTILINE)
    row("lines of the log about a file of ours", str(len(ours)), "0")
    if target := os.environ.get("SOAK_LOG"):
        Path(target).write_text(written)


if __name__ == "__main__":
    length = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    for name, scene in (("soak", alone), ("class", killed)):
        if name in sys.argv[2:3] or not sys.argv[2:]:
            scene(length)
