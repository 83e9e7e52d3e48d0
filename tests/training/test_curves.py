"""What may be said of two trainings: computed by hand for made curves."""

import json

import numpy as np
import pytest

from explorer.training import bands, curves
from explorer.training.bands import Band, band
from explorer.training.curves import RateSweep, two_trainings
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


def test_the_sweep_in_words():
    """By hand: the scaled one is best at the second rate and worst at the last, the other best at the last."""
    scaled, unscaled = (
        ((1.4, 1.5, 1.6), (1.0, 1.1, 1.2), (1.6, 1.7, 1.8)),
        ((2.0, 2.2, 2.3), (1.9, 2.0, 2.1), (1.7, 1.8, 1.9)),
    )
    key, facts = RateSweep((0.001, 0.002, 0.004), scaled, unscaled).reading()
    assert key == "training_lab.reading.rates"
    assert (facts["best_rate"], facts["worst_rate"], facts["other_rate"]) == (0.002, 0.004, 0.004)
    assert facts["by_rate"] == pytest.approx(0.6) and facts["by_scale"] == pytest.approx(0.7)
    other = RateSweep((0.001, 0.002, 0.004), scaled, ((2.5, 2.6, 2.7), *unscaled[:2])).reading()[1]
    assert other["worst_rate"] == 0.004 and other["other_rate"] == 0.004 and other["by_scale"] == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("a", "b", "said"), [(1.0, 2.0, "apart"), (2.0, 1.0, "apart"), (1.0, 1.2, "overlap"), (1.2, 1.0, "overlap")]
)
def test_bands_before_a_start(monkeypatch, a, b, said):
    around = {0: a, 1: b}
    monkeypatch.setattr(
        curves, "band", lambda s: Band(np.array([10]), *(np.array([around[s.seed] + x]) for x in (-0.2, 0, 0.2)), 3)
    )
    key, facts = two_trainings((TrainingSetting(seed=0), TrainingSetting(seed=1)), ((), ()), over=False).reading()
    assert key == f"training_lab.reading.band_{said}" and (facts["a"], facts["b"]) == (a, b)


def test_a_mean_is_no_median(monkeypatch):
    runs = tuple({"setting": {"scale": "none"}, "seed": s, "loss": [loss]} for s, loss in enumerate((1.0, 1.0, 4.0)))
    monkeypatch.setattr(bands, "_runs", lambda: runs)
    assert band(TrainingSetting(scale="none")).final == (1.0, 2.0, 4.0)
