"""Saturation of a trained model against transformers' own attention, with scores from its weights by hand."""

import math
from random import Random

import pytest
import torch

from explorer import ModelSpec, encode
from explorer.training.grammar import sentence
from explorer.training.measures import FRESH
from explorer.training.model import as_handle, fresh
from explorer.training.saturation import saturation_of
from explorer.training.setting import TrainingSetting
from explorer.training.tokenizer import shipped
from tests.conftest import eager_copy

N = 5


@pytest.mark.parametrize("scale", ["sqrt_d", "none"])
def test_against_transformers(scale):
    setting = TrainingSetting(layers=2, init_std=0.15, scale=scale)
    handle = as_handle(fresh(setting, shipped().get_vocab_size()), ModelSpec("trained", "x", head="pretraining"))
    model = eager_copy(handle)
    factor = 1.0 if scale == "none" else 64**-0.5
    for layer in model.bert.encoder.layer:
        layer.attention.self.scaling = factor
    rng, rows = Random(FRESH), {"entropy": [], "max_prob": [], "trace": [], "spread": []}
    for _ in range(N):
        encoded = encode(handle, sentence(rng).text)
        with torch.no_grad():
            said = model.bert(encoded.ids, output_hidden_states=True, output_attentions=True)
        for state, probs, layer in zip(said.hidden_states, said.attentions, model.bert.encoder.layer, strict=False):
            p, own = probs[0].double(), layer.attention.self
            with torch.no_grad():
                q, k = (part(state)[0].view(-1, 2, 64).transpose(0, 1) for part in (own.query, own.key))
            rows["entropy"].append(-torch.special.xlogy(p, p).sum(-1).mean() / math.log(p.shape[-1]))
            rows["max_prob"].append(p.amax(-1).mean())
            rows["trace"].append(1 - p.square().sum(-1).mean())
            rows["spread"].append((q @ k.mT * factor).std())
    found = saturation_of(handle, N)
    for name, values in rows.items():
        assert getattr(found, name) == pytest.approx(float(torch.stack(values).mean()), abs=2e-5), name  # float32 sums
    assert 0 <= found.dead <= 1 and (scale == "sqrt_d") == (found.spread < 5)
