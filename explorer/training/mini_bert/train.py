"""Train the model: `python -m explorer.training.mini_bert.train` (or `make mini-bert`); begun work is resumed."""

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from explorer.training.mini_bert.corpus import text_of
from explorer.training.mini_bert.run import Run, Setting
from explorer.training.mini_bert.sources import BUILD, SOURCES

SAVE_EVERY = 300.0  # seconds
LOG_EVERY = 20  # steps


def main() -> None:
    """Train, with a line in the log every 20 steps and a checkpoint every five minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=Setting.steps)
    parser.add_argument("--workers", type=int, default=2, help="threads: the result does not depend on them")
    parser.add_argument("--folder", type=Path, default=BUILD)
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    setting = Setting(steps=chosen.steps)
    texts = {name: text_of(name) for name, source in SOURCES.items() if source.share > 0}
    run, path = Run(setting, texts, chosen.workers), chosen.folder / "checkpoint.pt"
    if path.is_file():
        run.resume(path)
    say(f"{asdict(setting)}, from step {run.step}; pieces: " + str({n: t.n_pieces for n, t in texts.items()}))
    saved = time.monotonic()
    recent: list[tuple[float, float]] = []
    for found in run.steps():
        recent.append(found)
        if run.step % LOG_EVERY == 0:
            run.curve.append((run.step, *(float(one) for one in np.mean(recent, axis=0))))
            say("\t".join(f"{one:.3f}" for one in run.curve[-1]))
            recent = []
        if time.monotonic() - saved > SAVE_EVERY:
            run.save(path)
            saved = time.monotonic()
    run.save(path)


def say(line: str) -> None:
    """A line for the log."""
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
