"""Gradients without the scale against a private eager copy whose modules say scaling = 1."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from explorer import Scene, encode
from explorer.analysis.scaling.gradients import differentiable_copy, gradient_norms, masked, readout_loss
from explorer.capture.run import inputs
from tests.conftest import eager_copy

SENTENCE = "the animal was too tired"


def reference(handle, encoded, scaling, loss):
    """transformers' own eager attention, backward through all parameters, nothing of ours in between."""
    model = eager_copy(handle)
    model.requires_grad_(True)
    layers = model.base_model.encoder.layer
    if scaling is not None:
        for layer in layers:
            layer.attention.self.scaling = scaling
    with torch.enable_grad():
        loss(model).backward()
    names = ("query", "key", "value")
    return np.array([[getattr(la.attention.self, n).weight.grad.norm().item() for n in names] for la in layers])


@pytest.mark.parametrize("seed", (0, 5))
def test_readout_gradients_equal_an_eager_copy(minilm, seed):
    encoded = encode(minilm, SENTENCE, "it slept")
    info = gradient_norms(Scene(minilm, encoded), seed)
    assert info.loss == "readout"
    for found, scaling in ((info.scaled, None), (info.unscaled, 1.0)):
        expected = reference(
            minilm, encoded, scaling, lambda m: readout_loss(m(**inputs(encoded)).last_hidden_state, seed)
        )
        np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_mlm_gradients_equal_an_eager_copy(tiny):
    encoded = encode(tiny, SENTENCE)
    info = gradient_norms(Scene(tiny, encoded), 2)
    assert info.loss == "mlm"
    ids, labels = masked(tiny, encoded, 2)

    def loss(model):
        output = model(**(inputs(encoded) | {"input_ids": ids}))
        return cross_entropy(output.prediction_logits[0], labels[0])

    for found, scaling in ((info.scaled, None), (info.unscaled, 1.0)):
        np.testing.assert_allclose(found, reference(tiny, encoded, scaling, loss), rtol=1e-5)


def test_the_shared_model_is_not_touched(minilm):
    before = {name: (p.data_ptr(), p.requires_grad) for name, p in minilm.model.named_parameters()}
    encoded = encode(minilm, SENTENCE)
    clone, leaves = differentiable_copy(minilm)
    gradient_norms(Scene(minilm, encoded))
    after = {name: (p.data_ptr(), p.requires_grad) for name, p in minilm.model.named_parameters()}
    assert before == after
    assert not any(p.requires_grad or p.grad is not None for p in minilm.model.parameters())
    shared = {p.data_ptr() for p in minilm.model.parameters()}
    assert all(p.data_ptr() in shared for p in clone.parameters())
    assert all(leaf.requires_grad and leaf.is_leaf for layer in leaves for leaf in layer)


def test_the_textbook_sentence_is_false_as_an_average(minilm):
    """Without the scale the trained model's W_Q gradients get larger in every layer."""
    info = gradient_norms(Scene(minilm, "The animal didn't cross the street because it was too tired."))
    assert (info.ratio[:, 0] > 1).all()
    assert info.reading()[0] == "gradients.reading.larger.uneven"
    assert len(info.table()) == 18


def test_one_word_is_masked_at_least(tiny):
    encoded = encode(tiny, "hi")
    ids, labels = masked(tiny, encoded, 0)
    assert (labels != -100).sum() == 1
    assert (ids != encoded.ids).sum() <= 1
