"""Whoever watches is told of every layer, may end the work, and a run that was ended leaves nothing behind."""

from threading import Event, Thread

import pytest
import torch

from explorer import Scene, Variant, replay, run
from explorer.analysis.models.word_change import word_change
from explorer.analysis.scaling.gradients import gradient_norms
from explorer.analysis.scaling.saturation import saturation_map
from explorer.analysis.structure.rank_collapse import rank_paths
from explorer.capture import gate, progress
from explorer.capture.active import active

TEXT = "one two three four five"


class Counting:
    """Notes what it is told; ends the work after so many layers."""

    def __init__(self, end_after: int | None = None) -> None:
        self.expected, self.done, self.waited, self.end_after = 0, 0, 0, end_after

    def expect(self, layers: int) -> None:
        self.expected += layers

    def passed(self, layers: int) -> None:
        self.done += layers
        if self.end_after is not None and self.done >= self.end_after:
            raise InterruptedError

    def waits(self) -> None:
        self.waited += 1


@pytest.mark.parametrize(
    "work",
    [
        lambda handle, seen: run(handle, TEXT, None, Variant(scale="none")),
        lambda handle, seen: replay(handle, seen, 1),
        lambda handle, seen: saturation_map(Scene.of(handle, seen)),
        lambda handle, seen: gradient_norms(Scene.of(handle, seen)),
        lambda handle, seen: rank_paths(Scene.of(handle, seen)),
        lambda handle, seen: word_change(Scene(handle, TEXT), 2, "six"),
    ],
    ids=["run", "replay", "saturation", "gradients", "rank", "word"],
)
def test_what_is_announced_is_what_passes(tiny, work):
    seen, watcher = run(tiny, TEXT), Counting()
    with progress.watched(watcher):
        work(tiny, seen)
    assert watcher.expected == watcher.done > 0
    work(tiny, seen)
    assert watcher.expected == watcher.done, "nobody is told outside the block"


@pytest.mark.parametrize("end_after", [1, 2, 3])
def test_work_that_is_ended_leaves_nothing_behind(tiny, end_after):
    before = run(tiny, TEXT).hidden[-1]
    with pytest.raises(InterruptedError), progress.watched(Counting(end_after)):
        run(tiny, TEXT, None, Variant(scale="none"))
    assert active() is None
    assert torch.equal(run(tiny, TEXT).hidden[-1], before)


def test_who_waits_for_a_place_is_told_so(tiny, monkeypatch):
    only = gate.Gate(1)
    monkeypatch.setattr(gate, "PATIENCE", 0.01)
    monkeypatch.setattr(gate, "SHORT", 0)  # no pass has a place of its own
    monkeypatch.setattr("explorer.capture.run.GATE", only)
    watcher, held, free = Counting(), Event(), Event()

    def neighbour() -> None:
        with only.place(512):
            held.set()
            free.wait(20)

    thread = Thread(target=neighbour)
    thread.start()
    assert held.wait(20)
    original = watcher.waits

    def waits() -> None:
        original()
        free.set()

    watcher.waits = waits
    with progress.watched(watcher):
        run(tiny, TEXT)
    thread.join(20)
    assert watcher.waited >= 1 and watcher.done == watcher.expected
