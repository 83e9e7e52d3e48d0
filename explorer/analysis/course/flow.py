"""Answers about the vectors on the way: pieces, look-ups, values, what is added, what is turned."""

import math

import torch

from explorer.analysis.attention.ablation import ablation
from explorer.analysis.course.answer import Answer, key, number
from explorer.analysis.course.places import Place
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel


@key
def n_pieces(scene: Scene, at: Place) -> Answer:
    """How many tokens the model reads, special ones included."""
    return Answer(scene.encoded.n_tokens, " ".join(scene.encoded.tokens) if scene.encoded.n_tokens <= 40 else "")


@key
def longest_part(scene: Scene, at: Place) -> Answer:
    """Which of the three look-ups has the longest vector for the word."""
    seen = scene.capture()
    parts = {"word": seen.word, "position": seen.position, "segment": seen.segment}
    lengths = {name: float(part[0, at.token].norm()) for name, part in parts.items() if part is not None}
    if len(lengths) < 2:
        raise NotInThisModel(model=scene.handle.config.model_type, reason="sum_word_only")
    return Answer(max(lengths, key=lengths.__getitem__), _compared(*lengths.values()))


@key
def first_value(scene: Scene, at: Place) -> Answer:
    """Whether the first token's value is shorter or longer than the others' on average, in this head."""
    layer = scene.layer(at.layer)
    group = layer.q.shape[1] // layer.v.shape[1]
    lengths = layer.v[0, at.head // group, : scene.keys.n_tokens].norm(dim=-1)
    own, others = float(lengths[0]), float(lengths[1:].mean())
    return Answer("shorter" if own < others else "longer", _compared(own, others))


@key
def residual(scene: Scene, at: Place) -> Answer:
    """Whether what attention adds is shorter or longer than the state it is added to."""
    layer = scene.layer(at.layer)
    added, state = float(layer.attn_out[0, at.token].norm()), float(layer.input[0, at.token].norm())
    return Answer("shorter" if added < state else "longer", _compared(added, state))


@key
def active_units(scene: Scene, at: Place) -> Answer:
    """The share of the feed-forward block's inner units that are above 0 for the word, in percent."""
    inside = scene.layer(at.layer).ffn_act[0, at.token]
    return Answer(100 * float((inside > 0).float().mean()), f"{int((inside > 0).sum())} / {len(inside)}")


@key
def turned(scene: Scene, at: Place) -> Answer:
    """The angle between the word's vector before the first layer and after the last, in degrees."""
    states = scene.capture().hidden
    cosine = torch.cosine_similarity(states[0][0, at.token].double(), states[-1][0, at.token].double(), dim=-1)
    return Answer(math.degrees(math.acos(min(1.0, max(-1.0, float(cosine))))))


@key
def without_head(scene: Scene, at: Place) -> Answer:
    """How far the word's last state moves when the followed head is left out, in percent of its length."""
    change = ablation(scene, ((at.layer, at.head),)).change[-1, at.token]
    return Answer(100 * float(change))


def _compared(*lengths: float) -> str:
    return " : ".join(map(number, lengths))
