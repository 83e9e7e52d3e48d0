"""A copy takes its own bytes: no handle, no tokenizer, no other layer comes with it."""

import copy
import types

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.parameter import Parameter

from explorer import ModelHandle, Scene, encode, run
from explorer.analysis.input.positions import learned
from explorer.analysis.pretraining.untying import untie, untying
from explorer.analysis.scaling.gradients import differentiable_copy
from explorer.capture.changes.linear import PARTS, outputs, word_vectors
from explorer.capture.changes.positions import last_hidden
from explorer.capture.changes.rank import states_by_layer
from explorer.models.handle import sharing_copy
from explorer.training.fine_tune import Network
from tests.architectures import tiny_model, views

TEXT = "The cats sleep on the mat."
# What a copy may not bring along, whoever holds it.
FOREIGN = ("ModelHandle", "Tokenizer", "ModelSpec")


def reached(module: nn.Module) -> list[object]:
    """Every object that hangs on a module: what `deepcopy` would follow, functions' closures included."""
    found: dict[int, object] = {}
    waiting: list[object] = [module]
    while waiting:
        one = waiting.pop()
        if id(one) in found or isinstance(one, type | types.ModuleType | str | int | float):
            continue
        found[id(one)] = one
        if isinstance(one, types.MethodType):
            waiting += [one.__self__]
        elif isinstance(one, types.FunctionType):
            waiting += [cell.cell_contents for cell in one.__closure__ or ()]
        elif isinstance(one, dict):
            waiting += [*one.keys(), *one.values()]
        elif isinstance(one, list | tuple | set | frozenset):
            waiting += list(one)
        elif not isinstance(one, torch.Tensor):
            waiting += [getattr(one, "__dict__", {})]
    return list(found.values())


def storages(objects: list[object]) -> dict[int, int]:
    """Address → bytes of every tensor among these."""
    kept = [one.untyped_storage() for one in objects if isinstance(one, torch.Tensor)]
    return {storage.data_ptr(): storage.nbytes() for storage in kept}


def own_bytes(module: nn.Module) -> int:
    return sum(storages([*module.parameters(), *module.buffers()]).values())


@pytest.mark.parametrize(("name", "stack"), views(), ids=["-".join(v) for v in views()])
def test_a_copied_layer_is_its_own_bytes_and_nothing_else(name, stack):
    for layer in {id(one): one for one in tiny_model(name).of_stack(stack).layers}.values():
        for copied in (copy.deepcopy(layer), sharing_copy(layer)):
            objects = reached(copied)
            assert not {type(one).__name__ for one in objects} & set(FOREIGN)
            assert sum(storages(objects).values()) == own_bytes(layer)


@pytest.mark.parametrize(("name", "stack"), views(), ids=["-".join(v) for v in views()])
def test_a_sharing_copy_of_a_model_has_no_tensor_of_its_own(name, stack):
    model = tiny_model(name).of_stack(stack).model
    assert storages(reached(sharing_copy(model))).keys() <= storages(reached(model)).keys()
    assert not {type(one).__name__ for one in reached(copy.deepcopy(model))} & set(FOREIGN)


class Counting:
    """Bytes of the tensors that `deepcopy` makes anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.bytes, own = 0, Parameter.__deepcopy__

        def counted(parameter: Parameter, memo: dict[int, object]) -> object:
            self.bytes += 0 if id(parameter) in memo else parameter.nbytes
            return own(parameter, memo)

        def refuse(handle: ModelHandle, memo: object) -> None:
            raise AssertionError("a handle was copied")

        monkeypatch.setattr(Parameter, "__deepcopy__", counted)
        monkeypatch.setattr(ModelHandle, "__deepcopy__", refuse, raising=False)


def test_what_the_pages_copy(tiny, monkeypatch):
    """Layers for rank collapse and for fine-tuning, two models for untying; for runs of changed models nothing."""
    seen, encoded = run(tiny, TEXT), encode(tiny, TEXT)
    of_layers = [own_bytes(layer) for layer in tiny.layers]
    counting = Counting(monkeypatch)
    for _ in states_by_layer(tiny, seen.hidden[0]):
        pass
    assert counting.bytes == sum(of_layers)
    counting.bytes = 0
    network = Network(tiny, 2, 2, torch.Generator())
    assert counting.bytes == sum(of_layers[-2:]) + own_bytes(tiny.base.pooler)
    assert sum(storages(reached(network)).values()) < 1.1 * counting.bytes
    counting.bytes = 0
    untying(Scene(tiny, encoded), 1)
    assert counting.bytes == 2 * tiny.nbytes - 2 * sum(buffer.nbytes for buffer in tiny.model.buffers())
    counting.bytes = 0
    last_hidden(tiny, encoded, torch.zeros_like(learned(tiny)))
    outputs(tiny, encoded, word_vectors(tiny, encoded), PARTS)
    differentiable_copy(tiny)
    untie(tiny.model)
    assert counting.bytes == 0


def test_one_gradient_at_a_time(tiny, monkeypatch):
    """Untying moves one model before the other has gradients: both together would be another two models."""
    from explorer.analysis.pretraining import untying as module

    most, own = [], module._move
    alive: list[nn.Module] = []

    def moved(model: nn.Module, rate: float) -> None:
        alive.append(model)
        most.append(
            sum(any(p.grad is not None for p in one.parameters()) for one in {id(m): m for m in alive}.values())
        )
        own(model, rate)

    monkeypatch.setattr(module, "_move", moved)
    info = untying(Scene(tiny, TEXT), 2)
    assert most == [1] * 6 and np.isfinite(info.losses).all()
