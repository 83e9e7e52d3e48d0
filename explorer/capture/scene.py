"""A model that reads a text: everything that can be seen of it, computed when it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from explorer.capture.changes.variant import AS_IS, Variant
from explorer.capture.records import Capture, LayerCapture
from explorer.capture.replay import replay
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
        wanted = self.variant if variant is None else variant
        if wanted not in self._runs:
            self._runs[wanted] = run(self.handle, self.encoded, variant=wanted)
        return self._runs[wanted]

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
