"""The app's scenes: one run for all who read the same, caches that hold no model, and refusals."""

import gc
import weakref
from dataclasses import replace

import pytest

from explorer import ModelSpec, Scene, Variant, load
from explorer.errors import NotInThisModel
from explorer.models.registry import OFFERS
from explorer.ui.shell import cached
from explorer.ui.shell.cached import few, scene
from tests.conftest import TINY

TEXT = "A text that no other test of the caches reads."
CAUSAL = Variant(causal=True)


def test_visitors_who_read_the_same_share_runs_and_layers():
    first, second = (scene(ModelSpec(), TEXT) for _ in range(2))
    assert first is not second and first.capture() is second.capture()
    assert first.layer(2) is second.layer(2) is next(one for one in second.layers() if one.layer == 2)
    assert first.under(CAUSAL).layer(2) is first.layer(2, CAUSAL, CAUSAL) is not first.layer(2, CAUSAL)
    plain = Scene(load(), TEXT)
    assert (first.capture().hidden[-1] == plain.capture().hidden[-1]).all()


def test_infos_are_kept_by_what_is_read_and_not_by_which_scene_asks():
    asked = []

    @few(4)
    def info(scene, number):
        asked.append((scene.key, number))
        return len(asked)

    same = [info(scene(ModelSpec(), TEXT), 1) for _ in range(2)]
    others = [
        info(one, number)
        for one, number in (
            (scene(ModelSpec(), TEXT), 2),
            (scene(ModelSpec(), TEXT, "pair"), 1),
            (scene(ModelSpec(), TEXT).under(CAUSAL), 1),
        )
    ]
    assert same == [1, 1] and others == [2, 3, 4]


def test_a_kept_info_does_not_keep_the_model(monkeypatch):
    handles = [replace(load(ModelSpec("config", "bert", overrides=TINY, seed=77)))]
    there = weakref.ref(handles[0])
    monkeypatch.setattr(cached, "model", lambda spec: handles[0])

    @few(4)
    def info(scene):
        return scene.handle.dims.n_layers

    assert info(scene(handles[0].spec, TEXT)) == 3
    handles.clear()
    gc.collect()
    assert there() is None


def test_a_change_that_does_nothing_is_refused():
    model = scene(OFFERS["gpt2-random"], TEXT)
    for ask in (lambda: model.capture(CAUSAL), lambda: model.layer(0, CAUSAL), lambda: next(model.layers(CAUSAL))):
        with pytest.raises(NotInThisModel):
            ask()
