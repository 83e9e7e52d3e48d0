"""Looking at all heads: while the run goes on, later, and as slowly as layer by layer: the same to the last bit."""

import dataclasses

import pytest
import torch

from explorer import Scene, Variant, encode, replay, run
from explorer.capture.active import active
from explorer.capture.records import Heads
from explorer.capture.run import embedded
from tests.architectures import tiny_model, views

VIEWS = views()
UNSCALED = Variant(scale="none")


class Kept:
    """A look that keeps copies of all it is shown."""

    def __init__(self, *others):
        self.others, self.blocks = others, []

    @property
    def seen(self):
        return bool(self.blocks)

    def see(self, block):
        tensors = {name: getattr(block, name).clone() for name in ("scores", "probs", "q", "k")}
        self.blocks.append(dataclasses.replace(block, **tensors))

    def layer(self, number, name, variant=None):
        found = [block for block in self.blocks if block.layer == number and block.variant == variant]
        assert found[0].is_first and found[-1].is_last
        return torch.cat([getattr(block, name) for block in found], 1)


@pytest.mark.parametrize(("name", "stack"), VIEWS, ids=["-".join(view) for view in VIEWS])
@pytest.mark.parametrize("variant", [Variant(), Variant(causal=True, temperature=2.0)], ids=["own", "changed"])
def test_a_look_at_a_run_equals_one_afterwards_and_the_replays(name, stack, variant):
    handle = tiny_model(name).of_stack(stack)
    encoded = encode(handle, "one two three four five six", "seven eight nine")
    during, after = Kept(UNSCALED), Kept(UNSCALED)
    fresh = Scene(handle, encoded, variant=variant)
    fresh.show(during)
    plain = run(handle, encoded, variant=variant)
    assert all(torch.equal(a, b) for a, b in zip(fresh.capture().hidden, plain.hidden, strict=True))
    Scene.of(handle, plain).show(after)
    for number in range(handle.dims.n_layers):
        own, changed = replay(handle, plain, number), replay(handle, plain, number, UNSCALED)
        for look in (during, after):
            for field in ("scores", "probs", "q", "k"):
                if field == "scores" and handle.sites.tapped:
                    continue  # these models hide cells with numbers of their own
                assert torch.equal(look.layer(number, field), getattr(own, field)), field
            torch.testing.assert_close(look.layer(number, "probs", UNSCALED), changed.probs, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(("name", "stack"), VIEWS, ids=["-".join(view) for view in VIEWS])
def test_what_enters_the_first_layer_needs_no_run(name, stack):
    handle = tiny_model(name).of_stack(stack)
    encoded = encode(handle, "one two three", "four")
    assert torch.equal(embedded(handle, encoded), run(handle, encoded).hidden[0])
    assert active() is None


@pytest.mark.parametrize("factor", ["model", "none"])
def test_a_look_is_told_the_factor(tiny, factor):
    look = Kept(Variant(scale=0.5))
    Scene(tiny, "one two", variant=Variant(scale=factor)).show(look)
    own = 1.0 if factor == "none" else tiny.dims.d_head**-0.5
    assert {(block.variant is None, block.factor) for block in look.blocks} == {(True, own), (False, 0.5)}


def test_an_overview_costs_one_run_or_no_run_and_is_the_same(tiny, monkeypatch):
    passes = []
    monkeypatch.setattr(
        type(tiny.model), "__call__", lambda self, **given: passes.append(1) or self._call_impl(**given)
    )
    scene = Scene(tiny, "one two three")
    heads = scene.heads()
    assert scene.heads() is heads and scene.capture() and len(passes) == 1
    later = Scene.of(tiny, run(tiny, "one two three"))
    assert len(passes) == 2
    for field in dataclasses.fields(Heads):
        ours, theirs = getattr(heads, field.name), getattr(later.heads(), field.name)
        assert ours == theirs if field.name == "step" else torch.equal(ours, theirs), field.name
    assert len(passes) == 2, "attention alone is run again"
