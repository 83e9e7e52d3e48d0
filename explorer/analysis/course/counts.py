"""Answers that are counted: parameters, operations, tokens. The model's own, whatever it is."""

import json
import math

from explorer.analysis.course.answer import Answer, key, number
from explorer.analysis.course.places import Place
from explorer.analysis.structure.cost import quadratic_share as quadratic
from explorer.analysis.structure.cost import shape
from explorer.analysis.structure.parameters import Parameters, counted, parameters
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel
from explorer.models.configs import as_text
from explorer.models.presets import PRESETS
from explorer.models.skeleton import as_config

EMBEDDINGS = ("word", "position", "segment")
ATTENTION = ("query", "key", "value", "attention")


@key
def total(scene: Scene, at: Place) -> Answer:
    """The parameters of the model, in millions; tied ones once."""
    found = counted(scene.handle.model).total
    return Answer(found / 1e6, f"{found:,}")


@key
def largest_part(scene: Scene, at: Place) -> Answer:
    """Which holds most: the look-up tables, the attention blocks, or the feed-forward blocks."""
    kinds = counted(scene.handle.model).kinds
    parts = {
        "tables": sum(kinds[kind] for kind in EMBEDDINGS),
        "attention": sum(kinds[kind] for kind in ATTENTION),
        "ffn": kinds["ffn"],
    }
    whole = sum(kinds.values())
    said = " : ".join(f"{part / whole:.0%}" for part in parts.values())
    return Answer(max(parts, key=parts.__getitem__), said)


@key
def ffn_share(scene: Scene, at: Place) -> Answer:
    """The share of the layers' own parameters that stands in feed-forward blocks, in percent."""
    kinds = counted(scene.handle.model).kinds
    ffn, attention = kinds["ffn"], sum(kinds[kind] for kind in ATTENTION)
    return Answer(100 * ffn / (ffn + attention), f"{ffn:,} : {attention:,}")


@key
def word_table(scene: Scene, at: Place) -> Answer:
    """The numbers in the word table, in millions: rows times width."""
    dims = scene.handle.dims
    return Answer(dims.n_vocab * dims.d_model / 1e6, f"{dims.n_vocab:,} × {dims.d_model:,}")


@key
def more_heads(scene: Scene, at: Place) -> Answer:
    """Whether the model has more parameters, fewer, or the same with twice as many heads."""
    config = scene.handle.config
    if config.hidden_size % (2 * config.num_attention_heads):
        raise NotInThisModel(model=config.model_type, reason="recut")
    own, other = _with(config, config.num_attention_heads), _with(config, 2 * config.num_attention_heads)
    name = "same" if own.total == other.total else "more" if other.total > own.total else "fewer"
    return Answer(name, f"{own.total:,} : {other.total:,}")


def _with(config: object, heads: int) -> Parameters:
    return parameters({**json.loads(as_text(config)), "num_attention_heads": heads})


@key
def saved_by_thinning(scene: Scene, at: Place, preset: str = "bert-base") -> Answer:
    """What a published model loses of its parameters without any feed-forward block, in percent."""
    config = as_config(PRESETS[preset].fields)
    whole, thin = parameters(config), parameters(config, without_ffn=config.num_hidden_layers)
    return Answer(100 * (1 - thin.total / whole.total), f"{whole.total:,} → {thin.total:,}")


@key
def preset_total(scene: Scene, at: Place, preset: str = "bert-base") -> Answer:
    """The parameters of a published model, in millions."""
    found = parameters(PRESETS[preset].fields).total
    return Answer(found / 1e6, f"{found:,}")


@key
def quadratic_share(scene: Scene, at: Place, n: int = 512) -> Answer:
    """The share of the products that grows with the square of the length, at n tokens, in percent."""
    return Answer(100 * quadratic(shape(scene.handle.config), n))


@key
def uniform_loss(scene: Scene, at: Place) -> Answer:
    """The loss of a guess that finds every entry of the vocabulary equally likely, in nats."""
    n = scene.handle.dims.n_vocab
    return Answer(math.log(n), f"ln {n:,}")


@key
def classifier_size(scene: Scene, at: Place, labels: int = 14) -> Answer:
    """The parameters of one linear map from a sentence vector to so many labels, with its biases."""
    d = scene.handle.dims.d_model
    return Answer(labels * d + labels, f"{labels} × {d} + {labels}")


@key
def n_spans(scene: Scene, at: Place) -> Answer:
    """How many answers a passage of this text's pieces has: every first with every last that is not before it."""
    n = sum(not special for special in scene.encoded.special)
    return Answer(n * (n + 1) // 2, f"{n} · {n + 1} / 2")


@key
def hidden_words(scene: Scene, at: Place, rate: float | int = 15) -> Answer:
    """How many pieces of this text pre-training would choose on average, at this percentage."""
    n = sum(not special for special in scene.encoded.special)
    return Answer(n * rate / 100, f"{number(rate)}% · {n}")
