"""What may be said of two trainings: computed by hand for made curves."""

import json

import numpy as np
import pytest

from explorer.training import bands, curves
from explorer.training.bands import Band, band
from explorer.training.curves import two_trainings
from explorer.training.process import Point
from explorer.training.setting import TrainingSetting

A, B = TrainingSetting(seed=77, steps=200), TrainingSetting(seed=78, steps=200)


def flat(loss, steps=200):
    return tuple(Point(step, loss if step > 100 else 9.0, step / 10) for step in range(10, steps + 1, 10))


@pytest.fixture(autouse=True)
def no_bands(monkeypatch):
    monkeypatch.setattr(curves, "band", lambda setting: None)


@pytest.mark.parametrize(
    ("a", "b", "key"), [(1.0, 1.6, "a_lower"), (1.6, 1.0, "b_lower"), (1.0, 1.2, "same"), (1.2, 1.0, "same")]
)
def test_a_difference_counts_when_it_is_larger_than_between_seeds(a, b, key):
    found, facts = two_trainings((A, B), (flat(a), flat(b)), over=True).reading()
    assert found == f"training_lab.reading.{key}"
    assert facts["a"] == pytest.approx(a) and facts["gap"] == pytest.approx(abs(a - b))


def test_a_wide_band_raises_the_bar(monkeypatch):
    wide = Band(np.array([10]), np.array([1.0]), np.array([1.5]), np.array([2.0]), 3)
    monkeypatch.setattr(curves, "band", lambda setting: wide)
    found, facts = two_trainings((A, B), (flat(1.0), flat(1.6)), over=True).reading()
    assert found == "training_lab.reading.same" and facts["seeds"] == 1.0


def test_while_they_run_they_are_compared_at_one_step():
    found, facts = two_trainings((A, B), (flat(1.0), flat(1.0, 100)), over=False).reading()
    assert found == "training_lab.reading.running"
    assert facts["step"] == 100 and facts["a"] == facts["b"] == 9.0


def test_before_the_start_and_for_equal_settings():
    assert two_trainings((A, B), ((), ()), over=False).reading()[0] == "training_lab.reading.nothing"
    assert two_trainings((A, A), (flat(1.0), flat(1.0)), over=True).reading()[0] == "training_lab.reading.equal"
    assert two_trainings((A, B), ((), ()), over=False).table().empty
    assert len(two_trainings((A, B), (flat(1.0), flat(2.0)), over=True).table()) == 40


def test_a_band_is_the_range_of_the_seeds(monkeypatch, tmp_path):
    setting = {"scale": "none", "d_head": 64}
    runs = {str(s): {"setting": setting, "seed": s, "loss": [3.0 + s, 2.0 + s]} for s in range(3)}
    file = tmp_path / "bands.json"
    file.write_text(json.dumps({"runs": runs}))
    read = bands._runs.__wrapped__
    monkeypatch.setattr(bands, "_runs", lambda: read(file))
    found = band(TrainingSetting(scale="none", seed=42))
    assert found.low.tolist() == [3, 2] and found.mean.tolist() == [4, 3] and found.high.tolist() == [5, 4]
    assert found.steps.tolist() == [10, 20] and found.n_seeds == 3
    assert band(TrainingSetting(scale="sqrt_d")) is None


def test_the_shipped_bands_do_not_overlap():
    """Five seeds of the default pair: the scaled model ends lower in every one."""
    scaled, unscaled = (band(TrainingSetting(scale=scale)) for scale in ("sqrt_d", "none"))
    assert scaled.n_seeds == unscaled.n_seeds == 5
    assert scaled.high[-10:].max() + 0.3 < unscaled.low[-10:].min()
