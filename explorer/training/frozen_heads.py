"""Heads on frozen states, stored by `make tasks`: what a visitor's own text gets before anything is trained.

Every one is a linear map with a bias, so a task takes a few thousand numbers. What fine-tuning changes is a hundred
times as much and is made on request.
"""

import sys
from functools import cache
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float
from safetensors import safe_open
from safetensors.numpy import save_file
from torch import Tensor

from explorer.analysis.probing import LinearMap
from explorer.analysis.use.pooling import sentence_vectors
from explorer.analysis.use.task_head import frozen, stratified
from explorer.analysis.use.trained_task import both_vectors
from explorer.capture.load import load
from explorer.home import ASSETS
from explorer.models.handle import ModelHandle
from explorer.models.registry import offers
from explorer.models.spec import ModelSpec
from explorer.training import three_tasks, two_ways
from explorer.training.fine_tune import states_at
from explorer.training.two_ways import SHIPPED

STORED = ASSETS / "models" / "heads.safetensors"
# Not answers in a passage: a head on frozen states finds a fifth of them.
TASKS = ("text", "pair", "name")


def fitted(handle: ModelHandle, task: str, language: str | None = None) -> LinearMap:
    """The last of the ways without fine-tuning, fitted to the texts that the default settings learn from.

    language: of the texts with labels; the other tasks have English ones alone.
    """
    if task != "text":
        of = three_tasks.material(handle, task, three_tasks.RECIPES[task].seed)
        depths = (0, handle.dims.n_layers)
        *_, last = three_tasks.frozen(handle, of, states_at(handle, [one.texts for one in of.examples], depths))
        assert last.fitted is not None
        return last.fitted
    data = two_ways.example(language)
    vectors = sentence_vectors(handle, data.texts).vectors[two_ways.POOLING][-1]
    return frozen(data, stratified(data.codes, two_ways.RECIPE.seed), vectors)[1]


def said(handle: ModelHandle, task: str, head: LinearMap, text: str, pair: str | None = None) -> Float[Tensor, "... C"]:
    """Logits of a text or two: C numbers, or T x C where every token is asked.

    Raises:
        EmptyText, TextTooLong: as `batches`.
    """
    if task in ("text", "pair"):
        vectors = sentence_vectors(handle, [text] if pair is None else [text, pair]).vectors["mean"][-1]
        row = vectors if pair is None else both_vectors(vectors[:1], vectors[1:])
        return torch.from_numpy(head.scores(torch.from_numpy(row))[0])
    depth = handle.dims.n_layers
    states = states_at(handle, [text if pair is None else (text, pair)], (depth,))[depth][0]
    return torch.from_numpy(head.scores(states))


def stored(spec: ModelSpec, task: str) -> LinearMap | None:
    """The stored head of a model; None where there is none, or where it was made from other texts."""
    found = _kept().get(_name(spec, task))
    if found is None or found[0] != _digest(spec, task):
        return None
    *weight, bias = found[1].astype(np.float64)
    return LinearMap(np.zeros(len(weight)), np.ones(len(weight)), np.array(weight), bias)


@cache
def _kept(path: Path = STORED) -> dict[str, tuple[str, np.ndarray]]:
    """By name, the digest of the texts and the map."""
    with safe_open(path, "np") as file:
        return {name: (digest, file.get_tensor(name)) for name, digest in file.metadata().items()}


def _name(spec: ModelSpec, task: str) -> str:
    return f"{spec.kind}/{spec.source}/{task}"


def _digest(spec: ModelSpec, task: str) -> str:
    return two_ways.digest(two_ways.example(SHIPPED.get(spec))) if task == "text" else three_tasks.digest(task)


def _flat(head: LinearMap) -> Float[np.ndarray, "D1 C"]:
    """Weight, and the bias as its last row, of the map on the vectors as they are."""
    weight = head.weight / head.spread[:, None]
    return np.vstack([weight, head.bias - head.mean @ weight]).astype(np.float32)


def main(path: Path = STORED) -> None:
    """Fit the heads of all tasks to the models that are here and store them."""
    torch.set_num_threads(1)
    made, there = dict(_kept(path)) if path.is_file() else {}, set(offers().values())
    for spec in filter(there.__contains__, SHIPPED):
        for task in TASKS if SHIPPED[spec] is None else TASKS[:1]:  # the texts of the other tasks are English
            made[_name(spec, task)] = _digest(spec, task), _flat(fitted(load(spec), task, SHIPPED[spec]))
            sys.stderr.write(f"{_name(spec, task)}\n")
    digests = {name: digest for name, (digest, _) in made.items()}
    save_file({name: head for name, (_, head) in made.items()}, path, digests)


if __name__ == "__main__":
    main()
