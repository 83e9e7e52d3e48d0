"""Memory that copies of layers and models add, and that a walk over all pages takes; prints rows: measure, result, aim.

Each measurement is a process of its own: `python -m tests.benchmarks.bench_memory collapse base`.
"""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from explorer import ModelHandle, ModelSpec, Scene, load, run
from explorer.analysis.pretraining.untying import untying
from explorer.capture.changes.rank import states_by_layer
from explorer.errors import ExplorerError
from explorer.models.registry import OFFERS
from tests.benchmarks.timing import row

SIZES = {"MiniLM": (6, 384, 12), "BERT-base": (12, 768, 12), "BERT-large": (24, 1024, 16)}
TEXT = "The animal didn't cross the street because it was too tired."
LAYERS = 2  # that fine-tuning trains on the page by default
ROOM, LIMIT = 100e6, 8e9


def spec(name: str) -> ModelSpec:
    """A BERT of this shape with random weights and both pre-training heads."""
    layers, width, heads = SIZES[name]
    sizes = {"num_hidden_layers": layers, "hidden_size": width, "num_attention_heads": heads}
    return ModelSpec("config", "bert", overrides={**sizes, "intermediate_size": 4 * width}, head="pretraining")


def collapse(handle: ModelHandle) -> int:
    """One layer at a time, in double precision; returns the bytes of the weights that are copied."""
    for _ in states_by_layer(handle, run(handle, TEXT).hidden[0]):
        pass
    return 2 * _bytes(handle.layers[0])


def untie(handle: ModelHandle) -> int:
    """Two models, one of them with an output table of its own, each with its gradients in its turn."""
    untying(Scene(handle, TEXT), steps=2)
    return 2 * handle.nbytes + handle.words.nbytes


def copy_top(handle: ModelHandle) -> int:
    """The copies alone, before anything is trained."""
    from explorer.training.fine_tune import Network

    network = Network(handle, LAYERS, 2, torch.Generator())
    return _bytes(network)


def tune(handle: ModelHandle) -> int:
    """One pass: weights, their gradients and AdamW's two moments, four times the copied layers, and the texts."""
    from explorer.analysis.use.task_head import stratified
    from explorer.training.fine_tune import Recipe, fine_tune
    from explorer.training.goals import Classes

    texts, codes = [f"{TEXT} {at}" for at in range(32)], np.arange(32) % 2
    for _ in fine_tune(handle, texts, Classes(codes, 2), stratified(codes, 0), Recipe(LAYERS, epochs=1)):
        pass
    return 4 * sum(_bytes(layer) for layer in handle.layers[-LAYERS:])


WORK: dict[str, Callable[[ModelHandle], int]] = {
    "rank collapse": collapse, "untying": untie, "copies for fine-tuning": copy_top, "fine-tuning": tune,
}  # fmt: skip


def _bytes(module: torch.nn.Module) -> int:
    return sum(parameter.nbytes for parameter in module.parameters())


def resident(field: str = "VmRSS") -> float:
    """Bytes of memory of this process, now or (`VmHWM`) at most since `forget`."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * float(next(line for line in lines if line.startswith(field)).split()[1])


def forget() -> None:
    """Let the highest memory of this process count from here."""
    Path("/proc/self/clear_refs").write_text("5")


def added(work: str, name: str) -> None:
    """Print the row of one kind of work on a model of one shape."""
    handle = load(spec(name))
    run(handle, TEXT)
    before = resident()
    forget()
    try:
        weights = WORK[work](handle)
    except ExplorerError as error:
        row(f"{work}, {name} shape", f"refused ({type(error).__name__})")
        return
    most = resident("VmHWM") - before
    aim = 1.5 * weights + ROOM
    row(f"memory added by {work}, {name} shape", f"{most / 1e6:,.0f} MB", f"≤ {aim / 1e6:,.0f} MB")


def walk(name: str) -> None:
    """Every page once, as a visitor opens them one after the other, with a model of this shape."""
    from streamlit.testing.v1 import AppTest

    from explorer.ui.shell.navigation import PAGES

    OFFERS["minilm-random"] = spec(name)  # the name of an offer stands in the address
    root = Path(__file__).resolve().parents[2]
    worst, where = 0.0, ""
    for page in PAGES:
        forget()
        test = AppTest.from_file(str(root / "streamlit_app.py"), default_timeout=600)
        test.query_params["model"] = "minilm-random"
        test.switch_page(str(root / "pages" / page.section / f"{page.name}.py")).run()
        assert not test.exception, page.name
        if (most := resident("VmHWM")) > worst:
            worst, where = most, page.name
        print(f"{page.name}: {most / 1e9:.2f} GB, then {resident() / 1e9:.2f} GB", file=sys.stderr, flush=True)
    row(f"memory of a walk over all pages, {name} shape", f"{worst / 1e9:.1f} GB ({where})", f"≤ {LIMIT / 1e9:.0f} GB")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        walk(sys.argv[2]) if sys.argv[1] == "walk" else added(*sys.argv[1:])
    else:
        for task in [*((work, name) for work in WORK for name in SIZES), ("walk", "BERT-large")]:
            subprocess.call([sys.executable, "-m", "tests.benchmarks.bench_memory", *task])
