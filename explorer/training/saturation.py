"""How saturated is the attention of a trained model, on fresh sentences of its language?"""

import math
from dataclasses import dataclass
from random import Random

import torch

from explorer.analysis.measures import dead_under, row_measures
from explorer.analysis.scaling.saturation import products
from explorer.capture.changes.variant import AS_IS, Variant
from explorer.capture.reduce import share_entropy
from explorer.capture.replay import replay
from explorer.capture.run import run
from explorer.models.handle import ModelHandle
from explorer.training.grammar import sentence
from explorer.training.instruments import visible
from explorer.training.measures import FRESH


@dataclass(frozen=True)
class Saturation:
    """Means over all rows of all heads and layers.

    entropy: in shares of its largest value, log(number of keys); max_prob: largest probability of a row;
    trace: of the softmax Jacobian, 1 - Σp²; dead: share of rows through which practically no gradient passes.
    spread: standard deviation of the scores, what enters the softmax.
    """

    entropy: float
    max_prob: float
    trace: float
    dead: float
    spread: float


def saturation_of(handle: ModelHandle, n: int = 24, seed: int = 0, variant: Variant = AS_IS) -> Saturation:
    """Measure on `n` fresh sentences; variant: under which the model was trained."""
    rng, found = Random(FRESH + seed), []
    for _ in range(n):
        seen = run(handle, sentence(rng).text, variant=variant)
        tokens = seen.encoded.n_tokens
        for number in range(handle.dims.n_layers):
            layer = replay(handle, seen, number)
            probs, scores = (one[0, :, :tokens, :tokens] for one in (layer.probs, layer.scores))
            measured = row_measures(probs, products(layer, tokens), handle.dims.d_head)
            measured |= {"entropy": share_entropy(probs) / math.log(tokens), "dead": dead_under(probs, variant.rule)}
            means = {name: float(value.float().mean()) for name, value in measured.items()}
            found.append(means | {"spread": float(scores[visible(scores)].std())})
    mean = {name: float(torch.tensor([one[name] for one in found]).mean()) for name in found[0]}
    return Saturation(**{name: mean[name] for name in Saturation.__dataclass_fields__})
