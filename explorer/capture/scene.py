"""A model that reads a text: everything that can be seen of it, computed when it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from jaxtyping import Float
from torch import Tensor

from explorer.capture.changes.variant import AS_IS, Variant
from explorer.capture.looks import Look, Probabilities, Together
from explorer.capture.records import Capture, Heads, LayerCapture
from explorer.capture.reduce import Overview
from explorer.capture.replay import look_again, replay
from explorer.capture.run import run
from explorer.models.encode import Encoded, encode
from explorer.models.handle import ModelHandle

S = TypeVar("S", bound="Scene")


@dataclass(frozen=True, eq=False)
class Scene:
    """What analysis is given: `Scene(load(), "Dogs chase cats.")`. Runs are made once and kept, layers are not.

    variant: what is changed in its run; by default nothing. A run under another one is asked for by `capture` and `of`.
    """

    handle: ModelHandle
    text: str | Encoded
    pair: str | None = None
    variant: Variant = AS_IS
    _runs: dict[Variant, Capture] = field(default_factory=dict, repr=False)
    _heads: dict[Variant, Heads] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls: type[S], handle: ModelHandle, *seen: Capture) -> S:
        """The scene of runs of one text that were made before; the first is its own."""
        return cls(handle, seen[0].encoded, None, seen[0].variant, {one.variant: one for one in seen})

    def under(self: S, variant: Variant) -> S:
        """The same text, read by the model under a variant."""
        return replace(self, variant=variant)

    @property
    def encoded(self) -> Encoded:
        """The text as the model reads it."""
        return self._encoded

    @cached_property
    def _encoded(self) -> Encoded:
        return self.text if isinstance(self.text, Encoded) else encode(self.handle, self.text, self.pair)

    @property
    def keys(self) -> Encoded:
        """What attention looks at: the text itself; in cross attention, and there alone, another one."""
        source = self.encoded.source
        return source if self.handle.stack == "cross" and source is not None else self.encoded

    def capture(self, variant: Variant | None = None) -> Capture:
        """The run of the whole network, by default the scene's own. It is shared: never write into it.

        Raises:
            EmptyText, TextTooLong, VariantInvalid, NoWeights: as `run`.
        """
        return self._run(self.variant if variant is None else variant)

    def _run(self, variant: Variant, look: Look | None = None) -> Capture:
        """The kept run; one that has yet to be made shows its heads to the look."""
        if variant not in self._runs:
            self._runs[variant] = run(self.handle, self.encoded, variant=variant, look=look)
        return self._runs[variant]

    def show(self, look: Look, variant: Variant | None = None) -> None:
        """Show it all heads of a run, by default the scene's own: while it goes on, or of one that was made before.

        Who asks before anything else of the run is asked for pays only for the looking.
        """
        seen = self._run(self.variant if variant is None else variant, look)
        if not look.seen:
            look_again(self.handle, seen, look)

    def probs(self, layer: int) -> Float[Tensor, "B H T Tk"]:
        """All probabilities of one layer of the scene's own run, and nothing else of it."""
        look = Probabilities()
        look_again(self.handle, self.capture(), look, (layer,))
        return look.probs

    def heads(self, also: Look | None = None) -> Heads:
        """Reductions of all heads of the scene's own run, made when they are first asked for, and kept.

        also: another look, which sees the heads too, if possible on the same occasion; it leaves the scores alone.
        """
        found = self._overview(also)
        if also is not None and not also.seen:
            self.show(also)
        return found

    def _overview(self, also: Look | None) -> Heads:
        if self.variant not in self._heads:
            look = Overview(self.handle.dims.n_layers, (self.keys.mask.sum(1) - 1).tolist())
            self.show(look if also is None else Together(also, look))
            self._heads[self.variant] = look.heads
        return self._heads[self.variant]

    def layer(self, number: int, variant: Variant | None = None, of: Variant | None = None) -> LayerCapture:
        """Every tensor of one layer, counted from 0, of the run under `of`, by default the scene's own.

        variant: of this layer alone, with the input that it had in that run; by default the run's own.

        Raises:
            LayerMissing, VariantInvalid: as `replay`.
        """
        return replay(self.handle, self.capture(of), number, variant)

    def layers(self, variant: Variant | None = None, of: Variant | None = None) -> Iterator[LayerCapture]:
        """One layer after the other: at 512 tokens all of them are hundreds of MB, so take from each and let it go."""
        for number in range(self.handle.dims.n_layers):
            yield self.layer(number, variant, of)
