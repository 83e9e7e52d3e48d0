"""Which frozen vector a classifier should read, stored by `make tasks`: reading the texts takes many seconds."""

import json
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from explorer.analysis.use.classifier_input import ClassifierInput, classifier_input
from explorer.analysis.use.labelled_texts import LabelledTexts
from explorer.capture.load import load
from explorer.home import ASSETS
from explorer.models.registry import OFFERS
from explorer.models.spec import ModelSpec
from explorer.training.two_ways import digest, example

STORED = ASSETS / "models" / "inputs.json"
SHIPPED = (OFFERS["mini-bert"], OFFERS["minilm"])


def stored(spec: ModelSpec, data: LabelledTexts) -> tuple[ClassifierInput, str] | None:
    """The stored result and its day; None where there is none, or where it was made from other texts."""
    one = _kept().get(_name(spec))
    if one is None or one["texts"] != digest(data):
        return None
    right = {name: np.array(shares) for name, shares in one["right"].items()}
    return ClassifierInput(right, one["majority"], len(data.texts), one["held_out"], len(data.names)), one["made"]


@cache
def _kept() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(STORED.read_text(encoding="utf-8"))
    return found


def _name(spec: ModelSpec) -> str:
    return f"{spec.kind}/{spec.source}"


def main(path: Path = STORED) -> None:
    """Read the shipped texts with the shipped models and store what came of it."""
    torch.set_num_threads(1)
    found, data = {}, example()
    for spec in SHIPPED:
        info = classifier_input(load(spec), data)
        found[_name(spec)] = {
            "made": time.strftime("%Y-%m-%d", time.gmtime()),
            "texts": digest(data),
            "right": {name: shares.tolist() for name, shares in info.right.items()},
            "majority": info.majority,
            "held_out": info.n_held_out,
        }
        sys.stderr.write(f"{_name(spec)}\n")
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
