"""The run that is going on in this thread, found through a ContextVar, and what it writes down."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from torch import Tensor, nn

from explorer.capture.changes.variant import Variant
from explorer.capture.looks import Look
from explorer.capture.records import LayerCall


@dataclass(eq=False)
class Recorder:
    """Notes of one forward pass in one thread.

    keep: every tensor of the layers that run (a replay); otherwise their inputs only (a run).
    look: sees all heads of the layers that run. only: the layer that runs is left as soon as it has seen them.
    layer: number of the layer that is running. Counted at its entrance, because a module can be called more than
        once (ALBERT) and not every attention module knows its index (DistilBERT).
    stack: of a model with several (T5), the one that is watched; the others run as they are.
    factors: what each layer's attention multiplies q·k with. causal: whether nobody sees a later token; where `asked`.
    put_off: the table of words at the output is asked for nothing; what it would have read is kept.
    after_attention: what the running layer's attention block has made, for a layer without feed-forward block.
    """

    variant: Variant
    keep: bool = False
    look: Look | None = None
    only: bool = False
    asked: bool = False
    put_off: bool = False
    layer: int = -1
    stack: str = "encoder"
    calls: list[LayerCall] = field(default_factory=list)
    hidden: list[Tensor] = field(default_factory=list)
    tensors: dict[str, Tensor] = field(default_factory=dict)
    factors: list[float] = field(default_factory=list)
    causal: list[bool] = field(default_factory=list)
    after_attention: Tensor | None = None

    @property
    def last(self) -> Tensor:
        """What the model gives out, B T D: the last layer's output, normalised where the model does that."""
        return self.tensors.get("final", self.hidden[-1])

    def keeps(self, letter: str) -> bool:
        """Whether a tapped module's q, k, v … is kept: for a replay, or for whoever looks at all heads."""
        return self.keep or (self.look is not None and letter in ("q", "k"))

    def watches(self, module: nn.Module) -> bool:
        """Whether an attention module belongs to the stack that is watched."""
        stack = getattr(module, STACK, None)
        return stack is None or stack == self.stack


# Name under which a module of a model with several stacks knows its own; a copy of the module knows it too.
STACK = "explorer_stack"

_active: ContextVar[Recorder | None] = ContextVar("explorer_run", default=None)


def active() -> Recorder | None:
    """The recorder of this thread's run, or None when nobody is looking."""
    return _active.get()


@contextmanager
def recording(recorder: Recorder) -> Iterator[Recorder]:
    """Make the recorder the active one for the block. Enter it in the thread that runs the forward pass."""
    token = _active.set(recorder)
    try:
        yield recorder
    finally:
        _active.reset(token)
