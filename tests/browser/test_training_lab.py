"""The live lab in a browser: it starts, draws, stops, waits in line, and leaves no process behind."""

import sys
import time
from pathlib import Path

import pytest

# Trainings are polite: beside other tests on two cores they wait for everybody.
pytestmark = [pytest.mark.skipif(sys.platform != "linux", reason="counts processes in /proc"), pytest.mark.timeout(600)]

STOP = ".st-key-training-stop button"
PATIENCE = 240_000  # milliseconds; two processes import torch before the first step


def workers() -> set[int]:
    """Processes that train."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if b"explorer.training.worker" in command and command:
            found.add(int(folder.name))
    return found


def wait_for_workers(count: int, others: set[int], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while len(workers() - others) != count:
        assert time.monotonic() < end, f"{len(workers() - others)} processes instead of {count}"
        time.sleep(0.05)


def pair(steps: int, seed: int) -> str:
    return "/training_lab?" + "&".join(f"{s}_steps={steps}&{s}_layers=1&{s}_seed={seed}" for s in "ab")


def start(page) -> None:
    page.locator(".st-key-training-start button").click()
    page.locator(STOP).wait_for(timeout=60_000)


def test_it_draws_while_it_trains_and_ends(visit):
    others = workers()
    page = visit(pair(50, 3))
    assert "Nothing was trained" in page.inner_text(".bx-reading")
    start(page)
    wait_for_workers(2, others)
    page.wait_for_function(
        "() => document.querySelector('.bx-reading').innerText.startsWith('After')", timeout=PATIENCE
    )
    page.wait_for_selector("path.js-line")
    page.get_by_role("link", name="Open model B").wait_for(timeout=PATIENCE)
    wait_for_workers(0, others)
    assert "Dead rows" in page.inner_text("body") and "After 50 steps" in page.inner_text(".bx-reading")
    page.get_by_role("link", name="Open model B").click()
    page.wait_for_url("**/scaling**")
    page.wait_for_selector(".both", timeout=60_000)
    assert "model=trained-none" in page.url


def test_stop_and_a_closed_tab(visit, browser_page, server):
    others = workers()
    page = visit(pair(2_000, 4))
    start(page)
    wait_for_workers(2, others)
    page.locator(STOP).click()
    page.locator(".st-key-training-start button").wait_for()
    wait_for_workers(0, others)
    start(page)
    wait_for_workers(2, others)
    page.goto("about:blank")
    wait_for_workers(0, others)


def test_three_tabs_train_one_after_the_other(visit, browser_page, server):
    others = workers()
    first = visit(pair(2_000, 5))
    tabs = [first]
    start(first)
    for seed in (6, 7):
        tab = browser_page.context.new_page()
        tab.goto(server + pair(2_000, seed))
        tab.locator(".st-key-training-start button").click()
        tabs.append(tab)
    tabs[1].get_by_text("You are next in line").wait_for(timeout=PATIENCE)
    tabs[2].get_by_text("You are number 2 in the line").wait_for(timeout=PATIENCE)
    assert len(workers() - others) == 2
    running = workers() - others
    tabs[0].close()
    tabs[2].get_by_text("You are next in line").wait_for(timeout=PATIENCE)
    wait_for_workers(2, others | running)
    for tab in tabs[1:]:
        tab.goto("about:blank")
    wait_for_workers(0, others)
    for tab in tabs[1:]:
        tab.close()
