"""Untied copies: equal until trained, more parameters, the tied gradient is the sum of both; the shared model stays."""

import copy

import numpy as np
import pytest
import torch

from explorer import ModelSpec, Scene, encode, load, run
from explorer.analysis.pretraining import untying as module
from explorer.analysis.pretraining.untying import count, untie, untying
from explorer.capture.heads import word_logits
from explorer.errors import NothingTied, NothingToHide, TooLargeToTrain
from tests.conftest import TINY

TEXT = "The cat sat on the mat and the dog slept."


def state(model):
    return {name: tensor.clone() for name, tensor in model.state_dict().items()}


@pytest.mark.parametrize("head", ["mlm", "pretraining"])
def test_clone_shares_all_but_one_tensor(head):
    handle = load(ModelSpec("config", "bert", overrides=TINY, head=head, seed=3))
    clone = untie(handle.model)
    assert count(clone) - count(handle.model) == 211 * 24
    own = {id(p) for p in handle.model.parameters()}
    assert [name for name, p in clone.named_parameters() if id(p) not in own] == ["cls.predictions.decoder.weight"]
    table = handle.model.get_input_embeddings().weight
    assert handle.model.get_output_embeddings().weight is table and clone.get_input_embeddings().weight is table


def test_equal_until_trained_and_the_shared_model_is_untouched(tiny):
    before, encoded = state(tiny.model), encode(tiny, TEXT)
    info = untying(Scene(tiny, encoded), 5)
    assert info.difference[0] == 0 and info.apart[0] == 0 and info.losses[0, 0] == info.losses[1, 0]
    assert (info.difference[1:] > 0).all() and (np.diff(info.apart) > 0).all()
    assert info.losses[0, -1] < info.losses[0, 0] and info.losses[1, -1] < info.losses[1, 0]
    assert info.untied - info.tied == 211 * 24
    assert all(tensor.equal(before[name]) for name, tensor in tiny.model.state_dict().items())
    assert not any(p.requires_grad or p.grad is not None for p in tiny.model.parameters())
    assert word_logits(tiny, run(tiny, encoded)).isfinite().all()
    assert len(info.table()) == 6 and info.reading()[0] == "tied.reading.untie.trained"
    assert untying(Scene(tiny, encoded), 0).reading()[0] == "tied.reading.untie.start"


def test_the_tied_gradient_is_the_sum_of_both(tiny):
    info = untying(Scene(tiny, encode(tiny, TEXT)), 0)
    assert info.gradient_gap < 1e-5  # float32 sums of 211 x 24 entries in two orders
    hidden = encode(tiny, TEXT)
    read = set(hidden.ids[0].tolist()) | {103}
    assert 0 < info.rows_in <= len(read)
    assert info.rows_out == info.n_vocab == 211
    assert info.norm_in > 0 and info.norm_out > 0


def test_first_step_against_autograd_of_our_own(tiny):
    """One step of the tied model, built here without the module's helpers."""
    encoded = encode(tiny, TEXT)
    info = untying(Scene(tiny, encoded), 1, rate=0.1)
    model = copy.deepcopy(tiny.model).requires_grad_(True)
    places = list(range(1, encoded.n_tokens - 1))[1::3]
    ids = encoded.ids.clone()
    ids[0, places] = 103

    def loss():
        logits = model(ids, token_type_ids=encoded.segments).prediction_logits[0, places]
        return torch.nn.functional.cross_entropy(logits, encoded.ids[0, places])

    with torch.enable_grad():
        first = loss()
        first.backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    assert norm > 1
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert info.losses[0, 0] == pytest.approx(first.item(), abs=1e-5)
    assert info.losses[0, 1] == pytest.approx(loss().item(), abs=1e-4)  # clip_grad_norm_ divides by norm + 1e-6


def test_refusals(tiny, minilm, monkeypatch):
    with pytest.raises(NothingTied):
        untie(minilm.model)
    with pytest.raises(NothingTied):
        untie(untie(tiny.model))
    with pytest.raises(NothingToHide):
        untying(Scene(tiny, encode(tiny, "[MASK]")), 1)
    assert untying(Scene(tiny, encode(tiny, "hi")), 1).difference[0] == 0
    monkeypatch.setattr(module, "MAX_PARAMETERS", 1_000)
    with pytest.raises(TooLargeToTrain):
        untying(Scene(tiny, encode(tiny, TEXT)), 1)
