"""How fast configurations are counted, and how much memory that takes; prints rows: measure, result, aim."""

import json
import resource
import time
from collections.abc import Callable
from pathlib import Path

from explorer.analysis.structure.parameters import parameters
from explorer.errors import ExplorerError
from explorer.models.configs import parse_config
from explorer.models.presets import PRESETS

LLAMA_70B = {
    "model_type": "llama",
    "vocab_size": 128_256,
    "hidden_size": 8_192,
    "intermediate_size": 28_672,
    "num_hidden_layers": 80,
    "num_attention_heads": 64,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8_192,
}
HOSTILE = {**LLAMA_70B, "num_hidden_layers": 10**9}


def rss() -> float:
    """Memory of this process in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


def measured(work: Callable[[], str]) -> tuple[float, float, str]:
    """Seconds, additional MB, and what came out."""
    before, begin = rss(), time.perf_counter()
    result = work()
    return time.perf_counter() - begin, max(0.0, rss() - before), result


def table_of(fields: dict[str, object], head: str = "mlm") -> str:
    """Count, and make the table that the page shows."""
    info = parameters(fields, head)
    info.table()
    info.rows()
    return f"{info.total:,} parameters"


def refused() -> str:
    """A configuration of a thousand million layers."""
    try:
        parse_config(json.dumps(HOSTILE))
    except ExplorerError as error:
        return type(error).__name__
    return "accepted"


def main() -> None:
    """Warm up once (imports), then measure; the worst of three for time, the first for memory."""
    table_of(PRESETS["bert-tiny"].fields)
    rows = {
        "BERT-large, masked LM": (lambda: table_of(PRESETS["bert-large"].fields), 0.5),
        "Llama of 70 billion": (lambda: table_of(LLAMA_70B), 2.0),
        "XLNet base (ignores the meta device)": (lambda: table_of(PRESETS["xlnet-base"].fields), 0.5),
        "10^9 layers, refused": (refused, 0.1),
    }
    for name, (work, bound) in rows.items():
        runs = [measured(work) for _ in range(3)]
        seconds, memory = max(r[0] for r in runs), runs[0][1]
        print(f"| {name}: {runs[0][2]} | {seconds:.3f} s, {memory:.1f} MB more | < {bound} s, < 50 MB |", flush=True)
        if seconds > bound or memory > 50:
            raise SystemExit(f"{name}: {seconds:.3f} s, {memory:.1f} MB")


if __name__ == "__main__":
    main()
