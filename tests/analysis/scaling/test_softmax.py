"""The microscope: the digits of the textbook example, and what visitors may type."""

import numpy as np
import pytest

from explorer.analysis.scaling.softmax import example_curve, microscope, naive_softmax, parse_vector
from explorer.errors import VectorInvalid


@pytest.mark.parametrize(
    ("a", "printed"),
    (
        (1, {"probs": ("0.2119", "0.2119", "0.5761"), "frobenius": "0.42320", "spectral": "0.36631"}),
        (10, {"probs": ("0.0000", "0.0000", "0.9999"), "frobenius": "1.4354e-04", "third": "0.9999092"}),
        (100, {"frobenius": "9.1e-44"}),
    ),
)
def test_a_a_2a_to_all_printed_digits(a: int, printed: dict) -> None:
    seen = microscope([a, a, 2 * a])
    if "probs" in printed:
        assert tuple(f"{p:.4f}" for p in seen.probs) == printed["probs"]
    if "third" in printed:
        assert f"{seen.probs[2]:.7f}" == printed["third"]
    form = {"0.42320": ".5f", "1.4354e-04": ".4e", "9.1e-44": ".1e"}[printed["frobenius"]]
    assert f"{seen.frobenius:{form}}" == printed["frobenius"]
    if "spectral" in printed:
        assert f"{seen.spectral:.5f}" == printed["spectral"]
    assert a < 100 or seen.probs[2] == 1


def test_softmax_sees_differences_only() -> None:
    high, low = microscope([1000, 1000, 1001]), microscope([0, 0, 1])
    assert np.array_equal(high.probs, low.probs)
    assert np.isnan(high.naive).all()
    assert not np.isnan(low.naive).any()


def test_naive_float32_ends_at_45() -> None:
    assert not np.isnan(naive_softmax(np.array([44, 44, 88.0]))).any()
    assert np.isnan(naive_softmax(np.array([45, 45, 90.0]))).any()
    _, facts = example_curve(1).reading()
    a = facts["broken"]
    assert not np.isnan(naive_softmax(np.array([a - 1e-4, a - 1e-4, 2 * a - 2e-4]))).any()
    assert np.isnan(naive_softmax(np.array([a + 1e-4, a + 1e-4, 2 * a + 2e-4]))).any()
    assert round(a, 3) == 44.361 and round(facts["above"], 3) == 5.288


def test_curve_is_the_closed_form() -> None:
    curve = example_curve(1)
    assert np.allclose(curve.third, 1 / (1 + 2 * np.exp(-curve.a)), rtol=0, atol=1e-15)
    assert len(curve.table()) == len(curve.a) == 401


@pytest.mark.parametrize(
    ("text", "values"),
    (("1 2 3", [1, 2, 3]), ("[1, 1e3; -2.5]", [1, 1000, -2.5]), ("（1，2、3）", [1, 2, 3]), ("7", [7])),
)
def test_vectors_that_can_be_read(text: str, values: list[float]) -> None:
    assert parse_vector(text) == values


@pytest.mark.parametrize("text", ("", "[]", "1 two 3", "nan", "inf", "1e9", "<script>", " ".join(["1"] * 33)))
def test_vectors_that_cannot(text: str) -> None:
    with pytest.raises(VectorInvalid):
        parse_vector(text)


@pytest.mark.parametrize(
    ("values", "key"),
    (([5], "one"), ([2, 2, 2], "equal"), ([0, 40], "dead"), ([0, 1], "open")),
)
def test_readings(values: list[float], key: str) -> None:
    seen = microscope(values)
    assert seen.reading()[0] == f"softmax.reading.{key}"
    assert len(seen.table()) == len(values)
