"""Are two sets of vectors for the same tokens alike? Linear centered kernel alignment (Kornblith et al. 2019).

CKA(X, Y) = ‖Yᵀ X‖²_F / (‖Xᵀ X‖_F ‖Yᵀ Y‖_F) with centred columns; it is 1 for rotated, shifted or scaled copies. With
few rows and many columns it is far above 0 even for unrelated vectors; the unbiased variant (Nguyen et al. 2021, from
Song et al. 2012, equation 5) takes that away.
"""

import math
from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor


def cka(x: Float[Tensor, "N D"], y: Float[Tensor, "N E"], unbiased: bool = False) -> float:
    """Linear CKA of two sets of vectors for the same N tokens, in float64.

    Without the correction it is between 0 and 1. nan where one of the two does not vary at all, and for the unbiased
    variant also with fewer than four rows; the unbiased one can fall a little below 0.
    """
    return float(cka_matrix([x], [y], unbiased)[0, 0])


def cka_matrix(
    first: Sequence[Float[Tensor, "N _"]], second: Sequence[Float[Tensor, "N _"]], unbiased: bool = False
) -> Float[np.ndarray, "A B"]:
    """CKA between each member of the first list (rows) and of the second (columns), such as all layers of two runs.

    The members may have different widths; all of them have the same number of rows, in the same order.
    """
    if unbiased and len(first[0]) < 4:
        return np.full((len(first), len(second)), np.nan)
    a, b = ([_centred(states) for states in side] for side in (first, second))
    agreement = _unbiased if unbiased else _biased
    own_a, own_b = ([agreement(x, x) for x in side] for side in (a, b))
    rows = [[agreement(x, y) for y in b] for x in a]
    return np.array(
        [[_ratio(both, p, q) for both, q in zip(row, own_b, strict=True)] for row, p in zip(rows, own_a, strict=True)]
    )


def shuffled_cka(
    x: Float[Tensor, "N D"], others: Sequence[Float[Tensor, "N _"]], unbiased: bool, draws: int, seed: int = 0
) -> float:
    """The largest CKA of x, its rows shuffled, with any of the others, over this many draws: what chance alone gives.

    nan where `cka` is. By Gram matrices of N x N: shuffling rows shuffles these.
    """
    n = len(x)
    if unbiased and n < 4:
        return math.nan
    grams = [_gram(states, unbiased) for states in (x, *others)]
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(n, generator=generator) for _ in range(draws)]
    found = [
        _ratio(
            float((grams[0][order][:, order] * gram).sum()), float(grams[0].square().sum()), float(gram.square().sum())
        )
        for order in orders
        for gram in grams[1:]
    ]
    return max((value for value in found if not math.isnan(value)), default=math.nan)


def _gram(states: Float[Tensor, "N D"], unbiased: bool) -> Float[Tensor, "N N"]:
    """Centred as HSIC₀ or, for the unbiased estimate, U-centred (Székely and Rizzo 2014), so that a product of two is
    the estimate up to a factor that cancels."""
    centred = _centred(states).cpu()
    gram = centred @ centred.T
    if not unbiased:
        return gram
    n = len(gram)
    gram = gram.clone().fill_diagonal_(0)
    rows = gram.sum(1)
    gram = gram - (rows[:, None] + rows[None]) / (n - 2) + rows.sum() / ((n - 1) * (n - 2))
    return gram.fill_diagonal_(0)


def _centred(states: Float[Tensor, "N D"]) -> Float[Tensor, "N D"]:
    double = states.detach().double()
    centred = double - double.mean(0)
    # What rounding leaves of columns that do not vary is no variation.
    return torch.zeros_like(centred) if centred.norm() <= 1e-12 * double.norm() else centred


def _ratio(both: float, first: float, second: float) -> float:
    return both / math.sqrt(first * second) if first > 0 and second > 0 else math.nan


def _biased(x: Float[Tensor, "N D"], y: Float[Tensor, "N E"]) -> float:
    """‖Yᵀ X‖²_F, by whichever product is smaller: D x E, or two Gram matrices of N x N."""
    n, d, e = len(x), x.shape[1], y.shape[1]
    if d * e <= n * (d + e):
        return float((x.T @ y).square().sum())
    return float(((x @ x.T) * (y @ y.T)).sum())


def _unbiased(x: Float[Tensor, "N D"], y: Float[Tensor, "N E"]) -> float:
    """HSIC₁ up to the factor 1 / (n (n - 3)), which cancels; its Gram matrices have no diagonal.

    With centred columns a Gram matrix has rows of sum 0, so without the diagonal they sum to minus that, and nothing
    of the size N x N is needed.
    """
    n, k, m = len(x), x.square().sum(1), y.square().sum(1)
    apart = k.sum() * m.sum() / ((n - 1) * (n - 2)) - (k @ m) * n / (n - 2)
    return _biased(x, y) + float(apart)
