"""The measures of saturation, averaged over the rows of a head: the columns of every map and sweep."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from explorer.analysis.jacobian import dead_rows, entropy, max_prob, trace_jacobian

# A row that gives more than this to one key counts as peaked.
PEAKED = 0.9

# Name → column heading with unit; the page's words for them are `saturation.measure.<name>`.
MEASURES = {
    "entropy": "entropy / log(keys)",
    "keys": "effective keys exp(entropy)",
    "max_prob": "mean largest probability",
    "peaked": "share of rows with a probability over 0.9",
    "trace": "mean trace of the Jacobian",
    "dead": "share of dead rows (spectral norm < 0.001)",
    "variance": "variance of q·k / d",
}


def row_measures(
    probs: Float[Tensor, "... T n"], products: Float[Tensor, "... T n"], d_head: int, only: str | None = None
) -> dict[str, Float[Tensor, "..."]]:
    """Every measure or `only` one, its mean over the rows. products: q·k before any factor."""
    n_keys = probs.shape[-1]
    rows = entropy(probs) if only in (None, "entropy", "keys") else probs[..., 0]
    top = max_prob(probs)
    measures = {
        "entropy": lambda: (rows / math.log(n_keys)).mean(-1) if n_keys > 1 else torch.ones_like(rows).mean(-1),
        "keys": lambda: rows.exp().mean(-1),
        "max_prob": lambda: top.mean(-1),
        "peaked": lambda: (top > PEAKED).float().mean(-1),
        "trace": lambda: trace_jacobian(probs).mean(-1),
        "dead": lambda: dead_rows(probs).float().mean(-1),
        "variance": lambda: products.flatten(-2).var(-1, correction=0) / d_head,
    }
    return {name: measure() for name, measure in measures.items() if only in (None, name)}
