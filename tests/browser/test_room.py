"""A class room in browsers of their own: a teacher, a phone, one who comes late, and a server that starts again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.i18n import Translator
from tests.browser.conftest import ROOT, _wait_for, addressed, patient, settle

T = Translator("en")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


class Server:
    """The app on one port; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base, self.folder = f"http://127.0.0.1:{self.port}", folder
        self.environment = dict(os.environ, EXPLORER_STORE=str(folder / "rooms.sqlite"))

    def start(self) -> None:
        command = [sys.executable, "-m", "explorer.ui.shell.serve", f"--server.port={self.port}"]
        with (self.folder / "log").open("a") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=self.environment)
        _wait_for(f"{self.base}/_stcore/health", self.process)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="module")
def class_server(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("room"))
    server.start()
    yield server
    server.process.terminate()
    server.process.wait(20)
    said = [line for line in (server.folder / "log").read_text().splitlines() if line.strip()]
    assert not [line for line in said if "browser" not in line and "URL" not in line], said


@pytest.fixture
def person(chromium: Browser, class_server) -> Iterator[Callable[..., Page]]:
    """Somebody with a browser of their own at an address."""
    contexts, complaints = [], []

    def comes(path: str, **kind) -> Page:
        context = chromium.new_context(**{"viewport": {"width": 1440, "height": 900}, "locale": "en-US"} | kind)
        contexts.append(context)
        page = context.new_page()
        patient(page)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.goto(class_server.base + path)
        page.wait_for_selector(".bx-head", timeout=60_000)
        settle(page)
        return page

    yield comes
    for context in contexts:
        context.close()
    assert not complaints


def opens(person) -> tuple[Page, str]:
    """A teacher with a room, and its code."""
    teacher = person("/room")
    teacher.get_by_role("button", name=T("room.open")).click()
    expect(teacher.locator(".bx-door")).to_be_visible()
    settle(teacher)
    return teacher, teacher.locator(".bx-door strong").inner_text()


def joins(person, code: str, name: str = "", query: str = "", **kind) -> Page:
    """A student who comes by the link."""
    page = person(f"/room?room={code}{query}", **kind)
    page.get_by_label(T("room.name")).fill(name)
    page.get_by_role("button", name=T("room.join_now"), exact=True).click()
    expect(page.locator(".st-key-room .bx-room")).to_contain_text(code)
    return page


def begins(teacher: Page) -> None:
    """The lesson, at its second stop, which asks."""
    teacher.locator(".stMain").get_by_role("link", name="√d in ten minutes").click()
    addressed(teacher, {"stop": "1"})
    settle(teacher)
    teacher.keyboard.press("PageDown")
    addressed(teacher, {"stop": "2"})
    settle(teacher)


@pytest.mark.timeout(420)
def test_a_class_votes_and_sees_its_answers(person, class_server):
    teacher, code = opens(person)
    text = "Two old friends met at the river because they were tired."
    phone = joins(person, code, "Ada <b>", f"&text={text.replace(' ', '+')}", **PHONE)
    laptop = joins(person, code)
    expect(teacher.locator(".bx-room")).to_have_text(T("room.teaching", code=code, joined=2))
    begins(teacher)
    for student in (phone, laptop):
        addressed(student, {"lesson": "sqrt-d", "stop": "2"})
        settle(student)
        expect(student.locator(".bx-cover")).to_be_visible()
        assert student.locator(".bx-votes").count() == 0, "the votes are the teacher's to show"
    assert "river" in phone.url and "river" not in laptop.url
    wide = phone.evaluate("() => document.querySelector('.stMain').scrollWidth - innerWidth")
    assert wide <= 0
    phone.get_by_text("It doubles").click()
    settle(phone)
    phone.locator(".cb .next").click()
    expect(phone.locator(".bx-note")).to_have_text(T("room.has_voted"))
    laptop.get_by_text("It grows fourfold").click()
    settle(laptop)
    laptop.get_by_role("button", name=T("room.vote"), exact=True).last.click()
    expect(laptop.locator(".bx-note")).to_have_text(T("room.has_voted"))
    expect(teacher.locator(".bx-votes p")).to_have_text(T("room.voted", votes=2, joined=2))
    expect(teacher.locator(".bx-votes em")).to_have_text(["0", "1", "1", "0"])
    assert phone.locator(".bx-verdict").count() == laptop.locator(".bx-verdict").count() == 0
    # The server dies in the middle of the lesson: everybody is where they were, and both votes are there.
    class_server.kill()
    class_server.start()
    expect(teacher.locator(".bx-votes em")).to_have_text(["0", "1", "1", "0"], timeout=60_000)
    for student in (phone, laptop):
        expect(student.locator(".bx-note")).to_have_text(T("room.has_voted"), timeout=60_000)
        addressed(student, {"lesson": "sqrt-d", "stop": "2"})
    assert "river" in phone.url
    settle(teacher)
    teacher.keyboard.press("PageDown")
    expect(phone.locator(".bx-verdict.right")).to_contain_text("It doubles")
    expect(laptop.locator(".bx-verdict.wrong")).to_contain_text("It grows fourfold")
    expect(teacher.locator(".bx-votes p")).to_contain_text(T("room.right", right=1, judged=2))
    late = joins(person, code, "Late")
    addressed(late, {"lesson": "sqrt-d", "stop": "2"})
    expect(late.locator(".bx-verdict.open")).to_be_visible()


@pytest.mark.timeout(300)
def test_one_explores_asks_and_comes_back_and_the_room_ends(person):
    teacher, code = opens(person)
    student = joins(person, code, '"><img src=x onerror=alert(1)>')
    begins(teacher)
    addressed(student, {"stop": "2"})
    settle(student)
    student.locator(".st-key-room-ask button").first.click()
    student.get_by_label(T("room.ask_what")).fill("Why <script>alert(2)</script> the root?")
    student.get_by_role("button", name=T("room.ask_send")).click()
    expect(student.get_by_text(T("room.asked"))).to_be_visible()
    student.keyboard.press("Escape")
    student.get_by_role("button", name=T("room.explore")).click()
    expect(student.locator(".bx-room")).to_have_text(T("room.exploring", code=code))
    teacher.locator(".st-key-room-raised button").first.click()
    expect(teacher.locator(".bx-raised")).to_contain_text("<script>alert(2)</script>")
    teacher.get_by_role("button", name=T("room.done")).click()
    expect(teacher.locator(".st-key-room-raised")).to_have_count(0)
    teacher.keyboard.press("Escape")
    teacher.goto(teacher.url.split("?")[0].rsplit("/", 1)[0] + f"/heads?room={code}&layer=2&head=3")
    teacher.wait_for_selector(".bx-head")
    settle(teacher)
    student.wait_for_timeout(2000)
    assert "saturation" in student.url, "who explores is left alone"
    student.get_by_role("button", name=T("room.back")).click()
    addressed(student, {"layer": "2", "head": "3"})
    student.wait_for_url(lambda url: "/heads?" in url)
    settle(student)
    student.wait_for_timeout(
        3_500
    )  # of one who leaves in the first three seconds the room thinks that it was the browser
    student.locator(".st-key-next a").click()
    expect(student.locator(".bx-room")).to_have_text(T("room.exploring", code=code))
    teacher.goto(teacher.url.split("?")[0].rsplit("/", 1)[0] + f"/room?room={code}")
    teacher.get_by_role("button", name=T("room.end")).click()
    teacher.get_by_role("button", name=T("room.end_now")).click()
    expect(teacher.get_by_role("heading", name=T("room.summary"))).to_be_visible()
    expect(teacher.locator(".stMain")).to_contain_text("the root?")
    expect(student.locator(".st-key-room")).to_contain_text(T("room.over"))


def test_a_stranger_with_the_code_alone_does_not_lead(person):
    teacher, code = opens(person)
    stranger = person(f"/heads?room={code}&layer=1")
    expect(stranger.locator(".st-key-room")).to_contain_text(T("room.come_in", code=code))
    teacher.wait_for_timeout(1500)
    assert "/room" in teacher.url and stranger.locator(".bx-room").count() == 0
