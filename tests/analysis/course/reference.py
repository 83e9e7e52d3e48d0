"""The answers once more, from transformers' own model and plain PyTorch; of the app only tokenizer and weights."""

import math
from functools import cached_property
from typing import Any

import torch
from torch.nn.functional import cosine_similarity
from transformers import BertConfig, BertModel

from tests.conftest import eager_copy

REFERENCE: dict[str, Any] = {}


def of(function):
    """Register a recomputation under the name of its key."""
    REFERENCE[function.__name__] = function
    return function


class Plain:
    """A text read by transformers' eager model. scaled: False for the same weights without 1/√d in all layers."""

    def __init__(self, handle, text: str, scaled: bool = True, hidden_at: int | None = None, pair: str | None = None):
        self.handle, self.text, self.scaled, self.hidden_at = handle, text, scaled, hidden_at
        found = handle.tokenizer.encode(text, pair) if pair else handle.tokenizer.encode(text)
        self.ids, self.tokens, self.types = list(found.ids), found.tokens, found.type_ids
        if hidden_at is not None:
            self.ids[hidden_at] = handle.tokenizer.token_to_id("[MASK]")
        self.special = found.special_tokens_mask

    @cached_property
    def model(self) -> Any:
        model = eager_copy(self.handle)
        if not self.scaled:
            for layer in model.bert.encoder.layer:
                layer.attention.self.scaling = 1.0
        return model

    @cached_property
    def out(self) -> Any:
        with torch.no_grad():
            return self.model(
                input_ids=torch.tensor([self.ids]), token_type_ids=torch.tensor([self.types]),
                output_attentions=True, output_hidden_states=True,
            )  # fmt: skip

    def layer(self, number: int) -> Any:
        return self.model.bert.encoder.layer[number]

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """T × D into H × T × K."""
        return x.view(len(self.ids), self.handle.config.num_attention_heads, -1).transpose(0, 1)

    @torch.no_grad()
    def qkv(self, number: int) -> tuple[torch.Tensor, ...]:
        x, own = self.out.hidden_states[number][0], self.layer(number).attention.self
        return tuple(self.split(map_(x)) for map_ in (own.query, own.key, own.value))

    def rows(self, number: int, factor: float | None = None) -> torch.Tensor:
        """H × T × T with this factor on the products, by default the model's."""
        if factor is None:
            return self.out.attentions[number][0]
        q, k, _ = self.qkv(number)
        return (factor * q @ k.mT).softmax(-1)

    def every(self, factor: float | None = None) -> list[torch.Tensor]:
        return [self.rows(number, factor) for number in range(self.handle.config.num_hidden_layers)]

    @property
    def d(self) -> int:
        return self.handle.config.hidden_size // self.handle.config.num_attention_heads


def _of_row(row: torch.Tensor) -> int:
    return int(row.argmax())


@of
def target(r, at):
    return _of_row(r.rows(at.layer)[at.head, at.token])


@of
def target_weight(r, at):
    return 100 * max(r.rows(at.layer)[at.head, at.token].tolist())


@of
def effective_keys(r, at):
    return math.exp(-sum(p * math.log(p) for p in r.rows(at.layer)[at.head, at.token].tolist() if p > 0))


@of
def mean_target(r, at):
    return _of_row(torch.cat(r.every())[:, at.token].double().mean(0))


@of
def weighted_target(r, at):
    _, _, v = r.qkv(at.layer)
    return _of_row(r.rows(at.layer)[at.head, at.token] * v[at.head].square().sum(-1).sqrt())


@of
def rollout_target(r, at):
    flow = torch.eye(len(r.ids), dtype=torch.float64)
    for a in r.every():
        flow = (a.double().mean(0) + torch.eye(len(r.ids))) / 2 @ flow
    return _of_row(flow[at.token])


@of
def heads_at_first(r, at):
    return sum(_of_row(head[at.token]) == 0 for a in r.every() for head in a)


@of
def mean_to_first(r, at):
    return 100 * float(torch.stack(r.every())[..., 0].mean())


@of
def sharp_heads(r, at, above=50):
    return sum(max(head[at.token].tolist()) * 100 > above for a in r.every() for head in a)


@of
def n_pieces(r, at):
    return len(r.ids)


@of
def longest_part(r, at):
    tables = r.model.bert.embeddings
    word = tables.word_embeddings.weight[r.ids[at.token]]
    position, segment = tables.position_embeddings.weight[at.token], tables.token_type_embeddings.weight[0]
    lengths = {"word": word.norm(), "position": position.norm(), "segment": segment.norm()}
    return max(lengths, key=lengths.get)


@of
def first_value(r, at):
    lengths = r.qkv(at.layer)[2][at.head].norm(dim=-1)
    return "shorter" if lengths[0] < lengths[1:].mean() else "longer"


@of
@torch.no_grad()
def residual(r, at):
    _, _, v = r.qkv(at.layer)
    joined = (r.rows(at.layer) @ v).transpose(0, 1).flatten(1)
    added = r.layer(at.layer).attention.output.dense(joined)[at.token]
    return "shorter" if added.norm() < r.out.hidden_states[at.layer][0, at.token].norm() else "longer"


@of
@torch.no_grad()
def active_units(r, at):
    layer, x = r.layer(at.layer), r.out.hidden_states[at.layer]
    _, _, v = r.qkv(at.layer)
    joined = (r.rows(at.layer) @ v).transpose(0, 1).flatten(1)
    normed = layer.attention.output.LayerNorm(layer.attention.output.dense(joined) + x[0])
    inner = layer.intermediate.dense(normed)[at.token]  # GELU keeps the sign
    return 100 * sum(value > 0 for value in inner.tolist()) / len(inner)


@of
def turned(r, at):
    first, last = (r.out.hidden_states[i][0, at.token].double() for i in (0, -1))
    return math.degrees(math.acos(float(first @ last / first.norm() / last.norm())))


def _without(r, layer, heads):
    """Last states with these heads' parts of the output projection set to zero."""
    other = Plain(r.handle, r.text)
    dense = other.layer(layer).attention.output.dense
    with torch.no_grad():
        for head in heads:
            dense.weight[:, head * r.d : (head + 1) * r.d] = 0
    return other.out.hidden_states[-1][0]


@of
def without_head(r, at):
    own, changed = r.out.hidden_states[-1][0], _without(r, at.layer, [at.head])
    return 100 * float((changed - own)[at.token].norm() / own[at.token].norm())


@of
def spread(r, at, times=4):
    """By theory: the variance of a sum of d independent products of variance 1 is d."""
    grown = math.sqrt(r.d * times) / math.sqrt(r.d)
    return {1: "same", math.sqrt(times): "root", times: "times"}[grown]


@of
def unscaled_weight(r, at):
    return 100 * float(r.rows(at.layer, 1.0)[at.head, at.token].max())


@of
def sharper(r, at, factor="none"):
    def mean_entropy(p):
        return float(-(p.double() * p.double().clamp_min(1e-300).log()).sum(-1).mean())

    before = mean_entropy(r.rows(at.layer)[at.head])
    after = mean_entropy(r.rows(at.layer, 1.0 if factor == "none" else 1 / r.d)[at.head])
    return "same" if abs(after - before) < 0.02 else "sharper" if after < before else "flatter"


@of
def peaked_heads(r, at):
    return sum(max(head[at.token].tolist()) > 0.9 for a in r.every(1.0) for head in a)


@of
def dead_share(r, at):
    """The largest singular value of diag(p) - p pᵀ, of every row, written out."""
    rows = torch.cat([a.flatten(0, 1) for a in r.every(1.0)]).double()
    jacobians = torch.diag_embed(rows) - rows.unsqueeze(-1) * rows.unsqueeze(-2)
    return 100 * float((torch.linalg.matrix_norm(jacobians, 2) < 1e-3).double().mean())


@of
def network_cosine(r, at):
    other = Plain(r.handle, r.text, scaled=False)
    own, changed = (one.out.hidden_states[-1][0].double().mean(0) for one in (r, other))
    return float(cosine_similarity(own, changed, dim=0))


@of
def softmax_peak(r, at, scores):
    powers = [math.exp(score) for score in scores]
    return 100 * max(powers) / sum(powers)


@of
def own_factor(r, at):
    own = r.layer(0).attention.self.scaling
    return "root" if math.isclose(own, 1 / math.sqrt(r.d)) else "one" if own == 1 else "other"


@of
def temperature(r, at):
    return math.sqrt(r.handle.config.hidden_size / r.handle.config.num_attention_heads)


def _unique(model) -> int:
    return sum(p.numel() for p in {id(p): p for p in model.parameters()}.values())


@of
def total(r, at):
    return _unique(r.model) / 1e6


@of
def largest_part(r, at):
    layers = r.model.bert.encoder.layer
    ffn = sum(_unique(part) for layer in layers for part in (layer.intermediate, layer.output.dense))
    parts = (("self.query", "self.key", "self.value", "output.dense") for _ in layers)
    attention = sum(
        _unique(layer.attention.get_submodule(name)) for layer, own in zip(layers, parts, strict=True) for name in own
    )
    tables = r.model.bert.embeddings
    table = sum(
        one.weight.numel() for one in (tables.word_embeddings, tables.position_embeddings, tables.token_type_embeddings)
    )
    found = {"tables": table, "attention": attention, "ffn": ffn}
    return max(found, key=found.get)


@of
def ffn_share(r, at):
    d, f = r.handle.config.hidden_size, r.handle.config.intermediate_size
    ffn, attention = 2 * d * f + d + f, 4 * d * d + 4 * d
    return 100 * ffn / (ffn + attention)


@of
def word_table(r, at):
    return r.model.bert.embeddings.word_embeddings.weight.numel() / 1e6


@of
def more_heads(r, at):
    own = _unique(r.model.bert)
    config = BertConfig(**{**r.handle.config.to_dict(), "num_attention_heads": 2 * r.handle.config.num_attention_heads})
    with torch.device("meta"):
        other = sum(p.numel() for p in BertModel(config).parameters())
    return "same" if own == other else "more" if other > own else "fewer"


PUBLISHED = {"bert-base": {}, "bert-large": {"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16,
                                            "intermediate_size": 4096}}  # fmt: skip


def _published(preset: str) -> Any:
    with torch.device("meta"):
        return BertModel(BertConfig(**PUBLISHED[preset]))


@of
def preset_total(r, at, preset="bert-base"):
    return sum(p.numel() for p in _published(preset).parameters()) / 1e6


@of
def saved_by_thinning(r, at, preset="bert-base"):
    model = _published(preset)
    gone = sum(
        p.numel()
        for layer in model.encoder.layer
        for part in (layer.intermediate, layer.output.dense, layer.output.LayerNorm)
        for p in part.parameters()
    )
    return 100 * gone / sum(p.numel() for p in model.parameters())


@of
def quadratic_share(r, at, n=512):
    """Products of one layer: q kᵀ and probs v against the six weight matrices."""
    d, f = r.handle.config.hidden_size, r.handle.config.intermediate_size
    square, linear = 2 * n * n * d, 4 * n * d * d + 2 * n * d * f
    return 100 * square / (square + linear)


@of
def uniform_loss(r, at):
    scores = torch.zeros(1, r.handle.config.vocab_size)
    return float(torch.nn.functional.cross_entropy(scores, torch.tensor([0])))


@of
def classifier_size(r, at, labels=14):
    return sum(p.numel() for p in torch.nn.Linear(r.handle.config.hidden_size, labels).parameters())


@of
def n_spans(r, at):
    words = [i for i, special in enumerate(r.special) if not special]
    return sum(1 for a in words for b in words if a <= b)


@of
def hidden_words(r, at, rate=15):
    return rate / 100 * r.special.count(0)


def _said(r, at, scaled=True) -> tuple[torch.Tensor, int]:
    said = Plain(r.handle, r.text, scaled, at.token).out.prediction_logits[0, at.token].softmax(-1)
    return said, r.ids[at.token]


@of
def rank_of_hidden(r, at):
    said, own = _said(r, at)
    rank = said.argsort(descending=True).tolist().index(own)
    return "first" if rank == 0 else "five" if rank < 5 else "later"


@of
def share_of_hidden(r, at):
    said, own = _said(r, at)
    return 100 * float(said[own])


@of
def guess_unscaled(r, at):
    return "same" if _said(r, at)[0].argmax() == _said(r, at, False)[0].argmax() else "other"


@of
def second_follows(r, at, first, second):
    said = Plain(r.handle, first, pair=second).out.seq_relationship_logits[0]
    return "yes" if said[0] > said[1] else "no"


def _vector(r, text, pooling):
    last = Plain(r.handle, text).out.hidden_states[-1][0].double()
    return last.mean(0) if pooling == "mean" else last[0]


def _alike(r, a, b, pooling="mean"):
    return float(cosine_similarity(_vector(r, a, pooling), _vector(r, b, pooling), dim=0))


@of
def nearer(r, at, a, b):
    return "a" if _alike(r, r.text, a) >= _alike(r, r.text, b) else "b"


@of
def cosine_to(r, at, other, pooling="mean"):
    return _alike(r, r.text, other, pooling)


@of
def closer_pooling(r, at, other):
    return "cls" if _alike(r, r.text, other, "cls") > _alike(r, r.text, other) else "mean"
