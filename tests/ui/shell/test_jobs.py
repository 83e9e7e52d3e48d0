"""A job that is stopped lets go of what its generator holds; visitors who ask for the same thing share one."""

import gc
from threading import Event

from explorer.ui.shell.jobs import Job, shared


def test_a_stopped_generator_is_closed():
    closed, go = Event(), Event()

    def numbers():
        try:
            for number in range(1000):
                yield number
                go.wait(5)
        finally:
            closed.set()

    job = Job(numbers(), 1000, None)
    job.stop.set()
    go.set()
    job.join(5.0)
    assert closed.is_set() and not job.running and not job.failed and len(job.results) <= 2


def test_an_iterator_without_close_ends():
    job = Job(iter([1, 2, 3]), 3, None)
    job.join(5.0)
    assert job.results == [1, 2, 3] and job.progress == 1 and not job.failed


class Work:
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
    work = Work()
    first, second = (shared(work, 3, ("equal", 1)) for _ in range(2))
    other = shared(Work(), 3, ("equal", 2))
    assert first._job is second._job is not other._job
    other.leave()
    work.go.set()
    assert over(first) and over(second)
    assert first.results == second.results == [0, 1, 2] and work.begun == 1
    late = shared(work, 3, ("equal", 1))
    assert late.results == [0, 1, 2] and not late.running and work.begun == 1
    assert shared(work, 3, ("equal", 1), again=True)._job is not late._job


def test_the_last_to_leave_stops_it():
    work = Work(1000)
    first, second = (shared(work, 1000, "leaving") for _ in range(2))
    first.leave()
    first.leave()
    assert not first.running and second.running and not work.closed.is_set()
    kept = list(first.results)
    second.leave()
    work.go.set()
    assert work.closed.wait(5) and over(second)
    assert first.results == kept and len(second.results) < 1000
    again = shared(Work(), 3, "leaving")
    assert again._job is not second._job, "a stopped one is nobody's result"
    again.leave()


def test_a_result_nobody_holds_is_let_go():
    work = Work(1)
    work.go.set()
    first = shared(work, 1, "held")
    assert over(first)
    del first
    gc.collect()
    shared(work, 1, "held").leave()
    assert work.begun == 2
