"""How saturated is the attention of a trained model, on fresh sentences of its language?"""

from dataclasses import dataclass
from random import Random

import torch

from explorer.analysis.measures import row_measures
from explorer.analysis.scaling.saturation import products
from explorer.capture.replay import replay
from explorer.capture.run import run
from explorer.models.handle import ModelHandle
from explorer.training.grammar import sentence
from explorer.training.measures import FRESH


@dataclass(frozen=True)
class Saturation:
    """Means over all rows of all heads and layers.

    entropy: in shares of its largest value, log(number of keys); max_prob: largest probability of a row;
    trace: of the softmax Jacobian, 1 - Σp²; dead: share of rows through which practically no gradient passes.
    spread: standard deviation of q·k times the model's own factor, what enters the softmax.
    """

    entropy: float
    max_prob: float
    trace: float
    dead: float
    spread: float


def saturation_of(handle: ModelHandle, n: int = 24, seed: int = 0) -> Saturation:
    """Measure on `n` fresh sentences."""
    rng, found = Random(FRESH + seed), []
    for _ in range(n):
        seen = run(handle, sentence(rng).text)
        tokens = seen.encoded.n_tokens
        for number in range(handle.dims.n_layers):
            layer = replay(handle, seen, number)
            dots = products(layer, tokens)
            measured = row_measures(layer.probs[0, :, :tokens, :tokens], dots, handle.dims.d_head)
            means = {name: float(value.float().mean()) for name, value in measured.items()}
            found.append(means | {"spread": float((dots * layer.factor).std())})
    mean = {name: float(torch.tensor([one[name] for one in found]).mean()) for name in found[0]}
    return Saturation(**{name: mean[name] for name in Saturation.__dataclass_fields__})
