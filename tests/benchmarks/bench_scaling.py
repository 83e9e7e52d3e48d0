"""The scaling lab: the map in three regimes, one head on the server, gradients, the whole network, one slider move."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, row

import subprocess
import sys

from playwright.sync_api import sync_playwright

from explorer import Scene, load
from explorer.analysis.scaling.gradients import gradient_norms
from explorer.analysis.scaling.scaling import head_both_ways
from explorer.analysis.scaling.saturation import saturation_map
from explorer.analysis.scaling.drawn_vectors import synthetic_sweep
from explorer.analysis.scaling.whole_network import factors, network_change
from explorer.models.random import random_like
from tests.browser.conftest import BROWSER, QUIET, _wait_for
from tests.browser.test_scaling import MOVE, TEXT

TOKENS = 128


def maps() -> None:
    minilm = load()
    for name, handle in (("this model", minilm), ("random weights", load(random_like(minilm, 0.02, 0)))):
        scene = Scene(handle, "word " * (TOKENS - 2))
        cost = median_ms(lambda scene=scene: saturation_map(scene), 5)
        row(f"saturation map post-hoc, {name}, n = {TOKENS}", f"{cost:.0f} ms", "< 500 ms")
    cost = median_ms(lambda: synthetic_sweep(64, TOKENS, 1024), 5)
    row(f"saturation sweep, drawn vectors, 11 widths, {TOKENS} keys, 1024 rows", f"{cost:.0f} ms", "< 500 ms")


def panels() -> None:
    scene = Scene(load(), "word " * (TOKENS - 2))
    cost = median_ms(lambda: head_both_ways(scene, 2, 3, 1.0))
    row(f"one head both ways, server's part, n = {TOKENS}", f"{cost:.0f} ms", "< 150 ms")
    cost = median_ms(lambda: gradient_norms(scene), 3)
    row(f"gradients, two backward passes, MiniLM, n = {TOKENS}", f"{cost:.0f} ms", "< 2000 ms")

    def curve() -> None:
        fresh = Scene(scene.handle, scene.text)
        for factor in factors(32):
            network_change(fresh, factor, tuple(range(6)))

    row(f"curve over 9 factors, 9 runs of the network, n = {TOKENS}", f"{median_ms(curve, 3):.0f} ms", "with progress")


def slider() -> None:
    """From the browser's input event to the painted frame, with the app running."""
    if BROWSER is None:
        return row("a slider move in the browser", "no Chromium found", "< 150 ms")
    port, log = 8599, subprocess.DEVNULL
    command = [sys.executable, "-m", "explorer.ui.shell.serve", f"--server.port={port}"]
    process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health", process)
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=BROWSER, args=list(QUIET)).new_page()
            page.goto(f"http://127.0.0.1:{port}/scaling?text={TEXT}")
            page.wait_for_selector(".both", timeout=60_000)
            page.wait_for_timeout(1_000)
            row(f"a slider move in the browser, n = {TOKENS}", f"{page.evaluate(MOVE):.0f} ms", "< 150 ms")
    finally:
        process.terminate()
        process.wait(20)


if __name__ == "__main__":
    maps()
    panels()
    slider()
