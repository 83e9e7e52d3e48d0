"""Two processes behind docs/deploy/nginx.conf and Redis: one dies in the middle of a vote, and no vote is lost."""

import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.class_room.redis_store import RedisStore
from tests.browser.conftest import ROOT, Server, patient
from tests.browser.test_room import T, begins, come_to, joins, opens, reveals, votes

NEEDED = ("nginx", "redis-server", "openssl")
pytestmark = [
    pytest.mark.skipif(
        not all(shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") for name in NEEDED),
        reason="nginx, redis-server or openssl is not installed",
    ),
    pytest.mark.timeout(300),
]


def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def runs(command: list[str], at: int) -> Iterator[None]:
    """A program that answers on a port."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", at)) == 0:
                    break
            time.sleep(0.1)
        assert process.poll() is None
        yield
    finally:
        process.terminate()
        process.wait(20)


def proxy(folder: Path, https: int, servers: list[Server]) -> list[str]:
    """The command of nginx with the file as it is in the documents, but for ports, names of files and the user."""
    found = (ROOT / "docs/deploy/nginx.conf").read_text()
    for number, server in zip((8501, 8502), servers, strict=True):
        assert f"127.0.0.1:{number}" in found
        found = found.replace(f"127.0.0.1:{number}", f"127.0.0.1:{server.port}")
    found = found.replace("listen 443", f"listen 127.0.0.1:{https}").replace("listen 80", f"listen 127.0.0.1:{port()}")
    found = re.sub(r"/etc/ssl/[\w.]+\.(pem|key)", rf"{folder}/own.\1", found)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; {temporary}\n{found}\n}}"
    )
    subject = ["-subj", "/CN=class.school.example", "-days", "2"]
    key = ["-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/own.key", "-out", f"{folder}/own.pem"]
    subprocess.run(["openssl", "req", "-x509", *key, *subject], check=True, capture_output=True)
    return [shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "", "-c", f"{folder}/nginx.conf"]


@pytest.fixture
def two(tmp_path) -> Iterator[tuple[str, list[Server], str]]:
    """The address of nginx, the two servers behind it, and that of Redis."""
    store = port()
    address = f"redis://127.0.0.1:{store}/0"
    servers = []
    with ExitStack() as stack:
        command = ["redis-server", "--port", str(store), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        stack.enter_context(runs(command, store))
        for number in (1, 2):
            folder = tmp_path / str(number)
            folder.mkdir()
            servers.append(Server(folder))
            servers[-1].environment |= {"EXPLORER_STORE": address, "EXPLORER_HOSTS": "class.school.example"}
            servers[-1].launch()
            stack.callback(servers[-1].kill)
        for server in servers:
            server.wait()
        https = port()
        stack.enter_context(runs(proxy(tmp_path, https, servers), https))
        yield f"https://127.0.0.1:{https}", servers, address


def sockets(server: Server) -> int:
    """Connections that a process serves now."""
    found = psutil.Process(server.process.pid).net_connections("tcp")
    return sum(one.status == "ESTABLISHED" and one.laddr.port == server.port for one in found)


def test_no_vote_is_lost_and_none_counts_twice(chromium: Browser, two):
    base, servers, address = two
    contexts = []

    def comes(path: str, **kind) -> Page:
        contexts.append(chromium.new_context(ignore_https_errors=True, locale="en-US", **kind))
        page = contexts[-1].new_page()
        patient(page)
        page.goto(base + path)
        page.wait_for_selector(".bx-head", timeout=60_000)
        return page

    teacher, code = opens(comes)
    class_ = [joins(comes, code, str(number)) for number in range(3)]
    begins(teacher)
    come_to(class_, 2)
    votes(class_[0], "It doubles")
    votes(class_[1], "It grows fourfold")
    # The one with more visitors dies just when one of them votes and another changes a vote.
    dies = max(servers, key=sockets)
    assert sockets(dies) >= 2
    for student, option in ((class_[1], "It doubles"), (class_[2], "It stays the same")):
        student.get_by_text(option).click()
        student.wait_for_timeout(500)
    word = [T("room.vote_again"), T("room.vote")]
    for student, said in zip(class_[1:], word, strict=True):
        student.evaluate(
            "said => [...document.querySelectorAll('.stMain button')].findLast(b => b.textContent === said).click()",
            said,
        )
    dies.kill()
    for page in [teacher, *class_]:
        expect(page.locator("#bx-line")).to_have_count(0)
    come_to(class_, 2)
    for student in class_:  # who is not told that the vote counts votes once more
        if student.locator(".bx-note").count() == 0:
            votes(student, "It stays the same" if student is class_[2] else "It doubles")
    for student in class_:
        expect(student.locator(".bx-note")).to_have_text(T("room.has_voted"))
    expect(teacher.locator(".bx-votes p")).to_have_text(T("room.voted", votes=3, joined=3))
    kept = RedisStore(address).votes(code)
    assert len(kept) == len({(vote.question, vote.follower) for vote in kept}) == 3
    reveals(teacher)
    expect(class_[0].locator(".bx-verdict.right")).to_contain_text("It doubles")
    for context in contexts:
        context.close()
