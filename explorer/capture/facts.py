"""What a model does in each layer before it is changed, found by one pass over a few tokens.

The same architecture can be built otherwise: a BERT as a decoder, a GPT-2 without the scale, an XLNet that reads from
the left. A table of architectures cannot know that, the run does.
"""

import math
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import torch

from explorer.capture import progress
from explorer.capture.active import Recorder
from explorer.capture.changes.variant import Variant
from explorer.capture.run import forward_pass, inputs
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle

TEXT = "one two three four five"
N_TOKENS = 4


@dataclass(frozen=True)
class Facts:
    """factors: what each layer multiplies q·k with. causal: whether its tokens see no later ones."""

    factors: tuple[float, ...]
    causal: tuple[bool, ...]

    def at_width(self, layer: int, own: int, width: int) -> float:
        """The same rule for heads of another width: 1/√own becomes 1/√width; a model without a scale has none there."""
        return of_width(self.factors[layer], own, width, scaled=self.factors[0] != 1 or own == 1)

    @property
    def factor(self) -> float | None:
        """The factor of all layers; None where they differ."""
        return self.factors[0] if len(set(self.factors)) == 1 else None


def of_width(factor: float, own: int, width: int, scaled: bool) -> float:
    """A factor on q·k carried over to heads of another width. scaled: whether the width is in it at all."""
    return factor * math.sqrt(own / width) if scaled else factor


def spelled(factor: float | None, d_head: int) -> str:
    """A factor as it is written: 1/√d where it is that, else the number; a dash where the layers differ."""
    if factor is None:
        return "–"
    return "1/√d" if math.isclose(factor, d_head**-0.5, rel_tol=1e-4) else f"{factor:.3g}"


_found: "WeakKeyDictionary[ModelHandle, Facts]" = WeakKeyDictionary()


def facts_of(handle: ModelHandle) -> Facts:
    """The facts of the stack that a handle shows; found once.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    found = _found.get(handle)
    if found is None:
        found = _found[handle] = _ask(handle)
    return found


def _ask(handle: ModelHandle) -> Facts:
    """Whatever the tokenizer makes of the text, at least two tokens are read: one alone sees nothing later."""
    handle.require_weights()
    recorder = Recorder(Variant(), asked=True, stack=handle.stack)
    with progress.expected(handle.dims.n_layers), forward_pass(recorder, N_TOKENS):
        handle.model(**inputs(_longer(encode(handle, TEXT))))
    return Facts(tuple(recorder.factors), tuple(recorder.causal))


def _longer(encoded: Encoded) -> Encoded:
    times = -(-N_TOKENS // encoded.ids.shape[1])
    ids, segments, mask = (torch.cat([row] * times, 1) for row in (encoded.ids, encoded.segments, encoded.mask))
    source = None if encoded.source is None else _longer(encoded.source)
    return replace(encoded, ids=ids, segments=segments, mask=mask, source=source)


def classification(handle: ModelHandle, encoded: Encoded) -> int | None:
    """The place whose state stands for the whole text, that of [CLS] or <cls>; None where there is none.

    A decoder's first token has seen nothing of the text, whatever it is called.

    Raises:
        NoWeights: for a model of kind `meta`.
    """
    place = encoded.cls
    return None if place is not None and place < encoded.n_tokens - 1 and any(facts_of(handle).causal) else place
