"""Who may train: one pair at a time, first come first served, results kept; with stand-ins for the processes."""

from dataclasses import replace
from typing import ClassVar

import pytest

from explorer.errors import ModelGone, QueueFull
from explorer.models import trained
from explorer.training import queue as module
from explorer.training.process import Point, Process
from explorer.training.queue import MOST_EACH, MOST_RESULTS, MOST_WAITING, Queue
from explorer.training.setting import TrainingSetting
from explorer.work import Work

A, B, C, D = (TrainingSetting(seed=seed) for seed in (1, 2, 3, 4))


class StandIn(Process):
    """A process that ends when the test says so."""

    started: ClassVar[list["StandIn"]] = []

    def __init__(self, setting, folder, ended):
        self.setting, self.folder, self._ended = setting, folder, ended
        self.points, self.saturation, self.over, self.stopped = [Point(10, 2.0, 1.0)], None, False, False
        StandIn.started.append(self)

    def stop(self):
        self.stopped = True
        self.end(None)

    def end(self, saturation):
        if not self.over:
            self.saturation, self.over = saturation, True
            self._ended(self)


@pytest.fixture
def line(monkeypatch):
    StandIn.started = []
    monkeypatch.setattr(module, "Process", StandIn)
    return Queue(1)


def test_three_visitors(line):
    first, second, third = line.submit((A, B)), line.submit((C, D)), line.submit((B, C))
    assert [t.state for t in (first, second, third)] == ["running", "waiting", "waiting"]
    assert [line.place(t) for t in (second, third)] == [0, 1]
    assert [p.setting for p in StandIn.started] == [A, B]
    StandIn.started[0].end({"entropy": 0.5})
    assert first.state == "running", "its other model is not at its end"
    StandIn.started[1].end({"entropy": 0.6})
    assert [t.state for t in (first, second, third)] == ["done", "running", "waiting"]
    assert first.results[A.key].saturation == {"entropy": 0.5}
    assert line.place(third) == 0


def test_what_was_trained_is_not_trained_again(line):
    line.submit((A, B))
    for process in list(StandIn.started):
        process.end({"entropy": 0.5})
    again = line.submit((B, A))
    assert again.state == "done"
    assert again.points(A) == (Point(10, 2.0, 1.0),)
    half = line.submit((A, C))
    assert half.state == "running"
    assert [p.setting for p in StandIn.started] == [A, B, C]
    assert line.finished((A, B)).state == "done"
    assert line.finished((A, C)) is None


def test_the_same_setting_twice_is_one_training(line):
    ticket = line.submit((A, A))
    assert len(StandIn.started) == 1
    StandIn.started[0].end({"entropy": 0.5})
    assert ticket.state == "done"


def test_who_leaves_makes_room(line):
    first, second, third = line.submit((A, B)), line.submit((C, D)), line.submit((C, D))
    line.cancel(second)
    assert second.state == "stopped"
    line.cancel(first)
    assert first.state == "stopped"
    assert all(p.stopped for p in StandIn.started[:2])
    assert third.state == "running"
    assert line.finished((A, B)) is None, "half a training is no result"
    line.cancel(first)
    assert third.state == "running", "a second cancel does nothing"


def test_a_failure_ends_the_pair(line):
    ticket, waiting = line.submit((A, B)), line.submit((C, D))
    StandIn.started[0].end(None)
    assert ticket.state == "failed"
    assert StandIn.started[1].stopped
    assert waiting.state == "running"


def test_bounds(line):
    line.submit((A, B))
    for _ in range(MOST_EACH):
        line.submit((C, D), "one")
    with pytest.raises(QueueFull):
        line.submit((C, D), "one")
    for _ in range(MOST_WAITING - MOST_EACH):
        line.submit((C, D), "another")
    with pytest.raises(QueueFull):
        line.submit((C, D), "a third")


def test_only_so_many_results_are_kept(line):
    for seed in range(MOST_RESULTS + 3):
        line.submit((replace(A, seed=seed),))
        StandIn.started[-1].end({"entropy": 0.5})
    assert line.result(replace(A, seed=0)) is None
    assert line.result(replace(A, seed=MOST_RESULTS + 2)) is not None
    assert len(trained.names()) <= trained.MOST
    with pytest.raises(ModelGone):
        trained.folder_of(replace(A, seed=0).key)
    with pytest.raises(ModelGone):
        trained.folder_of("../../etc")


def test_a_process_that_cannot_start_does_not_block_the_line(line, monkeypatch, caplog):
    def refuse(setting, folder, ended):
        if setting == B:
            raise OSError("no more processes")
        return StandIn(setting, folder, ended)

    monkeypatch.setattr(module, "Process", refuse)
    first, second = line.submit((A, B)), line.submit((C, D))
    assert first.state == "failed" and StandIn.started[0].stopped
    assert "did not start" in caplog.text
    assert second.state == "running"
    for process in StandIn.started[1:]:
        process.end({"entropy": 0.5})
    assert second.state == "done"
    third, fourth = line.submit((B,)), line.submit((C, D))
    assert (third.state, fourth.state) == ("failed", "done")


def test_a_ticket_is_work(line):
    """Counted in steps of all its trainings; stopped by itself."""
    ticket, waiting = line.submit((A, replace(B, steps=200))), line.submit((C, D))
    assert isinstance(ticket, Work) and ticket.expected == A.steps + 200
    StandIn.started[1].points.append(Point(20, 1.5, 2.0))
    assert ticket.done == 10 + 20 and len(ticket.items()) == 3 and ticket.running and ticket.failed is None
    assert waiting.running and waiting.before == 0 and waiting.done == 0
    ticket.stop()
    assert not ticket.running and ticket.failed is None and waiting.state == "running"
    StandIn.started[-1].end(None)
    assert waiting.failed and not waiting.running


def test_a_model_that_needs_a_rule_from_outside_is_offered_to_no_page(line):
    pair = replace(A, scale="cap", seed=9), replace(A, causal=True, seed=9)
    ticket = line.submit(pair)
    for process in list(StandIn.started):
        process.end({"entropy": 0.5})
    assert ticket.state == "done" and {one.key for one in pair}.isdisjoint(trained.names())
