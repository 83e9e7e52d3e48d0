"""A job that is stopped lets go of what its generator holds."""

from threading import Event

from explorer.ui.jobs import Job


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
