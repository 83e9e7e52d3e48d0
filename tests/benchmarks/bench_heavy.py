"""The pages that compute most, with a model of BERT-base's shape and 512 tokens, in processor seconds of the process.

A page is opened as a visitor opens it, with a text that nobody has read before. Beside the seconds stands what they are
in plain forward passes over the same tokens, measured before and after the page.
"""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import ratio, row, seconds

import statistics
import sys
import time
from functools import partial
from pathlib import Path

import torch

from explorer import ModelHandle, ModelSpec, Scene, encode, load, run
from explorer.analysis.scaling.gradients import gradient_norms, readout_loss
from explorer.analysis.scaling.whole_network import network_change
from explorer.capture.run import inputs
from explorer.models.registry import OFFERS
from tests.benchmarks.bench_engine import BASE, plain

ROOT = Path(__file__).resolve().parents[2]
TOKENS = 512
# Page, section, settings in the address, aim.
PAGES = (
    ("heads", "attention", {}, ""),
    ("atlas", "attention", {}, ""),
    ("saturation", "scaling", {}, "≤ 2 s"),
    ("compare", "models", {}, "≤ 2 s"),
    ("take_away", "structure", {}, "≤ 4 s"),
    ("gradients", "scaling", {}, ""),
    ("scaling", "scaling", {"show": "network"}, ""),
    ("journey", "start", {}, "≤ load + 1.5 × one run"),
)
WORDS = ("the", "a", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def text(number: int) -> str:
    """512 tokens that no other number has."""
    return " ".join(WORDS[(at * at + number * at + number) % len(WORDS)] for at in range(TOKENS - 2))


def opened(page: str, section: str, settings: dict[str, str], said: str) -> None:
    """A visitor's first look at the page."""
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=600)
    for name, value in {"model": "minilm-random", "text": said, **settings}.items():
        test.query_params[name] = value
    test.switch_page(str(ROOT / "pages" / section / f"{page}.py")).run()
    assert not test.exception, page


def differentiable(reference: torch.nn.Module) -> list[torch.nn.Parameter]:
    """W_Q, W_K and W_V of all layers, which alone take gradients, as on the page."""
    for parameter in reference.parameters():
        parameter.requires_grad_(False)
    own = [layer.attention.self for layer in reference.encoder.layer]
    return [m.weight.requires_grad_(True) for one in own for m in (one.query, one.key, one.value)]


def parts(handle: ModelHandle, reference: torch.nn.Module) -> None:
    """What two pages compute, against what it is made of: medians of alternating pairs."""
    encoded, layers = encode(handle, text(0)), tuple(range(handle.dims.n_layers))
    kept = run(handle, encoded)

    def changed() -> None:
        network_change(Scene.of(handle, kept), 1.0, layers)

    first = ratio(changed, lambda: run(handle, encoded), 3)
    row(f"scaling?show=network, first picture where the run is kept / one run, n = {TOKENS}", f"{first:.2f}", "≤ 1.30")
    first = ratio(lambda: network_change(Scene(handle, encoded), 1.0, layers), lambda: run(handle, encoded), 3)
    row(f"the same of a text that nobody has read, which takes two runs / one run, n = {TOKENS}", f"{first:.2f}")
    weights = differentiable(reference)

    def backward() -> None:
        torch.autograd.grad(readout_loss(reference(**inputs(encoded)).last_hidden_state, 0), weights)

    both = ratio(lambda: gradient_norms(Scene(handle, encoded)), backward, 3)
    row(f"gradients, two runs and ways back / plain forward and backward, n = {TOKENS}", f"{both:.2f}", "≤ 2.20")


def main(names: list[str]) -> None:
    spec = ModelSpec("config", "bert", overrides=BASE)
    OFFERS["minilm-random"] = spec  # the name of an offer stands in the address
    handle = load(spec)
    reference, clock = plain(handle), time.process_time
    arguments = inputs(encode(handle, text(0)))

    def forward() -> None:
        with torch.no_grad():
            reference(**arguments)

    forward()
    for number, (page, section, settings, aim) in enumerate(PAGES):
        if names and page not in names:
            continue
        opened(page, section, settings, "A few words.")  # imports, and what is made once for a model
        before = seconds(forward, clock)
        took = seconds(partial(opened, page, section, settings, text(number)), clock)
        one = statistics.mean((before, seconds(forward, clock)))
        what = "".join(f"?{name}={value}" for name, value in settings.items())
        row(f"{page}{what}, BERT-base shape, n = {TOKENS}", f"{took:.1f} s, {took / one:.1f} forward passes", aim)
    if not names or "parts" in names:
        parts(handle, reference)


if __name__ == "__main__":
    main(sys.argv[1:])
