"""Answers about √d: the same queries and keys with another factor, a head, all heads, the whole network."""

import math

import torch

from explorer.analysis.course.answer import Answer, key, number
from explorer.analysis.course.places import Place
from explorer.analysis.jacobian import entropy
from explorer.analysis.scaling.drawn_vectors import synthetic_scores
from explorer.analysis.scaling.saturation import saturation_map
from explorer.analysis.scaling.softmax import microscope
from explorer.analysis.scaling.whole_network import network_change
from explorer.capture.changes.variant import Variant
from explorer.capture.facts import facts_of, spelled
from explorer.capture.offered import require
from explorer.capture.scene import Scene

UNSCALED = Variant(scale="none")
# Entropies nearer than this are called the same, in nats.
SAME = 0.02


@key
def spread(scene: Scene, at: Place, times: int = 4) -> Answer:
    """By what the spread of q·k grows when vectors with independent components are `times` as wide: measured."""
    d = scene.handle.dims.d_head
    narrow, wide = (float(synthetic_scores(width, 64, 2048).std()) for width in (d, d * times))
    grown = wide / narrow
    names = {"same": 1.0, "root": math.sqrt(times), "times": float(times), "square": float(times) ** 2}
    nearest = min(names, key=lambda name: abs(math.log(names[name] / grown)))
    return Answer(nearest, f"{number(narrow)} → {number(wide)}")


@key
def unscaled_weight(scene: Scene, at: Place) -> Answer:
    """The largest weight of the word's row without the scale, in percent."""
    require(scene.handle, UNSCALED)
    own, other = (float(_rows(scene, at, one)[at.token].max()) for one in (None, UNSCALED))
    return Answer(100 * other, f"{own:.1%} → {other:.1%}")


@key
def sharper(scene: Scene, at: Place, factor: str = "none") -> Answer:
    """Whether this head becomes sharper or flatter. factor: "none" (times 1), or "1/d" in place of the model's own."""
    variant = UNSCALED if factor == "none" else Variant(scale=1 / scene.handle.dims.d_head)
    require(scene.handle, variant)
    before, after = (float(entropy(_rows(scene, at, one)).mean()) for one in (None, variant))
    name = "same" if abs(after - before) < SAME else "sharper" if after < before else "flatter"
    return Answer(name, f"{number(before)} → {number(after)}")


@key
def peaked_heads(scene: Scene, at: Place) -> Answer:
    """In how many heads the word gives more than nine tenths to one token without the scale, and with it."""
    require(scene.handle, UNSCALED)
    n = scene.keys.n_tokens
    with_it, without = (
        sum(int((one.probs[0, :, at.token, :n].amax(-1) > 0.9).sum()) for one in scene.layers(variant))
        for variant in (None, UNSCALED)
    )
    return Answer(without, f"{with_it} → {without}")


@key
def dead_share(scene: Scene, at: Place) -> Answer:
    """The share of dead rows over all heads without the scale, in percent."""
    require(scene.handle, UNSCALED)
    found = saturation_map(scene)
    own, other = (100 * float(side["dead"].mean()) for side in (found.own, found.changed))
    return Answer(other, f"{number(own)}% → {number(other)}%")


@key
def network_cosine(scene: Scene, at: Place) -> Answer:
    """How alike the text's mean vector is after the last layer, with the scale and without it in all layers."""
    require(scene.handle, UNSCALED)
    layers = tuple(range(scene.handle.dims.n_layers))
    return Answer(float(network_change(scene, 1.0, layers).pooled[-1]))


@key
def softmax_peak(scene: Scene, at: Place, scores: list[float | int] | None = None) -> Answer:
    """The largest weight that softmax makes of these scores, in percent."""
    return Answer(100 * float(microscope(scores or [0, 1]).probs.max()))


@key
def own_factor(scene: Scene, at: Place) -> Answer:
    """What the model multiplies q·k with: "root" (1/√d), "one", or "other"."""
    factor, d = facts_of(scene.handle).factor, scene.handle.dims.d_head
    said = spelled(factor, d)
    return Answer("root" if said == "1/√d" else "one" if factor == 1 else "other", said)


@key
def temperature(scene: Scene, at: Place) -> Answer:
    """By what the scores of this model's heads are divided: √d."""
    return Answer(math.sqrt(scene.handle.dims.d_head))


def _rows(scene: Scene, at: Place, variant: Variant | None) -> torch.Tensor:
    n = scene.keys.n_tokens
    return scene.layer(at.layer, variant).probs[0, at.head, : scene.encoded.n_tokens, :n]
