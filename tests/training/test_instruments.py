"""What the instruments read, against autograd and attention written out; every rule, against its formula."""

import math
from itertools import islice

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.masking_utils import eager_mask

from explorer.training import bands
from explorer.training.batches import Batches
from explorer.training.dials import NAMES
from explorer.training.loop import Training
from explorer.training.model import fresh
from explorer.training.setting import SCALES, TrainingSetting
from explorer.training.tokenizer import shipped

D, WIDTH = 64, 128
SEEN = []


def rms(x):
    return x / (x.square().mean(-1, keepdim=True) + 1e-6).sqrt()


FORMULAS = {
    "sqrt_d": lambda q, k: q @ k.mT / math.sqrt(D),
    "none": lambda q, k: q @ k.mT,
    "over_d": lambda q, k: q @ k.mT / D,
    "over_width": lambda q, k: q @ k.mT / math.sqrt(WIDTH),
    "norm_rms": lambda q, k: rms(q) @ rms(k).mT / math.sqrt(D),
    "cosine": lambda q, k: normalize(q, dim=-1) @ normalize(k, dim=-1).mT / 0.1,
    "cap": lambda q, k: 5 * torch.tanh(q @ k.mT / math.sqrt(D) / 5),
    "sigmoid": lambda q, k: q @ k.mT / math.sqrt(D),
    "sink": lambda q, k: q @ k.mT / math.sqrt(D),
}


def attention_by(scale: str, causal: bool):
    def attention(module, query, key, value, attention_mask, **kwargs):
        scores = FORMULAS[scale](query, key)
        open_ = (attention_mask > -1).expand(scores.shape)
        if causal:
            open_ = open_ & torch.ones(scores.shape[-2:], dtype=torch.bool).tril()
        if scale == "sigmoid":
            scores = scores - open_.sum(-1, keepdim=True).log()
            weights = scores.sigmoid() * open_
        else:
            powers = scores.exp() * open_
            weights = powers / (powers.sum(-1, keepdim=True) + (1 if scale == "sink" else 0))
        SEEN.append((scores, weights, open_))
        return (weights @ value).transpose(1, 2).contiguous(), None

    return attention


def by_hand(setting: TrainingSetting):
    """The first step: loss, gradients by autograd, and what attention has seen, in transformers' own model."""
    name = f"by-hand-{setting.scale}-{setting.causal}"
    AttentionInterface.register(name, attention_by(setting.scale, setting.causal))
    AttentionMaskInterface.register(name, eager_mask)
    model, batch = fresh(setting, shipped().get_vocab_size()), Batches(setting, shipped()).draw()
    model.set_attn_implementation(name)
    SEEN.clear()
    logits = model(batch.ids, attention_mask=batch.mask, token_type_ids=batch.segments).prediction_logits
    loss = cross_entropy(logits[batch.chosen], batch.labels)
    own = [layer.attention.self for layer in model.bert.encoder.layer]
    weights = [getattr(one, part).weight for part in ("query", "key", "value") for one in own]
    norms = [float(g.double().square().sum().sqrt()) for g in torch.autograd.grad(loss, weights)]
    return loss.item(), norms, batch.mask.bool()


@pytest.mark.parametrize(("scale", "causal"), [*((scale, False) for scale in SCALES), ("sqrt_d", True)], ids=str)
def test_the_first_step_by_hand(monkeypatch, scale, causal):
    monkeypatch.setattr("explorer.training.loop.READ_EVERY", 1)
    setting = TrainingSetting(scale=scale, causal=causal, steps=5, batch=6, init_std=0.12)
    record = next(Training(setting).steps())
    loss, norms, real = by_hand(setting)
    assert record.loss == pytest.approx(loss, abs=1e-5)
    found = [*record.dials.w_q, *record.dials.w_k, *record.dials.w_v]
    assert found == pytest.approx(norms, rel=2e-4)  # float32 sums in another order
    for layer, (scores, weights, open_) in enumerate(SEEN):
        rows = [
            (p[o] / p[o].sum(), p[o])
            for text, mask in enumerate(real)
            for head in range(2)
            for p, o, real_row in zip(weights[text, head], open_[text, head], mask, strict=True)
            if real_row and o.sum() > 1
        ]
        entropy = [-torch.special.xlogy(share, share).sum() / math.log(len(share)) for share, _ in rows]
        assert record.dials.entropy[layer] == pytest.approx(float(torch.stack(entropy).detach().mean()), abs=1e-5)
        assert record.dials.largest[layer] == pytest.approx(float(scores[open_].detach().max()), rel=1e-5)
        if scale == "sigmoid":
            norm = [float((p * (1 - p)).detach().max()) for _, p in rows]
        else:
            norm = [
                float(torch.linalg.matrix_norm(torch.diag(p.detach()) - torch.outer(p, p).detach(), 2)) for _, p in rows
            ]
        dead = sum(one < 1e-3 for one in norm) / len(norm)
        assert record.dials.dead[layer] == pytest.approx(dead, abs=2 / len(norm))  # a row at the very bound
    assert scale != "none" or min(record.dials.dead) > 0.1, "else no dead row was told from a living one"


def test_the_stored_trainings_can_be_made_again():
    """Forty steps of the first seed of the default setting."""
    setting = TrainingSetting()
    (stored,) = (run for run in bands._of(setting) if run["seed"] == setting.seed)
    records = list(islice(Training(setting).steps(), bands.READ_EVERY))
    means = [sum(r.loss for r in records[at : at + 10]) / 10 for at in range(0, len(records), 10)]
    assert means == pytest.approx(stored["loss"][: len(means)], abs=2e-3)
    for name in NAMES:
        again, kept = getattr(records[-1].dials, name), [layer[0] for layer in stored["dials"][name]]
        assert list(again) == pytest.approx(kept, rel=0.02), name  # three digits, after forty steps of rounding


def test_every_rule_has_a_key_of_its_own():
    settings = [TrainingSetting(scale=scale, causal=causal) for scale in SCALES for causal in (False, True)]
    settings += [TrainingSetting(tied=False), TrainingSetting(rate=0.8)]
    assert len({one.key for one in settings}) == len(settings)
    assert [TrainingSetting.of_key(one.key) for one in settings] == settings
