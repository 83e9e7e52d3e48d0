"""The training lab: the default pair in time, what the scale is worth over seeds, and a click meanwhile."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import row

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

from playwright.sync_api import sync_playwright

from explorer.training.curves import two_trainings
from explorer.training.process import Point, Process
from explorer.training.setting import TrainingSetting
from tests.browser.conftest import BROWSER, QUIET, _wait_for, settle

SEEDS = (0, 1, 2)
PORT = 8598


def train(setting: TrainingSetting, folder: Path) -> tuple[Point, ...]:
    """One training in a process of its own, as the lab does it."""
    over = Event()
    process = Process(setting, folder, lambda _: over.set())
    over.wait()
    assert process.done
    return tuple(process.points)


def pairs() -> None:
    """Both models of the default lab at the same time, for each seed."""
    gaps = []
    with TemporaryDirectory() as folder, ThreadPoolExecutor(2) as side_by_side:
        for seed in SEEDS:
            pair = tuple(TrainingSetting(scale=scale, seed=seed) for scale in ("sqrt_d", "none"))
            begun = time.perf_counter()
            curves = list(side_by_side.map(train, pair, [Path(folder) / setting.key for setting in pair]))
            seconds = time.perf_counter() - begun
            _, facts = two_trainings(pair, (curves[0], curves[1]), over=True).reading()
            gaps.append(facts["b"] - facts["a"])
            row(f"default lab, both models, 800 steps, seed {seed}", f"{seconds:.0f} s", "< 60 s")
    row("loss without the scale minus loss with it, smallest of 3 seeds", f"{min(gaps):.2f} nats", "> 0.3 nats")
    assert min(gaps) >= 0.3


def click() -> None:
    """A click on a head of the attention page while both models train in the same server."""
    if BROWSER is None:
        return row("a click while two models train", "no Chromium found", "< 500 ms")
    command = [sys.executable, "-m", "explorer.ui.shell.serve", f"--server.port={PORT}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(f"http://127.0.0.1:{PORT}/_stcore/health", process)
        with sync_playwright() as playwright:
            context = playwright.chromium.launch(executable_path=BROWSER, args=list(QUIET)).new_context()
            lab, heads = context.new_page(), context.new_page()
            heads.goto(f"http://127.0.0.1:{PORT}/heads")
            heads.wait_for_selector(".bx-reading", timeout=60_000)
            lab.goto(f"http://127.0.0.1:{PORT}/training_lab?a_steps=2000&b_steps=2000")
            lab.locator(".st-key-training-start button").click(timeout=60_000)
            lab.wait_for_function(
                "() => document.querySelector('.bx-reading').innerText.includes('After')", timeout=120_000
            )
            settle(heads)
            times = [clicked(heads, head) for head in (3, 7, 1, 9, 5)]
            row("a click on a head while two models train", f"{sorted(times)[2]:.0f} ms", "< 500 ms")
    finally:
        process.terminate()
        process.wait(20)


def clicked(page, head: int) -> float:
    """Milliseconds from the click on a head's button to the changed sentence under the picture."""
    before = page.locator(".bx-reading").first.inner_text()
    begun = time.perf_counter()
    page.locator(".st-key-heads-head button").nth(head).click()
    page.wait_for_function("b => document.querySelector('.bx-reading').innerText !== b", arg=before)
    return 1000 * (time.perf_counter() - begun)


if __name__ == "__main__":
    pairs()
    click()
