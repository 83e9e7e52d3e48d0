"""A running app and a real browser. Skipped where no Chromium or Chrome is installed."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FloatRect,
    Locator,
    Page,
    Request,
    expect,
    sync_playwright,
)

ROOT = Path(__file__).resolve().parents[2]
# The first is Chromium without its windows and menus: a third less of the processor for each page.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--renderer-process-limit=1",  # see `profile`
)
SCHOOL = "https://school.example"  # named in the secrets of `server`
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'
RUNNING = '[data-testid="stApp"][data-test-script-state="running"]'

expect.set_options(timeout=20_000)  # a shared machine may be slow; what is right passes at once


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in Path(item.path).parts:
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(180))
            if BROWSER is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium or Chrome found"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the app, started by `streamlit run` from a folder with secrets."""
    folder = tmp_path_factory.mktemp("server")
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit/secrets.toml").write_text(f'EXPLORER_EMBED = "{SCHOOL}"\n')
    command = [Path(sys.executable).with_name("streamlit"), "run", ROOT / "streamlit_app.py"]
    with served(command, folder / "log", dict(os.environ), folder) as base:
        yield base


@contextmanager
def running(log: Path, environment: dict[str, str]) -> Iterator[str]:
    """The app as `make run` starts it, in a process of its own; its log must stay empty but for the greeting."""
    with served([sys.executable, "-m", "explorer.ui.shell.serve"], log, environment, ROOT) as base:
        yield base


@contextmanager
def served(command: list[str | Path], log: Path, environment: dict[str, str], folder: Path) -> Iterator[str]:
    """The address of what this command serves on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*command, f"--server.port={port}"]
    with log.open("w") as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=subprocess.STDOUT, env=environment)
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{base}/_stcore/health", process)
        yield base
        said = [line for line in log.read_text().splitlines() if line.strip()]
        assert len(said) == 2 and base in said[1], said  # the greeting and the address, nothing else
    finally:
        process.terminate()
        process.wait(20)


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "the server stopped"
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(address)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def profile(chromium: Browser, server: str) -> Iterator[BrowserContext]:
    """The browser's data for all tests; a page that stays open keeps alive the one process that draws all others.

    In a process of its own each page would compile Streamlit's JavaScript again: 0.8 of its 2.2 seconds.
    """
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en-US", reduced_motion="reduce")
    context.new_page().goto(f"{server}/_stcore/health")
    context.on("page", patient)
    yield context
    context.close()


@pytest.fixture
def browser_page(profile: BrowserContext, server: str) -> Iterator[Page]:
    """A fresh page, 1440 x 900, English. At the end: no console message, no error, no request to another host."""
    page = profile.new_page()
    complaints: list[str] = []

    def on_console(message: ConsoleMessage) -> None:
        # On a deep link Streamlit's own script first looks for its server below the page's path: two 404s of its own.
        own = "/_stcore/" in message.location.get("url", "")
        if message.type in ("error", "warning") and not own:
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        if not request.url.startswith((server, "data:", "blob:", server.replace("http", "ws"))):
            complaints.append(f"request to {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", on_request)
    yield page
    first, *others = profile.pages
    for other in others:
        other.close()
    forget = profile.new_cdp_session(first)
    forget.send("Storage.clearDataForOrigin", {"origin": server, "storageTypes": "all"})
    forget.detach()
    assert not complaints, complaints


class Server:
    """The app on one port; it can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.base, self.folder = f"http://127.0.0.1:{self.port}", folder
        self.environment = dict(os.environ, EXPLORER_STORE=str(folder / "rooms.sqlite"))

    def start(self) -> None:
        self.launch()
        self.wait()

    def launch(self) -> None:
        command = [sys.executable, "-m", "explorer.ui.shell.serve", f"--server.port={self.port}"]
        with (self.folder / "log").open("a") as out:
            self.process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out, env=self.environment)

    def wait(self) -> None:
        _wait_for(f"{self.base}/_stcore/health", self.process)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture(scope="session")
def class_server(tmp_path_factory) -> Iterator[Server]:
    """A server of its own for tests that kill it."""
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
    if class_server.process.poll() is not None:  # a test has failed between its end and its new start
        class_server.start()

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


def patient(page: Page) -> None:
    """Let every click and every expectation on this page wait while a script runs.

    Until a run ends, Streamlit leaves what the last one drew beside what this one has drawn: the same link twice.
    """
    page.add_locator_handler(page.locator(RUNNING), lambda: None)  # Playwright itself then waits until it is gone


@pytest.fixture
def visit(browser_page: Page, server: str) -> Callable[[str], Page]:
    """Open an address of the app and wait until it is drawn: `visit("/heads?layer=2")`."""

    def open_address(path: str) -> Page:
        browser_page.goto(server + path)
        browser_page.wait_for_selector(".bx-head", timeout=60_000)
        settle(browser_page)
        return browser_page

    return open_address


def settle(page: Page) -> None:
    """Wait until the script has run: twice, because a click takes a moment to reach the server."""
    page.wait_for_timeout(250)
    page.wait_for_selector(IDLE, timeout=60_000)
    page.wait_for_timeout(100)
    page.wait_for_selector(IDLE, timeout=60_000)


def params(page: Page) -> dict[str, str]:
    """What the address says now, the last of each name."""
    return {name: said[-1] for name, said in parse_qs(urlparse(page.url).query, keep_blank_values=True).items()}


def addressed(page: Page, wanted: Mapping[str, str | None]) -> None:
    """Wait until the address says this of these names; None: it does not have the name."""
    page.wait_for_url(lambda _: all(params(page).get(name) == value for name, value in wanted.items()))


def still(locator: Locator) -> FloatRect:
    """Where it lies, once it no longer moves: what loads above it on a busy machine pushes it down."""
    box = None
    while (now := locator.bounding_box()) != box or now is None:
        box = now
        locator.page.wait_for_timeout(300)
    return now
