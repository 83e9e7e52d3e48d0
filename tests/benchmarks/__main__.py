"""Run every `bench_*.py` beside this file, or those named on the command line, each in a process of its own."""

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def machine() -> str:
    """Cores and processor, as the table's heading names them."""
    cpu = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in cpu.read_text().splitlines() if line.startswith("model name")]
    return f"{os.cpu_count()} cores, {names[0] if names else platform.processor()}, Python {platform.python_version()}"


if __name__ == "__main__":
    wanted = sys.argv[1:] or sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))
    print(f"Measured on {machine()}.\n\n| measure | result | aim |\n|---|---|---|", flush=True)
    codes = [subprocess.call([sys.executable, "-m", f"tests.benchmarks.bench_{name}"]) for name in wanted]
    sys.exit(max(codes, default=0))
