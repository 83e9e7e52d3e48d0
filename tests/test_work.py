"""A job that is stopped lets go of what its generator holds; visitors who ask for the same thing share one."""

import gc
from threading import Event

import pytest

from explorer.errors import EmptyText
from explorer.work import Job, Work, shared


def test_a_stopped_generator_is_closed():
    closed, go = Event(), Event()

    def numbers():
        try:
            for number in range(1000):
                yield number
                go.wait(5)
        finally:
            closed.set()

    job = Job(numbers(), 1000)
    job.stop()
    go.set()
    job.join(5.0)
    assert closed.is_set() and not job.running and not job.failed and len(job.items()) <= 2


def test_an_iterator_without_close_ends():
    job = Job(iter([1, 2, 3]), 3)
    job.join(5.0)
    assert job.items() == (1, 2, 3) and job.done == job.expected and not job.failed and isinstance(job, Work)


def test_what_is_done_is_counted_in_the_units_of_what_is_expected():
    job = Job(iter(["ab", "cde"]), 5, done=lambda words: sum(map(len, words)))
    job.join(5.0)
    assert job.done == 5


@pytest.mark.parametrize(("error", "logged"), [(EmptyText(), ""), (ValueError("ours"), "job failed")])
def test_why_it_ended_is_known(error, logged, caplog):
    def broken():
        yield 1
        raise error

    job = Job(broken(), 2)
    job.join(5.0)
    assert job.failed is error and job.items() == (1,) and not job.running
    assert logged in caplog.text and bool(caplog.text) == bool(logged)


class Numbers:
    """Numbers that come one by one, as often as the test says `go`; counts how often it was begun."""

    def __init__(self, n=3):
        self.n, self.begun, self.go, self.closed = n, 0, Event(), Event()

    def __call__(self):
        self.begun += 1
        try:
            for number in range(self.n):
                yield number
                self.go.wait(5)
        finally:
            self.closed.set()


def over(watch):
    watch._job.join(5.0)
    return not watch.running


def test_equal_requests_share_one_job():
    work = Numbers()
    first, second = (shared(work, 3, ("equal", 1)) for _ in range(2))
    other = shared(Numbers(), 3, ("equal", 2))
    assert first._job is second._job is not other._job
    other.stop()
    work.go.set()
    assert over(first) and over(second)
    assert first.items() == second.items() == (0, 1, 2) and work.begun == 1
    late = shared(work, 3, ("equal", 1))
    assert late.items() == (0, 1, 2) and not late.running and work.begun == 1
    assert shared(work, 3, ("equal", 1), again=True)._job is not late._job


def test_the_last_to_leave_stops_it():
    work = Numbers(1000)
    first, second = (shared(work, 1000, "leaving") for _ in range(2))
    first.stop()
    first.stop()
    assert not first.running and second.running and not work.closed.is_set()
    kept = first.items()
    second.stop()
    work.go.set()
    assert work.closed.wait(5) and over(second)
    assert first.items() == kept and len(second.items()) < 1000
    again = shared(Numbers(), 3, "leaving")
    assert again._job is not second._job, "a stopped one is nobody's result"
    again.stop()


def test_a_result_nobody_holds_is_let_go():
    work = Numbers(1)
    work.go.set()
    first = shared(work, 1, "held")
    assert over(first)
    del first
    gc.collect()
    shared(work, 1, "held").stop()
    assert work.begun == 2
