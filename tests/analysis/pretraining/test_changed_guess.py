"""Guesses of a changed network against plain transformers on a model that was changed by hand."""

import copy
import math

import numpy as np
import pytest
import torch

from explorer import Scene, Variant, encode
from explorer.analysis.pretraining.changed_guess import changed_guess

TEXT = "The cat sat on the mat."
CHANGES = (
    ("unscaled", Variant(scale="none")),
    ("positions", "none"),
    ("head", Variant(ablated=((1, 2),))),
    ("ffn", Variant(without_ffn="all")),
)


def by_hand(handle, name):
    """The same change made in the weights of a copy."""
    model = copy.deepcopy(handle.model)
    bert, d = model.bert, handle.dims.d_head
    with torch.no_grad():
        if name == "unscaled":  # q times √d undoes the division
            for layer in bert.encoder.layer:
                layer.attention.self.query.weight *= math.sqrt(d)
                layer.attention.self.query.bias *= math.sqrt(d)
        elif name == "positions":
            bert.embeddings.position_embeddings.weight.zero_()
        elif name == "head":  # what W_O reads of the head
            bert.encoder.layer[1].attention.output.dense.weight[:, 2 * d : 3 * d] = 0
        elif name == "ffn":
            for layer in bert.encoder.layer:
                layer.output.dense.weight.zero_()
                layer.output.dense.bias.zero_()
                layer.output.forward = lambda hidden, attended, norm=layer.output.LayerNorm: norm(attended)
    return model


def test_every_row_is_what_the_changed_model_says(tiny):
    scene = Scene(tiny, TEXT)
    info = changed_guess(scene, (2,), 2, CHANGES, k=4)
    ids = encode(tiny, TEXT).ids.clone()
    truth = int(ids[0, 2])
    ids[0, 2] = tiny.mask_id
    assert info.names == ("as_is", "unscaled", "positions", "head", "ffn") and info.known
    for row, name in enumerate(info.names):
        with torch.no_grad():
            logits = by_hand(tiny, name)(input_ids=ids).prediction_logits[0, 2]
        probs = logits.softmax(-1)
        np.testing.assert_allclose(info.probs[row], probs.topk(4).values.numpy(), atol=1e-5)
        assert info.shares[row] == pytest.approx(probs[truth].item(), abs=1e-6)
        assert info.ranks[row] == 1 + int((probs > probs[truth]).sum())
    assert len({tuple(row) for row in info.probs.round(6).tolist()}) == 5, "each change changes the guess"
    assert len(info.table()) == 20


def test_a_typed_mask_is_followed_by_its_first_guess(tiny):
    info = changed_guess(Scene(tiny, "The cat [MASK] on the mat."), (3,), 3, CHANGES[:1])
    assert not info.known and info.followed == info.words[0][0] and info.ranks[0] == 1
    assert info.reading()[0] == "guess.reading.one"
