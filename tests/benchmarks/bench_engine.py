"""What looking costs: a recorded run against the plain model, a click, memory, cold start, a rerun without change."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, ratio, row, seconds

import os
import subprocess
import sys
from pathlib import Path

import torch
from transformers import AutoModel

from explorer import ModelHandle, ModelSpec, Scene, encode, load, run
from explorer.analysis.attention.heads import head_matrix
from explorer.capture.records import held_bytes
from explorer.capture.run import inputs

ROOT = Path(__file__).resolve().parents[2]
BASE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}


def plain(handle: ModelHandle) -> torch.nn.Module:
    """The same weights under PyTorch's fused attention, without our function and hooks."""
    config = type(handle.config).from_dict(handle.config.to_dict())
    model = AutoModel.from_config(config, attn_implementation="sdpa", dtype=torch.float32)
    model.load_state_dict(handle.model.state_dict())
    return model.eval()


def forward(name: str, handle: ModelHandle, aims: dict[int, str]) -> None:
    reference = plain(handle)
    for n in (128, 512):
        encoded = encode(handle, "word " * (n - 2))
        arguments = inputs(encoded)
        repeats = 15 if n == 128 else 9

        def sdpa(arguments=arguments):
            with torch.no_grad():
                reference(**arguments)

        def idle(arguments=arguments):
            with torch.no_grad():
                handle.model(**arguments)

        one = ratio(lambda encoded=encoded: run(handle, encoded), sdpa, repeats)
        row(f"run for one head / plain forward, {name}, n = {n}", f"{one:.2f}", "≤ 1.02")
        every = ratio(lambda encoded=encoded: Scene(handle, encoded).heads(), sdpa, repeats)
        row(f"run for all heads / plain forward, {name}, n = {n}", f"{every:.2f}", aims[n])
        row(f"our function with nobody looking / plain, {name}, n = {n}", f"{ratio(idle, sdpa, repeats):.2f}", "1.00")


def click(name: str, handle: ModelHandle, aim: str) -> None:
    scene = Scene(handle, "word " * 510)
    row(f"kept by one capture, {name}, n = 512", f"{held_bytes(scene.capture()) / 2**20:.1f} MiB")
    picture = median_ms(lambda: head_matrix(scene, 3, 5), 9)
    row(f"click: replay a layer and take one head, {name}, n = 512", f"{picture:.0f} ms", aim)


def cold_start() -> None:
    libraries = "import torch, transformers; from transformers import AutoModel, BertModel"
    load_model = "from explorer.capture.load import load; h = load()"
    bare = _process(f"{libraries}; {load_model}")
    drawn = _process(
        "from streamlit.testing.v1 import AppTest; "
        "t = AppTest.from_file('streamlit_app.py', default_timeout=120).switch_page('pages/attention/heads.py').run(); "
        "assert not t.exception"
    )
    row("cold start: imports and load alone", f"{bare:.1f} s")
    row("cold start: process to first picture", f"{drawn:.1f} s", "imports and load, and little more")


def rerun() -> None:
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    test.switch_page(str(ROOT / "pages/attention/heads.py")).run()
    row("rerun of the page of one head with nothing changed", f"{median_ms(test.run):.0f} ms")


def _process(code: str) -> float:
    command = [sys.executable, "-c", code]
    return min(seconds(lambda: subprocess.run(command, cwd=ROOT, check=True, env=os.environ)) for _ in range(3))


if __name__ == "__main__":
    minilm, base = load(), load(ModelSpec("config", "bert", overrides=BASE))
    forward("MiniLM", minilm, {128: "≤ 1.10", 512: "≤ 1.15"})
    forward("BERT-base shape", base, {128: "≤ 1.05", 512: "≤ 1.10"})
    click("MiniLM", minilm, "< 100 ms")
    click("BERT-base shape", base, "< 150 ms")
    cold_start()
    rerun()
