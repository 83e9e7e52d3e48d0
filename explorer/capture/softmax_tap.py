"""Attention modules that write their softmax out (XLNet, DeBERTa, GPT, MPNet), watched and changed at that softmax.

A module's class is exchanged for one whose forward runs under a `TorchFunctionMode` while somebody is looking. Mode
and class are per thread and per call, so that other visitors' runs on the same weights see nothing of it.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

from explorer.capture.active import Recorder, active
from explorer.capture.attention import CELLS, future_of, hides_later
from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Block, LookedAt
from explorer.errors import NotInThisModel

SOFTMAX = (functional.softmax, torch.softmax, Tensor.softmax)
PRODUCTS = (torch.matmul, torch.bmm, torch.einsum)

# These models mask with -1e4 (GPT), -1e30 (XLNet) or the lowest number (DeBERTa); scores of trained models stay below
# a few hundred.
HIDDEN = -9e3


def install_tap(module: nn.Module, time_first: bool, biased: bool = False) -> None:
    """Exchange the class of one attention module; its forward is the same while nobody is looking.

    biased: its third argument is added to the scores after the factor.
    """
    if isinstance(module, Tapped):
        return
    facts = {"time_first": time_first, "biased": biased}
    module.__class__ = type(type(module).__name__, (Tapped, type(module)), facts)


class Tapped(nn.Module):
    """Mixed in before an attention module's own class."""

    time_first = False
    biased = False

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The module's own forward, under a tap if a run is active."""
        recorder = active()
        if recorder is None:
            return super().forward(*args, **kwargs)
        if recorder.only and recorder.look is None:
            raise LookedAt
        with Tap(recorder, self, args[2] if self.biased else 0.0):
            return super().forward(*args, **kwargs)


class Tap(TorchFunctionMode):
    """Sees the functions that one attention module calls in this thread."""

    def __init__(self, recorder: Recorder, module: nn.Module, added: Tensor | float = 0.0) -> None:
        super().__init__()
        self.recorder, self.module, self.added = recorder, module, added
        self.probs: Tensor | None = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func in SOFTMAX and args[0].dim() == 4:
            return self._softmax(args[0])
        if func is torch.einsum and len(args) == 3:
            return self._einsum(*args)
        output = func(*args, **(kwargs or {}))
        if func in PRODUCTS and self.probs is not None and args[0].data_ptr() == self.probs.data_ptr():
            self._context(output.view(*self.probs.shape[:3], -1))
        return output

    def _softmax(self, scores: Tensor) -> Tensor:
        """softmax of the model's own scores, changed as the variant says; B H Tq Tk."""
        recorder, variant = self.recorder, self.recorder.variant
        layer = recorder.layer
        recorder.factors.append(_factor(variant, layer, self.module, scores.shape[1]))
        if recorder.asked:
            recorder.causal.append(hides_later(scores < HIDDEN))
        for other in recorder.look.others if recorder.look else ():
            changed = self._under(other, scores)
            self._show(changed, torch.softmax(changed, dim=-1), other, other)
        own, scores = scores, self._under(variant, scores)
        probs = torch.softmax(scores, dim=-1)
        if recorder.keep:
            shown = scores.masked_fill(own < HIDDEN, torch.finfo(scores.dtype).min)
            recorder.tensors |= {"scores": shown, "probs": probs}
        self._show(scores, probs, variant)
        if recorder.only:
            raise LookedAt
        ablated = variant.ablated_heads(layer)
        if ablated:
            probs = probs.clone()
            probs[:, ablated] = 0
        self.probs = probs
        return probs

    def _under(self, variant: Variant, scores: Float[Tensor, "B H Tq Tk"]) -> Float[Tensor, "B H Tq Tk"]:
        """The scores as the variant has them; those that the model hides stay as they are."""
        layer, own = self.recorder.layer, own_factor(self.module)
        factor = _factor(variant, layer, self.module, scores.shape[1])
        cooler = variant.temperature if variant.applies(layer) else 1.0
        if factor != own or cooler != 1:
            changed = (scores - self.added) * (factor / own) + self.added / cooler
            scores = torch.where(scores < HIDDEN, scores, changed)
        if variant.causal and variant.applies(layer):
            future = future_of(scores.shape[2], scores.shape[3], scores.device)
            scores = scores.masked_fill(future, torch.finfo(scores.dtype).min)
        return scores

    @torch.no_grad()
    def _show(
        self,
        scores: Float[Tensor, "B H Tq Tk"],
        probs: Float[Tensor, "B H Tq Tk"],
        variant: Variant,
        other: Variant | None = None,
    ) -> None:
        """All heads to who looks, some at a time; copied, because the module itself goes on with these."""
        look, tensors, layer = self.recorder.look, self.recorder.tensors, self.recorder.layer
        if look is None:
            return
        batch, n_heads, n_queries, n_keys = probs.shape
        factor = _factor(variant, layer, self.module, scores.shape[1])
        together = max(1, CELLS // (batch * n_queries * n_keys))
        for first in range(0, n_heads, together):
            heads = slice(first, first + together)
            q, k = tensors["q"][:, heads].detach(), tensors["k"][:, heads].detach()
            shown = scores[:, heads].detach().clone(), probs[:, heads].detach(), q, k
            look.see(Block(layer, heads, n_heads, *shown, factor, other))

    def _einsum(self, equation: str, first: Tensor, second: Tensor) -> Tensor:
        """XLNet's products: with its tensors q, k, v and o, and of the probabilities with the values."""
        letter = next((name for name in "qkvo" if second is getattr(self.module, name, None)), "")
        variant, layer = self.recorder.variant, self.recorder.layer
        output: Tensor = torch.einsum(equation, first, second)
        if letter in variant.identity and letter and variant.applies(layer):
            output = first.unflatten(-1, output.shape[2:])
        if self.recorder.keeps(letter) and letter:
            name, seen = (letter, output.permute(1, 2, 0, 3)) if letter != "o" else ("attn_out", output.transpose(0, 1))
            self.recorder.tensors.setdefault(name, seen)
        if self.probs is not None and first.data_ptr() == self.probs.data_ptr():
            self._context(output.permute(1, 2, 0, 3))
        return output

    def _context(self, context: Tensor) -> None:
        if self.recorder.keep:
            self.recorder.tensors["context"] = context


def _factor(variant: Variant, layer: int, module: Any, n_heads: int) -> float:
    """What q·k is multiplied by. A rule needs q and k before the product, which nobody sees here.

    Raises:
        NotInThisModel: for a variant with a rule of the score.
    """
    if variant.rule_in(layer) is not None:
        raise NotInThisModel(model=type(module).__name__, reason="rule_tapped")
    return variant.factor(layer, own_factor(module), head_width(module), n_heads)


def own_factor(module: Any) -> float:
    """What this module multiplies q·k and all that it adds to it with.

    GPT: 1/√d, and MPNet, whose bias comes after it. XLNet: its `scale`. DeBERTa: 1/√(d · n), n: kinds of score in the
    sum (He et al. 2021, equation 4).
    """
    if hasattr(module, "pos_att_type"):
        kinds = 1 + sum(kind in module.pos_att_type for kind in ("c2p", "p2c"))
        return float((head_width(module) * kinds) ** -0.5)
    return float(head_width(module) ** -0.5)


def head_width(module: Any) -> int:
    """d_head of a tapped module."""
    if hasattr(module, "attention_head_size"):
        return int(module.attention_head_size)
    return int(module.d_head) if hasattr(module, "d_head") else int(module.split_size) // int(module.n_head)
