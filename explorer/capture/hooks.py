"""Dormant hooks, installed once per model: without an active run each returns after one look at a ContextVar."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from explorer.capture import progress
from explorer.capture.active import STACK, Recorder, active
from explorer.capture.records import LayerCall
from explorer.capture.softmax_tap import install_tap
from explorer.models.handle import ModelHandle, part
from explorer.models.sites import Sites

# Gives the recorder of a run that looks at this stack.
Looking = Callable[[], Recorder | None]


def install(handle: ModelHandle) -> None:
    """Put the hooks of every stack on a freshly built model. Modules are looked up before the first hook is set."""
    stacks = handle.stacks
    views = [handle.of_stack(stack) for stack in stacks]
    for view in views:
        for layer in view.layers:
            _attention(view, layer)
    for stack, view in zip(stacks, views, strict=True):
        looking = active if len(stacks) == 1 else _looking_at(stack)
        Hooks(view.sites, view.dims.n_heads, looking).install(view)
    table = handle.word_table
    if table is not None:
        table.register_forward_pre_hook(_put_off)


def _put_off(module: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
    """No place in place of all: whoever wants the scores of words asks for those of the places that are looked at."""
    recorder = active()
    if recorder is None or not recorder.put_off:
        return None
    recorder.tensors["guess_input"] = args[0]
    return (args[0][:, :0],)


def _looking_at(stack: str) -> Looking:
    def looking() -> Recorder | None:
        recorder = active()
        return recorder if recorder is not None and recorder.stack == stack else None

    return looking


def _attention(view: ModelHandle, layer: nn.Module) -> None:
    """Tell the attention module of a layer which stack it belongs to, and tap it where that is needed."""
    module = layer.get_submodule(view.sites.attention)
    if len(view.stacks) > 1:
        setattr(module, STACK, view.stack)
    if view.sites.tapped:
        install_tap(module, view.sites.time_first, view.sites.order == "both")


class Hooks:
    """The hooks of one stack; `looking` gives the recorder of a run that looks at it, or None.

    They know no module and no handle: whoever copies a layer copies its hooks with all that these can reach.
    """

    def __init__(self, sites: Sites, n_heads: int, looking: Looking) -> None:
        self.sites, self.n_heads, self.looking = sites, n_heads, looking

    def install(self, handle: ModelHandle) -> None:
        """Set them all."""
        base, sites = handle.base, self.sites
        for name in ("word", "position", "segment", "pooler", "final_norm"):
            module = part(base, getattr(sites, name))
            if module is not None:
                field = {"pooler": "pooled", "final_norm": "final"}.get(name, name)
                module.register_forward_hook(self._note(field))
        mixer = part(base, sites.first_mixed)
        if mixer is not None:
            mixer.register_forward_hook(self._mixed)
        norm = part(base, sites.embedding_norm)
        if norm is not None:
            norm.register_forward_pre_hook(self._note_input("embedding_sum"))
            norm.register_forward_hook(self._note("embedding"))
        once = {id(layer): layer for layer in handle.layers}
        for layer in once.values():
            self._on_layer(layer)

    def _on_layer(self, layer: nn.Module) -> None:
        sites = self.sites
        layer.register_forward_pre_hook(self._enter, with_kwargs=True)
        for name in ("attn_norm", "attn_pre", "ffn_pre"):
            path = getattr(sites, name)
            if path is not None:
                field = {"attn_pre": "attn_in", "ffn_pre": "ffn_in"}.get(name, name)
                layer.get_submodule(path).register_forward_hook(self._keep(field))
        if sites.attn_norm is not None:
            layer.get_submodule(sites.attn_norm).register_forward_hook(self._after_attention)
        sum_at = sites.attn_sum or sites.ffn_pre
        if sum_at is not None:
            layer.get_submodule(sum_at).register_forward_pre_hook(self._keep_input("attn_sum"))
        if not sites.parameters:
            layer.get_submodule(sites.attn_after or sites.attn_out).register_forward_hook(self._keep("attn_out"))
            self._projections(layer)
        ffn_out = layer.get_submodule(sites.ffn_out)
        ffn_out.register_forward_pre_hook(self._keep_input("ffn_act"))
        branch = layer.get_submodule(sites.ffn_after or sites.ffn_out)
        branch.register_forward_hook(self._zero_ffn)
        branch.register_forward_hook(self._keep("ffn_out"))
        layer.register_forward_hook(self._leave)

    def _projections(self, layer: nn.Module) -> None:
        sites = self.sites
        if sites.fused:
            fused = layer.get_submodule(sites.query)
            fused.register_forward_hook(self._identity_thirds)
            if sites.tapped:
                fused.register_forward_hook(self._keep_heads("qkv"))
            return
        for letter, path in (("q", sites.query), ("k", sites.key), ("v", sites.value)):
            module = layer.get_submodule(path)
            module.register_forward_hook(self._identity(letter))
            if sites.tapped:
                module.register_forward_hook(self._keep_heads(letter))

    def _batch_first(self, tensor: Tensor) -> Tensor:
        return tensor.transpose(0, 1) if self.sites.time_first else tensor

    def _note(self, name: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: Any, output: Tensor) -> None:
            recorder = self.looking()
            if recorder is not None:
                recorder.tensors[name] = self._batch_first(output)

        return hook

    def _note_input(self, name: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: tuple[Tensor, ...]) -> None:
            recorder = self.looking()
            if recorder is not None:
                recorder.tensors[name] = self._batch_first(args[0])

        return hook

    def _keep(self, name: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: Any, output: Tensor) -> None:
            recorder = self.looking()
            if recorder is not None and recorder.keep:
                recorder.tensors[name] = self._batch_first(output)

        return hook

    def _keep_input(self, name: str) -> Callable[..., None]:
        def hook(module: nn.Module, args: tuple[Tensor, ...]) -> None:
            recorder = self.looking()
            if recorder is not None and recorder.keep:
                recorder.tensors[name] = self._batch_first(args[0])

        return hook

    def _keep_heads(self, letters: str) -> Callable[..., None]:
        """q, k and v of a tapped module, cut into heads: B H T K. DeBERTa projects distances later: the first call."""

        def hook(module: nn.Module, args: Any, output: Tensor) -> None:
            recorder = self.looking()
            if recorder is None:
                return
            for letter, tensor in zip(letters, output.chunk(len(letters), -1), strict=True):
                if recorder.keeps(letter):
                    heads = tensor.unflatten(-1, (self.n_heads, -1)).transpose(1, 2)
                    recorder.tensors.setdefault(letter, heads)

        return hook

    def _enter(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        recorder = self.looking()
        if recorder is not None:
            recorder.layer += 1
            if recorder.look is not None:
                for letter in "qk":  # of the layer before
                    recorder.tensors.pop(letter, None)
            recorder.calls.append(LayerCall(args, dict(kwargs)))

    def _leave(self, module: nn.Module, args: Any, output: Any) -> Any:
        """Note what the layer gives on; without its block and LayerNorm that is what attention has made."""
        recorder = self.looking()
        if recorder is None:
            return None
        progress.passed()
        variant, first = recorder.variant, output[0] if isinstance(output, (tuple, list)) else output
        skipped = variant.ffn_mode == "skip" and variant.drops_ffn(recorder.layer)
        if skipped and recorder.after_attention is not None:
            first = recorder.after_attention
        recorder.hidden.append(self._batch_first(first))
        if not skipped:
            return None
        return first if isinstance(output, Tensor) else type(output)([first, *output[1:]])

    def _mixed(self, module: nn.Module, args: tuple[Any, ...], output: Tensor) -> None:
        """What the next layer reads is this module's output, called with a layer's input, its output, and more."""
        recorder = self.looking()
        if recorder is not None:
            recorder.calls[-1:] = [replace(call, mixed=args[2:]) for call in recorder.calls[-1:]]
            recorder.hidden[-1] = self._batch_first(output)

    def _after_attention(self, module: nn.Module, args: Any, output: Tensor) -> None:
        recorder = self.looking()
        if recorder is not None and recorder.variant.ffn_mode == "skip":
            recorder.after_attention = output

    def _zero_ffn(self, module: nn.Module, args: Any, output: Tensor) -> Tensor | None:
        recorder = self.looking()
        if recorder is None or recorder.variant.ffn_mode != "zero":
            return None
        return torch.zeros_like(output) if recorder.variant.drops_ffn(recorder.layer) else None

    def _identity(self, letter: str) -> Callable[..., Tensor | None]:
        """The projection's input in place of its output."""

        def hook(module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
            recorder = self.looking()
            if recorder is None or letter not in recorder.variant.identity:
                return None
            return args[0] if recorder.variant.applies(recorder.layer) else None

        return hook

    def _identity_thirds(self, module: nn.Module, args: tuple[Tensor, ...], output: Tensor) -> Tensor | None:
        """The same where one projection makes q, k and v."""
        recorder = self.looking()
        if recorder is None or not recorder.variant.identity or not recorder.variant.applies(recorder.layer):
            return None
        thirds = zip("qkv", output.chunk(3, -1), strict=True)
        return torch.cat([args[0] if letter in recorder.variant.identity else third for letter, third in thirds], -1)
