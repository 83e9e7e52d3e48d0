"""One shared model, eight threads, mixed texts and variants, some raising in the middle: each gets its own numbers.

Seen to fail with a temporary hook per run and with `module.scaling` set and restored.
"""

import random
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from explorer import Scene, Variant, run
from explorer.capture import attention
from explorer.capture.active import active
from explorer.capture.heads import word_logits
from tests.architectures import tiny_model

VARIANTS = [
    Variant(),
    Variant(scale="none"),
    Variant(temperature=3.0),
    Variant(causal=True),
    Variant(identity=("q", "k")),
    Variant(ablated=((0, 0), (1, 2))),
    Variant(without_ffn="all"),
    Variant(without_ffn=(1,), ffn_mode="skip"),
]
TEXTS = ["hi", "one two three", "The cats sleep on the mat.", "a b c d e f g h i j k l m n o p"]


_breaking = threading.local()


@pytest.fixture
def fragile(monkeypatch):
    """Runs of a thread that asks for it raise in the attention of the second layer."""
    whole = attention.scores_of

    def scores_of(*args, **kwargs):
        if getattr(_breaking, "on", False) and active().layer == 1:
            raise RuntimeError("broken on purpose")
        return whole(*args, **kwargs)

    monkeypatch.setattr(attention, "scores_of", scores_of)


@pytest.fixture
def restless():
    """Switch threads as often as possible while the test runs."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(interval)


def test_threads_do_not_see_each_other(tiny, restless, fragile):
    jobs = [(text, variant) for text in TEXTS for variant in VARIANTS]
    serial = {job: _numbers(tiny, *job) for job in jobs}
    draw = random.Random(0)
    mixed = [(draw.choice(jobs), draw.random() < 0.1) for _ in range(240)]
    n_hooks = _hooks(tiny)

    def work(item):
        job, breaks = item
        if breaks:
            with pytest.raises(RuntimeError):
                _break_in_the_middle(tiny, *job)
            return True
        return all(torch.equal(a, b) for a, b in zip(_numbers(tiny, *job), serial[job], strict=True))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, mixed))
    assert active() is None
    assert _hooks(tiny) == n_hooks
    assert all(torch.equal(a, b) for a, b in zip(_numbers(tiny, *jobs[0]), serial[jobs[0]], strict=True))


def _numbers(handle, text, variant):
    scene = Scene(handle, text, variant=variant)
    heads, seen, layer = scene.heads(), scene.capture(), scene.layer(1)
    return [*seen.hidden, heads.entropy, word_logits(handle, seen), layer.q, layer.scores, layer.context, layer.ffn_act]


def _break_in_the_middle(handle, text, variant):
    _breaking.on = True
    try:
        run(handle, text, variant=variant)
    finally:
        _breaking.on = False


def _hooks(handle):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in handle.model.modules())


@pytest.mark.parametrize(("name", "stack"), [("xlnet", "encoder"), ("openai-gpt", "decoder"), ("t5", "cross")])
def test_nor_do_they_where_attention_is_tapped_or_there_are_stacks(name, stack, restless):
    """The tap is a mode of one thread; a view of one stack does not see a neighbour's run of another."""
    handle = tiny_model(name)
    handles = [handle.of_stack(each) for each in handle.stacks]
    variants = [Variant(), Variant(temperature=3.0), Variant(ablated=((0, 0), (1, 2))), Variant(without_ffn="all")]
    jobs = [(view, text, variant) for view in handles for text in TEXTS[:3] for variant in variants]
    serial = {job: _states(*job) for job in jobs}
    draw = random.Random(1)

    def work(job):
        return all(torch.equal(a, b) for a, b in zip(_states(*job), serial[job], strict=True))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, [draw.choice(jobs) for _ in range(96)]))
    assert active() is None


def _states(handle, text, variant):
    scene = Scene(handle, text, "another one", variant)
    heads, seen, layer = scene.heads(), scene.capture(), scene.layer(1)
    return [*seen.hidden, heads.entropy, layer.q, layer.scores, layer.context, layer.ffn_act]
