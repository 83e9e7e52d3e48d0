"""How saturated is a row of attention probabilities? Plain functions over rows; each reduces the last axis.

The Jacobian of softmax is J = diag(p) - p pᵀ. Its norms are no measure of saturation by themselves: they are small for
a uniform row as well as for a saturated one. Read them beside the entropy.
"""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

# A row whose Jacobian's spectral norm is below this passes practically no gradient.
DEAD = 1e-3

# The closed bounds differ by a factor below 2; sixty halvings leave no bit of float64.
_HALVINGS = 60


def entropy(probs: Float[Tensor, "... n"]) -> Float[Tensor, "..."]:
    """Entropy of each row in nats, with 0 log 0 = 0."""
    of_entries: Tensor = torch.special.entr(_wide(probs))
    return of_entries.sum(-1).to(probs.dtype)


def max_prob(probs: Float[Tensor, "... n"]) -> Float[Tensor, "..."]:
    """Largest probability of each row."""
    return probs.amax(-1)


def trace_jacobian(probs: Float[Tensor, "... n"]) -> Float[Tensor, "..."]:
    """Trace of the Jacobian, 1 - Σp², written Σp(1 - p): no term is negative, so neither is a rounded sum."""
    p = _wide(probs)
    return (p * (1 - p)).sum(-1).to(probs.dtype)


def jacobian_frobenius(probs: Float[Tensor, "... n"]) -> Float[Tensor, "..."]:
    """Frobenius norm of the Jacobian, √(Σp² - 2Σp³ + (Σp²)²).

    That polynomial cancels and goes below 0 in float32 on saturated rows. Here it is
    Σ p_i² ((1 - p_i)² + Σ_{j≠i} p_j²), where the largest entry's sum over the others is added up without it.
    """
    p = _wide(probs)
    squares = p * p
    peak = squares.argmax(-1, keepdim=True)
    below = squares.scatter(-1, peak, 0).sum(-1, keepdim=True)
    others = (squares.gather(-1, peak) + below - squares).scatter(-1, peak, below)
    return (squares * ((1 - p).square() + others)).sum(-1).sqrt().to(probs.dtype)


def spectral_bounds(probs: Float[Tensor, "... n"]) -> tuple[Float[Tensor, "..."], Float[Tensor, "..."]]:
    """Closed lower and upper bound of the Jacobian's spectral norm, for many rows at once.

    Below: the second largest p, max p(1 - p), ‖J‖_F² / tr J. Above: the largest p, 2 max p(1 - p), 1/2.
    """
    p = _wide(probs)
    first, second = _top_two(p)
    variance = (p * (1 - p)).amax(-1)
    trace = trace_jacobian(p)
    ratio = jacobian_frobenius(p).square() / trace.clamp_min(torch.finfo(p.dtype).tiny)
    upper = torch.minimum(first, 2 * variance).clamp_max(0.5)
    # Where all probability has rounded into one entry, 2 max p(1 - p) is short by what was rounded away.
    upper = torch.maximum(upper, second)
    lower = torch.minimum(torch.maximum(second, torch.maximum(variance, ratio)), upper)
    return lower.to(probs.dtype), upper.to(probs.dtype)


def jacobian_spectral(probs: Float[Tensor, "... n"]) -> Float[Tensor, "..."]:
    """Spectral norm of the Jacobian: the root λ of Σ p²/(p - λ) = 1 between the two largest p, by bisection in float64.

    Written λ Σ p/(p - λ) = 1 - Σp, where nothing cancels: the right side is what rounding has left of the row's sum.
    No n x n matrix; sixty passes over the rows: for one row or one head. `spectral_bounds` serves whole layers.
    """
    p = probs.double()
    first, second = _top_two(p)
    if p.shape[-1] < 2:
        return torch.zeros_like(first).to(probs.dtype)
    rest = p.scatter(-1, p.argmax(-1, keepdim=True), 0).sum(-1)
    missing = (1 - first) - rest
    low, high = second.clone(), torch.minimum(first, 2 * trace_jacobian(p)).maximum(second)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        gap = p - middle.unsqueeze(-1)
        beyond = middle * torch.where(gap == 0, 0, p / gap).sum(-1) > missing
        low, high = torch.where(beyond, low, middle), torch.where(beyond, middle, high)
    return ((low + high) / 2).to(probs.dtype)


def dead_rows(probs: Float[Tensor, "... n"], bound: float = DEAD) -> Bool[Tensor, "..."]:
    """True where the spectral norm of the Jacobian is below `bound`.

    The largest entry p decides nearly all rows: the norm is at least p(1 - p), at most p, and less than 2(1 - p). Then
    the closed bounds, and the root is sought for the rest.
    """
    top = _wide(probs.amax(-1))
    missing = 1 - top
    # Rounding has moved a row's sum by less than the hundredth of the bound that is left here.
    dead = (top < bound) | (missing < 0.49 * bound)
    close = ~dead & (top * missing < bound)
    if close.any():
        dead = dead.masked_scatter(close, _dead_by_bounds(probs[close], bound))
    return dead


def _dead_by_bounds(probs: Float[Tensor, "r n"], bound: float) -> Bool[Tensor, " r"]:
    lower, upper = spectral_bounds(probs)
    dead: Tensor = upper < bound
    open_rows = ~dead & (lower < bound)
    if open_rows.any():
        dead = dead.masked_scatter(open_rows, jacobian_spectral(probs[open_rows]) < bound)
    return dead


def _top_two(p: Float[Tensor, "... n"]) -> tuple[Float[Tensor, "..."], Float[Tensor, "..."]]:
    """The two largest entries of each row; a row of one entry has the second 0."""
    top = p.topk(min(2, p.shape[-1]), dim=-1).values
    return top[..., 0], top[..., 1] if top.shape[-1] > 1 else torch.zeros_like(top[..., 0])


def _wide(probs: Tensor) -> Tensor:
    """Half precision is widened for sums over a row."""
    return probs if probs.dtype in (torch.float32, torch.float64) else probs.float()
