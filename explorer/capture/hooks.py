"""Dormant hooks, installed once per model: without an active run each returns after one look at a ContextVar."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from explorer.capture.active import Recorder, active
from explorer.capture.records import LayerCall
from explorer.models.handle import ModelHandle

Seen = Callable[[Recorder, Tensor], Tensor | None]


def install(handle: ModelHandle) -> None:
    """Put the hooks on a freshly built model. Every module is looked up before the first hook is set."""
    base, sites = handle.base, handle.sites
    layers = handle.layers
    outside = {name: base.get_submodule(getattr(sites, name)) for name in ("word", "position", "segment")}
    norm, pooler = base.get_submodule(sites.embedding_norm), getattr(base, sites.pooler, None)
    inside = [{name: layer.get_submodule(path) for name, path in _paths(handle).items()} for layer in layers]

    for name, module in outside.items():
        module.register_forward_hook(_output(_note(name)))
    norm.register_forward_pre_hook(_embedding_sum)
    if pooler is not None:
        pooler.register_forward_hook(_output(_note("pooled")))
    for layer, modules in zip(layers, inside, strict=True):
        layer.register_forward_pre_hook(_enter, with_kwargs=True)
        layer.register_forward_hook(_leave)
        for letter, name in (("q", "query"), ("k", "key"), ("v", "value")):
            modules[name].register_forward_hook(_identity(letter))
        modules["ffn_out"].register_forward_hook(_output(_zero_ffn))
        modules["ffn_norm"].register_forward_hook(_skip_ffn)
        for name in ("attn_out", "attn_norm", "ffn_act", "ffn_out"):
            modules[name].register_forward_hook(_output(_keep(name)))


def _paths(handle: ModelHandle) -> dict[str, str]:
    names = ("query", "key", "value", "attn_out", "attn_norm", "ffn_act", "ffn_out", "ffn_norm")
    return {name: getattr(handle.sites, name) for name in names}


def _output(seen: Seen) -> Callable[[nn.Module, Any, Tensor], Tensor | None]:
    """A forward hook that shows a module's output to `seen`, which may replace it."""

    def hook(module: nn.Module, args: Any, output: Tensor) -> Tensor | None:
        recorder = active()
        return None if recorder is None else seen(recorder, output)

    return hook


def _note(name: str) -> Seen:
    def seen(recorder: Recorder, output: Tensor) -> None:
        recorder.tensors[name] = output

    return seen


def _keep(name: str) -> Seen:
    def seen(recorder: Recorder, output: Tensor) -> None:
        if recorder.keep:
            recorder.tensors[name] = output

    return seen


def _embedding_sum(module: nn.Module, args: tuple[Tensor, ...]) -> None:
    recorder = active()
    if recorder is not None:
        recorder.tensors["embedding_sum"] = args[0]


def _enter(module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    recorder = active()
    if recorder is not None:
        recorder.layer += 1
        recorder.calls.append(LayerCall(args, dict(kwargs)))


def _leave(module: nn.Module, args: Any, output: Any) -> None:
    recorder = active()
    if recorder is not None:
        recorder.hidden.append(output[0] if isinstance(output, tuple) else output)


def _identity(letter: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], Tensor | None]:
    """The projection's input in place of its output."""

    def hook(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
        recorder = active()
        if recorder is None or letter not in recorder.variant.identity:
            return None
        return args[0] if recorder.variant.applies(recorder.layer) else None

    return hook


def _zero_ffn(recorder: Recorder, output: Tensor) -> Tensor | None:
    dropped = recorder.variant.drops_ffn(recorder.layer) and recorder.variant.ffn_mode == "zero"
    return torch.zeros_like(output) if dropped else None


def _skip_ffn(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
    """What came out of attention in place of what the block made of it."""
    recorder = active()
    if recorder is None or recorder.variant.ffn_mode != "skip":
        return None
    return args[1] if recorder.variant.drops_ffn(recorder.layer) else None
