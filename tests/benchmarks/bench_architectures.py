"""What looking costs in each architecture, what trying its changes costs, and how long a checkpoint takes to load."""

# ruff: noqa: I001 (timing sets the thread environment before torch)
from tests.benchmarks.timing import median_ms, ratio, row, seconds

import shutil
import tempfile
from pathlib import Path

import torch

from explorer import ModelHandle, ModelSpec, Scene, encode, load, run
from explorer.capture import offered
from explorer.capture.attention import NAME
from explorer.capture.run import inputs
from explorer.models.embedded import EMBEDDED, embedded_folder
from explorer.models.heads import HEADS
from explorer.models.load import build

# MiniLM's width in every architecture, so that the ratios can be read beside each other.
_BERT = {"hidden_size": 384, "num_hidden_layers": 6, "num_attention_heads": 12, "intermediate_size": 1536}
_GPT = {"n_embd": 384, "n_layer": 6, "n_head": 12}
SIZES: dict[str, dict[str, object]] = {
    "bert": _BERT,
    "roberta": _BERT,
    "distilbert": {"dim": 384, "n_layers": 6, "n_heads": 12, "hidden_dim": 1536},
    "electra": _BERT,
    "albert": _BERT,
    "modernbert": _BERT,
    "gpt2": _GPT,
    "openai-gpt": _GPT,
    "llama": _BERT | {"num_key_value_heads": 4},
    "t5": {"d_model": 384, "d_kv": 32, "num_heads": 12, "d_ff": 1536, "num_layers": 6},
    "xlnet": {"d_model": 384, "n_layer": 6, "n_head": 12, "d_inner": 1536},
    "deberta-v2": _BERT | {"relative_attention": True, "position_biased_input": False, "pos_att_type": "p2c|c2p"},
}
SHORT, LONG = 128, 512
LARGE = {"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072}


def plain(handle: ModelHandle) -> torch.nn.Module:
    """The same weights by transformers alone: PyTorch's fused attention where the model knows it, else its own."""
    config = type(handle.config).from_dict(handle.config.to_dict())
    fused = "sdpa" if handle.model._can_set_attn_implementation() else "eager"
    model = HEADS["none"].from_config(config, attn_implementation=fused, dtype=torch.float32)  # type: ignore[attr-defined]
    model.load_state_dict(handle.model.state_dict())
    return model.eval()  # type: ignore[no-any-return]


def capture(name: str) -> None:
    """A run that keeps what overviews need, against a forward pass that nobody looks at."""
    handle = load(ModelSpec("config", name, overrides=SIZES[name]))  # type: ignore[arg-type]
    reference = plain(handle)
    for n in (SHORT, LONG):
        encoded = encode(handle, "word " * n)
        arguments = inputs(encoded)

        def without(arguments=arguments):
            with torch.no_grad():
                reference(**arguments)

        def idle(arguments=arguments):
            with torch.no_grad():
                handle.model(**arguments)

        repeats = 11 if n == SHORT else 7
        watched = ratio(lambda encoded=encoded: Scene(handle, encoded).heads(), without, repeats)
        aim = "≤ 1.15" if n == LONG else ""
        row(f"run for all heads / plain forward, {name}, n = {encoded.n_tokens}", f"{watched:.2f}", aim)
        if n == SHORT:
            row(
                f"nobody looking / plain, {name}, n = {encoded.n_tokens}",
                f"{ratio(idle, without, repeats):.2f}",
                "1.00",
            )
    row(f"trying every change once, {name}", f"{median_ms(lambda: offered._try_all(handle), 5):.0f} ms", "< 100 ms")


def loading() -> None:
    """A checkpoint of BERT-base's size, from the disk to a handle, and to its first run."""
    folder = Path(tempfile.mkdtemp())
    try:
        large = build(ModelSpec("config", "bert", overrides=LARGE), NAME)
        large.model.save_pretrained(folder)
        shutil.copy(embedded_folder() / "tokenizer.json", folder)
        del large
        EMBEDDED["bench-large"] = lambda: folder
        spec = ModelSpec("embedded", "bench-large")
        size = (folder / "model.safetensors").stat().st_size / 2**20
        took = min(seconds(lambda: build(spec, NAME)) for _ in range(3))
        row(f"load a checkpoint of BERT-base's size ({size:.0f} MiB) from disk, warm", f"{took:.2f} s")
        handle = load(spec)
        row("its first run, 12 tokens", f"{1000 * seconds(lambda: run(handle, 'word ' * 10)):.0f} ms")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    for architecture in SIZES:
        capture(architecture)
    loading()
