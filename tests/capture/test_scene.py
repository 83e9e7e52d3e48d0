"""A scene: its runs are made once, its layers are those of the run that is asked for, and one comes after the other."""

import pytest
import torch

from explorer import Scene, Variant, encode, replay, run
from explorer.capture import scene as module
from explorer.errors import LayerMissing

TEXT, PAIR = "The cat sat on the mat.", "It slept."
CAUSAL, COLD = Variant(causal=True), Variant(temperature=0.5)


@pytest.fixture
def runs(monkeypatch):
    """The variants of all runs that are made."""
    made = []

    def counted(handle, text, pair=None, variant=Variant(), look=None):
        made.append(variant)
        return run(handle, text, pair, variant, look)

    monkeypatch.setattr(module, "run", counted)
    return made


def test_it_runs_when_it_is_asked_and_once_under_each_variant(tiny, runs):
    scene = Scene(tiny, TEXT, PAIR)
    assert scene.encoded.tokens[1] == "the" and runs == [], "to read is not to run"
    expected = run(tiny, TEXT, PAIR)
    for _ in range(2):
        assert torch.equal(scene.capture().hidden[-1], expected.hidden[-1])
        assert scene.encoded.tokens == expected.encoded.tokens and scene.keys is scene.encoded
        list(scene.layers())
    causal = scene.under(CAUSAL)
    assert causal.capture() is scene.capture(CAUSAL) is not scene.capture()
    assert runs == [Variant(), CAUSAL]


def test_layers_are_those_of_its_own_run_of_another_or_changed_alone(tiny):
    scene = Scene(tiny, TEXT, variant=CAUSAL)
    own, other = run(tiny, TEXT, variant=CAUSAL), run(tiny, TEXT)
    for found, expected in (
        (scene.layer(1), replay(tiny, own, 1)),
        (scene.layer(1, COLD), replay(tiny, own, 1, COLD)),
        (scene.layer(1, of=Variant()), replay(tiny, other, 1)),
        (scene.layer(1, COLD, Variant()), replay(tiny, other, 1, COLD)),
        (list(scene.layers(COLD, Variant()))[1], replay(tiny, other, 1, COLD)),
    ):
        assert found.variant == expected.variant and torch.equal(found.probs, expected.probs)
    assert not torch.equal(scene.layer(1, COLD).probs, scene.layer(1).probs)
    with pytest.raises(LayerMissing):
        scene.layer(3)


def test_layers_come_one_at_a_time(tiny, monkeypatch):
    made = []

    def noted(handle, seen, number, variant):
        made.append(number)
        return replay(handle, seen, number, variant)

    monkeypatch.setattr(module, "replay", noted)
    layers = Scene(tiny, TEXT).layers()
    assert made == [] and next(layers).layer == 0 and made == [0]
    assert [one.layer for one in layers] == [1, 2] == made[1:]


def test_a_scene_of_runs_that_were_made_before(tiny, runs):
    first, second = run(tiny, TEXT, variant=CAUSAL), run(tiny, TEXT, variant=COLD)
    scene = Scene.of(tiny, first, second)
    assert scene.capture() is first and scene.capture(COLD) is second and scene.variant == CAUSAL
    assert runs == []
    assert scene.capture(Variant()).encoded is first.encoded, "another run reads the same pieces"
    assert torch.equal(scene.capture(Variant()).hidden[-1], run(tiny, TEXT).hidden[-1])
    assert Scene(tiny, encode(tiny, TEXT, PAIR)).encoded.pair == PAIR
