"""Our attention pages against BertViz in one browser: bytes sent, click to paint, memory of the browser.

Sizes at which BertViz takes minutes or dies are left out unless asked for:
`python -m tests.benchmarks.bench_attention --all`.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.benchmarks.timing import row

ROOT = Path(__file__).resolve().parents[2]
EVERYTHING = "--all" in sys.argv
SIZES, LAYERS = (16, 64, 128, 256, 512), (6, 12)
# Beyond these, BertViz's model view has more than 400,000 lines and its head view's HTML more than 110 MB.
MOST = {"head view": {6: 128, 12: 128}, "model view": {6: 64, 12: 16}}
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

# Clicks a button and waits until what is asked for is there and two frames have been painted; returns milliseconds.
CLICK = """async ([button, ready]) => {
  const deep = (root, css) => { const own = root.querySelector(css); if (own) return own;
    for (const e of root.querySelectorAll('*')) {
      const found = e.shadowRoot && deep(e.shadowRoot, css);
      if (found) return found;
    }
    return null; };
  const done = { ours: () => deep(document, '.at canvas')?.width > 300 && deep(document, '.mx canvas')?.width > 300,
    bertviz: () => document.querySelector('iframe')?.contentDocument?.querySelector('#vis line'),
    head: (last => () => deep(document, '.mx canvas').getAttribute('aria-label') !== last)(
      deep(document, '.mx canvas')?.getAttribute('aria-label')) }[ready];
  const frame = () => new Promise(requestAnimationFrame);
  const target = [...document.querySelectorAll('button')].find(b => b.textContent.trim() === button);
  const start = performance.now();
  target.click();
  while (!done()) await frame();
  await frame(); await frame();
  return performance.now() - start;
}"""


@contextmanager
def served() -> Iterator[str]:
    """Address of the benchmark's page."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = ROOT / "tests" / "benchmarks" / "attention_app.py"
    options = [f"--server.port={port}", "--server.maxMessageSize=400", "--server.headless=true"]
    command = [sys.executable, "-m", "streamlit", "run", str(app), *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def browser_mib() -> float:
    """Resident memory of all browser processes below this one, in MiB; pages that they share count for each."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(path.parent.name)] = int(fields[1])
    below, total = {os.getpid()}, 0
    for _ in range(8):
        below |= {pid for pid, parent in parents.items() if parent in below}
    for pid in below:
        try:
            command = Path(f"/proc/{pid}/cmdline").read_text()
            if "chrom" in command.split("\0")[0]:
                total += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            continue
    return total / 2**20


class Visit:
    """A fresh browser on the benchmark's page; counts the bytes that arrive."""

    def __init__(self, browser: Browser, base: str, kind: str, layers: int, tokens: int) -> None:
        self.received = 0
        self.page: Page = browser.new_page(viewport={"width": 1440, "height": 900})
        self.page.on("websocket", lambda ws: ws.on("framereceived", self.count))
        self.page.goto(f"{base}/?kind={kind}&layers={layers}&tokens={tokens}")
        self.page.get_by_role("button", name="another").wait_for(timeout=300_000)
        self.page.wait_for_timeout(500)

    def count(self, frame: str | bytes) -> None:
        self.received += len(frame)

    def click(self, button: str, ready: str) -> tuple[float, float]:
        """Milliseconds to paint and megabytes (10⁶ bytes) received."""
        self.received = 0
        took = self.page.evaluate(CLICK, [button, ready])
        self.page.wait_for_timeout(200)
        return float(took), self.received / 1e6


def measured(base: str, kind: str, layers: int, tokens: int) -> tuple[float, float, float]:
    """Click to paint in ms, MB sent and browser memory in MiB; a fresh browser for each, so that memory is its own.

    Streamlit's own scripts are loaded before, so that what is timed is the picture.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(ARGUMENTS))
        browser.new_page().goto(base)
        # Ours is quick enough to be opened three times; what is said is the median, so not the server's very first.
        visits = []
        for again in range(3 if kind == "ours" else 1):
            if again:
                visit.page.close()
            visit = Visit(browser, base, kind, layers, tokens)
            visit.page.set_default_timeout(600_000)
            visits.append(visit.click("show", "ours" if kind == "ours" else "bertviz"))
        took, sent = statistics.median(t for t, _ in visits), max(s for _, s in visits)
        memory = browser_mib()
        if kind == "ours":
            others = [visit.click("another", "head") for _ in range(9)]
            name = f"{layers} × 12, {tokens} tokens: another head, median of 9"
            aim = "≤ 250 ms, ≤ 0.3 MB" if tokens == 512 else ""
            row(name, f"{statistics.median(t for t, _ in others):.0f} ms, {max(s for _, s in others):.2f} MB", aim)
        browser.close()
    return took, sent, memory


def chromium() -> str:
    """Where the browser is.

    Raises:
        FileNotFoundError: when there is none.
    """
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        raise FileNotFoundError("no Chromium or Chrome")
    return found


def compare(base: str, layers: int, tokens: int) -> None:
    """Ours, then BertViz's views as far as they are worth waiting for."""
    name = f"{layers} × 12, {tokens} tokens"
    ours = measured(base, "ours", layers, tokens)
    aim = "≤ 300 ms, ≤ 1 MB" if tokens == 512 else ""
    row(
        f"{name}: atlas + one head, median of 3 fresh pages",
        f"{ours[0]:.0f} ms, {ours[1]:.2f} MB, browser {ours[2]:.0f} MiB",
        aim,
    )
    for kind, most in MOST.items():
        if tokens > most[layers] and not EVERYTHING:
            continue
        try:
            took, sent, memory = measured(base, kind, layers, tokens)
        except Exception as error:
            # A message of hundreds of megabytes ends the browser's tab or already the driver that counts its bytes.
            row(f"{name}: BertViz {kind}", f"no picture: the browser or its driver ended ({type(error).__name__})")
            continue
        ratio = f"{took / ours[0]:.0f} × slower, {sent / ours[1]:.0f} × larger than ours"
        aim = "≥ 20 × slower, ≥ 50 × larger" if tokens == 128 else ""
        row(f"{name}: BertViz {kind}", f"{took:.0f} ms, {sent:.1f} MB, browser {memory:.0f} MiB; {ratio}", aim)


if __name__ == "__main__":
    chosen = [int(argument) for argument in sys.argv[1:] if argument.isdigit()] or SIZES
    with served() as address:
        for n_layers in LAYERS:
            for n_tokens in chosen:
                compare(address, n_layers, n_tokens)
