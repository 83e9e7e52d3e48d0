"""Answers about where attention goes: one row of a head, a mean of heads, what comes of it in the end."""

from torch import Tensor

from explorer.analysis.attention.rollout import rollout
from explorer.analysis.course.answer import Answer, key, number
from explorer.analysis.course.places import Place
from explorer.capture.scene import Scene


def row(scene: Scene, at: Place) -> Tensor:
    """The weights of the followed word in the followed head, one for each token."""
    return scene.layer(at.layer).probs[0, at.head, at.token, : scene.keys.n_tokens]


def largest(weights: Tensor) -> Answer:
    """The token with the largest weight. weights: one a token, 0 to 1."""
    best = int(weights.argmax())
    return Answer(best, f"{weights[best]:.1%}", tuple(weights.tolist()))


@key
def target(scene: Scene, at: Place) -> Answer:
    """The token that the word looks at most in this head."""
    return largest(row(scene, at))


@key
def target_weight(scene: Scene, at: Place) -> Answer:
    """The largest weight of the row, in percent."""
    return Answer(100 * float(row(scene, at).max()))


@key
def effective_keys(scene: Scene, at: Place) -> Answer:
    """How many tokens the row spreads over: exp of its entropy."""
    p = row(scene, at).double()
    return Answer(float((-(p * p.clamp_min(1e-300).log()).sum()).exp()))


@key
def mean_target(scene: Scene, at: Place) -> Answer:
    """The token that the word looks at most in the mean over all heads of all layers."""
    n = scene.keys.n_tokens
    rows = [layer.probs[0, :, at.token, :n].mean(0) for layer in scene.layers()]
    return largest(sum(rows[1:], rows[0]) / len(rows))


@key
def weighted_target(scene: Scene, at: Place) -> Answer:
    """The token whose weight times the length of its value is largest, as a share of the row's sum."""
    layer = scene.layer(at.layer)
    n = scene.keys.n_tokens
    group = layer.q.shape[1] // layer.v.shape[1]
    lengths = layer.v[0, at.head // group, :n].norm(dim=-1)
    parts = row(scene, at) * lengths
    return largest(parts / parts.sum())


@key
def rollout_target(scene: Scene, at: Place) -> Answer:
    """The input token of which attention rollout says that the word's last state has most."""
    flow = rollout(scene, scene.handle.dims.n_layers - 1, True).flow[at.token]
    best = int(flow.argmax())
    return Answer(best, f"{flow[best]:.1%}", tuple(flow.tolist()))


@key
def heads_at_first(scene: Scene, at: Place) -> Answer:
    """In how many heads the word looks at the first token more than at any other."""
    n = scene.keys.n_tokens
    found = [int((layer.probs[0, :, at.token, :n].argmax(-1) == 0).sum()) for layer in scene.layers()]
    return Answer(sum(found), " + ".join(map(str, found)))


@key
def mean_to_first(scene: Scene, at: Place) -> Answer:
    """The mean weight on the first token over all heads and all rows, in percent."""
    n = scene.encoded.n_tokens
    share = float(scene.heads().to_first[:, 0, :, :n].mean())
    return Answer(100 * share, f"1/{n} = {number(100 / n)}%")


@key
def sharp_heads(scene: Scene, at: Place, above: float | int = 50) -> Answer:
    """In how many heads the word gives more than this percentage to a single token."""
    n = scene.keys.n_tokens
    return Answer(sum(int((one.probs[0, :, at.token, :n].amax(-1) > above / 100).sum()) for one in scene.layers()))
