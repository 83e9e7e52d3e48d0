"""CKA by consequence and against HSIC written out with the centring matrix."""

import math

import numpy as np
import pytest
import torch

from explorer.analysis.similarity import cka, cka_matrix, shuffled_cka


def drawn(n, d, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def rotation(d, seed=9):
    return torch.linalg.qr(drawn(d, d, seed).double())[0]


def hsic(x, y):
    """tr(K H L H), with every matrix written down."""
    n = len(x)
    h = np.eye(n) - np.ones((n, n)) / n
    return np.trace((x @ x.T) @ h @ (y @ y.T) @ h)


def hsic_unbiased(x, y):
    """Song et al. 2012, equation 5, term by term."""
    n, k, m = len(x), x @ x.T, y @ y.T
    np.fill_diagonal(k, 0)
    np.fill_diagonal(m, 0)
    one = np.ones(n)
    both = np.trace(k @ m) + (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2)) - 2 / (n - 2) * (one @ k @ m @ one)
    return both / (n * (n - 3))


@pytest.mark.parametrize(("n", "d", "e"), ((90, 7, 11), (12, 40, 30), (30, 64, 5)))
@pytest.mark.parametrize(("unbiased", "direct"), ((False, hsic), (True, hsic_unbiased)))
def test_against_the_formula(n, d, e, unbiased, direct):
    x = drawn(n, d, 1).double() + 3
    y = torch.cat([x[:, :2], drawn(n, e - 2, 2).double()], 1)
    a, b = x.numpy(), y.numpy()
    expected = direct(a, b) / math.sqrt(direct(a, a) * direct(b, b))
    assert cka(x, y, unbiased) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("unbiased", (False, True))
@pytest.mark.parametrize(("n", "d"), ((200, 16), (20, 48)))
def test_rotation_scale_and_shift_change_nothing(n, d, unbiased):
    x = drawn(n, d).double()
    for other in (x, x @ rotation(d), 1e-3 * x, x + 100, -7 * (x @ rotation(d)) + 5):
        assert cka(x, other, unbiased) == pytest.approx(1, abs=1e-9)
    stretched = x @ torch.diag(torch.logspace(0, 2, d, dtype=torch.float64))
    assert cka(x, stretched, unbiased) < 0.95, "only rotations are free, not every invertible map"


def test_independent_noise():
    many = cka(drawn(5000, 20, 1), drawn(5000, 20, 2))
    assert many < 0.02
    few = drawn(24, 300, 1), drawn(24, 300, 2)
    assert cka(*few) > 0.9, "fewer rows than columns: the known bias"
    assert abs(cka(*few, unbiased=True)) < 0.1


def test_symmetric_and_all_pairs():
    a, b = [drawn(50, 6, s) for s in (1, 2, 3)], [drawn(50, 9, s) for s in (4, 5)]
    matrix = cka_matrix(a, b)
    assert matrix.shape == (3, 2)
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            assert matrix[i, j] == pytest.approx(cka(x, y), abs=1e-12)
            assert matrix[i, j] == pytest.approx(cka(y, x), abs=1e-12)


def test_nothing_that_varies():
    x = drawn(10, 4)
    assert math.isnan(cka(x, torch.full((10, 3), 0.1)))
    assert math.isnan(cka(x[:1], x[:1]))
    assert math.isnan(cka(x[:3], x[:3], unbiased=True))


@pytest.mark.parametrize("unbiased", [False, True])
def test_shuffled_rows_are_compared_by_the_same_measure(unbiased, monkeypatch):
    """Without the shuffle it is CKA itself; with it unrelated rows fall to what chance gives."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(60, 30, generator=generator)  # of a few rows alone even unrelated ones are alike
    y = x[:, :20] + 0.1 * torch.randn(60, 20, generator=generator)
    draws = torch.Generator().manual_seed(7)
    each = [cka(x[torch.randperm(60, generator=draws)], y, unbiased) for _ in range(19)]
    assert shuffled_cka(x, [y], unbiased, 19, seed=7) == pytest.approx(max(each), abs=1e-9)
    assert shuffled_cka(x, [y], unbiased, 19) < cka(x, y, unbiased) - 0.2
    monkeypatch.setattr(torch, "randperm", lambda n, generator: torch.arange(n))
    assert shuffled_cka(x, [y, y * 0], unbiased, 3) == pytest.approx(cka(x, y, unbiased), abs=1e-9)
