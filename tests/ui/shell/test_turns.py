"""Whose script runs when: a few at once, in the order in which they came, and nobody slow holds up the line."""

import threading

from explorer.ui.shell.turns import Turns


class Someone:
    """A script in a thread of its own, which runs until it is told to end."""

    def __init__(self, turns, ran):
        self.inside, self.may_end = threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self.work, args=(turns, ran))
        self.thread.start()

    def work(self, turns, ran):
        with turns.turn():
            ran.append(self)
            self.inside.set()
            assert self.may_end.wait(60)

    def ends(self):
        self.may_end.set()
        self.thread.join(60)
        assert not self.thread.is_alive()

    def waits(self):
        return not self.inside.wait(0.1)


def test_so_many_at_once_in_the_order_of_the_line():
    turns, ran = Turns(2, share=60.0), []
    everybody = []
    for _ in range(5):
        everybody.append(Someone(turns, ran))
        assert everybody[-1].waits() == (len(everybody) > 2)
    for at, one in enumerate(everybody):
        assert one.inside.wait(60) and all(later.waits() for later in everybody[at + 2 :])
        one.ends()
    assert ran == everybody


def test_who_is_slow_does_not_hold_up_the_line():
    turns, ran = Turns(1, share=0.05), []
    slow = Someone(turns, ran)
    others = [Someone(turns, ran) for _ in range(3)]
    assert all(one.inside.wait(60) for one in others)
    assert not slow.may_end.is_set() and ran[0] is slow
    for one in [*others, slow]:
        one.ends()


def test_a_script_that_fails_leaves_its_place():
    turns = Turns(1, share=60.0)
    for _ in range(3):
        try:
            with turns.turn():
                raise KeyError
        except KeyError:
            continue


def test_nobody_passes_those_who_wait():
    turns, (first, second) = Turns(1, share=60.0), (threading.Event(), threading.Event())
    turns._line.extend([first, second])
    assert turns._waits(second) is None
    assert turns._waits(first) == 0.0
    assert 0 < turns._waits(second) <= 60
