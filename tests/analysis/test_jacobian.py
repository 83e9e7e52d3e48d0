"""The measures of saturation against explicit Jacobians, eigenvalues, autograd and hand-worked rows."""

import math

import pytest
import torch

from explorer.analysis.jacobian import (
    dead_rows,
    entropy,
    jacobian_frobenius,
    jacobian_spectral,
    max_prob,
    spectral_bounds,
    trace_jacobian,
)

SPREADS = (0.1, 1.0, 5.0, 30.0)


def rows(n: int, spread: float, dtype: torch.dtype = torch.float64, count: int = 40) -> torch.Tensor:
    """Softmax rows of n entries from scores of this spread."""
    generator = torch.Generator().manual_seed(n)
    return (torch.randn(count, n, generator=generator, dtype=torch.float64) * spread).softmax(-1).to(dtype)


def explicit(p: torch.Tensor) -> torch.Tensor:
    """diag(p) - p pᵀ, written out in float64."""
    p = p.double()
    return torch.diag_embed(p) - p.unsqueeze(-1) * p.unsqueeze(-2)


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("n", (1, 2, 3, 16, 128))
def test_closed_forms_equal_the_explicit_jacobian(n: int, spread: float) -> None:
    p = rows(n, spread)
    j = explicit(p)
    close = {"rtol": 0, "atol": 1e-12}
    torch.testing.assert_close(trace_jacobian(p), j.diagonal(dim1=-1, dim2=-2).sum(-1), **close)
    torch.testing.assert_close(jacobian_frobenius(p), torch.linalg.matrix_norm(j), **close)
    torch.testing.assert_close(jacobian_spectral(p), torch.linalg.eigvalsh(j)[..., -1], **close)
    torch.testing.assert_close(max_prob(p), p.max(-1).values, **close)


@pytest.mark.parametrize("spread", SPREADS)
def test_jacobian_is_the_derivative_that_autograd_finds(spread: float) -> None:
    scores = torch.randn(12, dtype=torch.float64, generator=torch.Generator().manual_seed(3)) * spread
    j = torch.autograd.functional.jacobian(lambda s: s.softmax(-1), scores)
    p = scores.softmax(-1)
    for value, expected in (
        (trace_jacobian(p), j.trace()),
        (jacobian_frobenius(p), torch.linalg.matrix_norm(j)),
        (jacobian_spectral(p), torch.linalg.matrix_norm(j, 2)),
    ):
        assert abs(value.item() - expected.item()) < 1e-12


@pytest.mark.parametrize("spread", SPREADS)
@pytest.mark.parametrize("n", (2, 16, 128))
def test_bounds_hold_and_are_tight(n: int, spread: float) -> None:
    p = rows(n, spread)
    lower, upper = spectral_bounds(p)
    root = jacobian_spectral(p)
    assert (lower <= root * (1 + 1e-12) + 1e-15).all()
    assert (root <= upper * (1 + 1e-12) + 1e-15).all()
    assert (upper <= 2 * lower + 1e-15).all()


def test_float32_saturated_rows_stay_positive_and_right() -> None:
    p = rows(16, 12.0, torch.float32, count=4000)
    plain = p.square().sum(-1) - 2 * p.pow(3).sum(-1) + p.square().sum(-1).square()
    assert (plain < 0).any(), "these rows are the ones on which the plain formula fails"
    norm = jacobian_frobenius(p)
    assert norm.dtype == torch.float32
    torch.testing.assert_close(norm.double(), torch.linalg.matrix_norm(explicit(p)), rtol=1e-5, atol=1e-9)
    assert (trace_jacobian(p) >= 0).all()
    # float32 rows do not sum to 1 in float64; the norm is still that of diag(p) - p pᵀ. eigvalsh itself errs by 1e-16.
    largest = torch.linalg.eigvalsh(explicit(p)).abs().amax(-1)
    torch.testing.assert_close(jacobian_spectral(p.double()), largest, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("a", (10, 45, 100))
def test_the_norms_keep_their_order_where_float64_has_rounded(a: int) -> None:
    p = torch.tensor([a, a, 2 * a], dtype=torch.float64).softmax(-1)
    small = math.exp(-a)
    assert jacobian_spectral(p) <= jacobian_frobenius(p) <= math.sqrt(10) * small * (1 + 1e-12)
    if p[2] == 1:  # worked by hand: the eigenvalues of diag(p) - p pᵀ are then -ε, ε and 2ε
        assert jacobian_spectral(p).item() == pytest.approx(2 * small, rel=1e-12)
        assert jacobian_frobenius(p).item() == pytest.approx(math.sqrt(6) * small, rel=1e-12)


def test_uniform_rows() -> None:
    p = torch.full((2, 8), 1 / 8, dtype=torch.float64)
    assert entropy(p).tolist() == pytest.approx([math.log(8)] * 2, abs=1e-12)
    assert trace_jacobian(p).tolist() == pytest.approx([7 / 8] * 2, abs=1e-12)
    assert jacobian_spectral(p).tolist() == pytest.approx([1 / 8] * 2, abs=1e-12)
    assert jacobian_frobenius(p).tolist() == pytest.approx([math.sqrt(7) / 8] * 2, abs=1e-12)


@pytest.mark.parametrize("p", (torch.tensor([1.0]), torch.tensor([0.0, 1.0, 0.0])))
def test_one_element_and_fully_saturated_rows_are_zero(p: torch.Tensor) -> None:
    for measure in (entropy, trace_jacobian, jacobian_frobenius, jacobian_spectral):
        assert measure(p).item() == 0
    assert max_prob(p).item() == 1
    assert dead_rows(p).item() is True


def test_norms_peak_at_one_half_for_two_equal_entries() -> None:
    p = torch.tensor([0.5, 0.5, 0.0, 0.0])
    assert jacobian_spectral(p).item() == 0.5
    assert jacobian_frobenius(p).item() == 0.5


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16, torch.float32, torch.float64))
def test_every_float_type_comes_back_as_it_went_in(dtype: torch.dtype) -> None:
    p = torch.tensor([[0.25, 0.75], [0.5, 0.5]], dtype=dtype)
    for measure in (entropy, max_prob, trace_jacobian, jacobian_frobenius, jacobian_spectral):
        assert measure(p).dtype == dtype
        assert measure(p).shape == (2,)


def test_dead_rows_agree_with_the_exact_root() -> None:
    p = torch.cat([rows(128, spread) for spread in (3.0, 8.0, 12.0, 30.0)])
    exact = jacobian_spectral(p) < 1e-3
    assert 0 < exact.sum() < len(p)
    assert torch.equal(dead_rows(p), exact)
    bound = jacobian_spectral(p).median().item() * (1 + 1e-9)
    assert torch.equal(dead_rows(p, bound), jacobian_spectral(p) < bound)


def test_rows_at_the_very_border_of_death() -> None:
    """Two entries share nearly all, r apart from 1: the norm passes the bound near r = bound / 2 or near r = bound."""
    r = torch.logspace(-5, -2, 3001)
    rest = torch.full((3001, 6), 1e-9)
    for share in (0.0, 0.3, 0.5, 1.0):
        p = torch.cat([(1 - r)[:, None], (r * share)[:, None], (r * (1 - share) / 6)[:, None] + rest], 1)
        assert torch.equal(dead_rows(p), jacobian_spectral(p) < 1e-3)
