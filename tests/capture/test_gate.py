"""Who comes in when: first come first served, one long pass a visitor, one place more for short ones."""

import threading

import pytest
import torch

from explorer.capture.gate import SHORT, Gate, visitor
from explorer.capture.progress import watched
from explorer.errors import WorkStopped


class Someone:
    """A pass in a thread of its own, which stays inside until it is told to go."""

    def __init__(self, gate, who=None, n=512, watcher=None):
        self.inside, self.may_go, self.failed = threading.Event(), threading.Event(), None
        self.thread = threading.Thread(target=self.work, args=(gate, who, n, watcher))
        self.thread.start()

    def work(self, gate, who, n, watcher):
        visitor.set(who)
        try:
            if watcher is None:
                self.pass_through(gate, n)
            else:
                with watched(watcher):
                    self.pass_through(gate, n)
        except WorkStopped as stopped:
            self.failed = stopped

    def pass_through(self, gate, n):
        with gate.place(n):
            self.inside.set()
            assert self.may_go.wait(60)

    def go(self):
        self.may_go.set()
        self.thread.join(60)
        assert not self.thread.is_alive()

    def is_inside(self, seconds=60):
        return self.inside.wait(seconds)

    def waits(self):
        return not self.inside.wait(0.15)


def test_in_the_order_of_the_line():
    gate = Gate(1)
    first = Someone(gate, "a")
    assert first.is_inside()
    others = []
    for who in "bcd":
        others.append(Someone(gate, who))
        assert others[-1].waits()
    first.go()
    for number, one in enumerate(others):
        assert one.is_inside() and all(later.waits() for later in others[number + 1 :])
        one.go()


def test_a_visitor_has_one_long_pass_at_a_time():
    gate = Gate(2)
    one, two = Someone(gate, "a"), None
    assert one.is_inside()
    two, other = Someone(gate, "a"), None
    assert two.waits()
    other = Someone(gate, "b")
    assert other.is_inside(), "who came later has not had a turn"
    one.go()
    assert two.is_inside()
    two.go()
    other.go()


def test_a_short_pass_does_not_wait_for_long_ones():
    gate = Gate(2)
    long = [Someone(gate, who) for who in "ab"]
    assert all(one.is_inside() for one in long)
    waiting = Someone(gate, "c")
    assert waiting.waits()
    short = Someone(gate, "a", SHORT)
    assert short.is_inside(), "also of a visitor with a long pass"
    second = Someone(gate, "d", 1)
    assert second.waits(), "there is one place more, not any number"
    short.go()
    assert second.is_inside() and waiting.waits()
    for one in (second, *long, waiting):
        one.go()


def test_a_pass_within_a_pass_keeps_its_place():
    gate = Gate(1)
    with gate.place(512), gate.place(512), gate.place():
        assert len(gate._inside) == 1
    assert not gate._inside and not gate._line


def test_who_is_stopped_in_the_line_leaves_it():
    class Stops:
        def expect(self, layers): ...
        def passed(self, layers): ...
        def waits(self):
            raise WorkStopped()

    gate = Gate(1)
    first = Someone(gate, "a")
    assert first.is_inside()
    stopped = Someone(gate, "b", watcher=Stops())
    stopped.thread.join(60)
    assert isinstance(stopped.failed, WorkStopped) and not gate._line
    first.go()
    after = Someone(gate, "c")
    assert after.is_inside()
    after.go()


def test_memory_goes_back_after_long_passes_alone():
    freed = []
    gate = Gate(1, lambda: freed.append(1))
    with gate.place(16):
        pass
    assert not freed
    with pytest.raises(ValueError), gate.place(512):
        raise ValueError
    assert freed and not gate._inside


def test_a_long_pass_takes_the_places_that_are_free_when_it_begins():
    used = threading.local()
    gate = Gate(4, use=lambda threads: setattr(used, "last", threads))
    with gate.place(512):
        assert used.last == 4
    assert used.last == 1
    with gate.place(SHORT):
        assert used.last == 1, "cut into threads it would take longer"
    with gate.place():
        assert used.last == 1, "not known to be long"
    first = Someone(gate, "a")
    assert first.is_inside()
    with gate.place(512):
        assert used.last == 3
    others = [Someone(gate, who) for who in "bc"]
    assert all(one.is_inside() for one in others)
    with gate.place(512):
        assert used.last == 1
    for one in [first, *others]:
        one.go()


def test_who_waits_leaves_no_threads_for_those_before():
    counts = []
    gate = Gate(2, use=counts.append)
    inside = [Someone(gate, who) for who in "ab"]
    assert all(one.is_inside() for one in inside)
    line = [Someone(gate, who) for who in "cd"]
    assert all(one.waits() for one in line)
    counts.clear()
    inside[0].go()
    assert line[0].is_inside()
    inside[1].go()
    assert line[1].is_inside() and set(counts) == {1}
    for one in line:
        one.go()


@pytest.mark.parametrize("threads", [2, 3])
def test_more_threads_give_the_same_numbers(minilm, threads):
    # On the processors tried they are the same bits; a library may cut its sums otherwise.
    ids = torch.arange(1_000, 1_256)[None]
    found = []
    try:
        for count in (1, threads):
            torch.set_num_threads(count)
            with torch.no_grad():
                found.append(minilm.model(input_ids=ids)[0])
    finally:
        torch.set_num_threads(1)
    torch.testing.assert_close(*found, atol=1e-6, rtol=0)
