"""How far the work of this thread is, counted in layers that have run: whoever waits can be told, and can end it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol, runtime_checkable


@runtime_checkable
class Watcher(Protocol):
    """Is told of the work; what it raises ends the work, and leaves nothing behind."""

    def expect(self, layers: int) -> None:
        """So many more layers will run."""

    def passed(self, layers: int) -> None:
        """So many more layers have run."""

    def waits(self) -> None:
        """The work waits for a place among the forward passes."""


_watcher: ContextVar[Watcher | None] = ContextVar("explorer_watcher", default=None)
_announced: ContextVar[bool] = ContextVar("explorer_announced", default=False)


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Tell this watcher of all work of this thread within the block."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def is_watched() -> bool:
    """Whether somebody is told of this thread's work."""
    return _watcher.get() is not None


@contextmanager
def expected(layers: int) -> Iterator[None]:
    """Announce the work of the block; what parts of it announce themselves is counted in already."""
    watcher = _watcher.get()
    if watcher is None or _announced.get():
        yield
        return
    watcher.expect(layers)
    token = _announced.set(True)
    try:
        yield
    finally:
        _announced.reset(token)


def passed(layers: int = 1) -> None:
    """Layers have run."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher.passed(layers)


def waits() -> None:
    """The work waits for its turn; said again and again while it does."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher.waits()
