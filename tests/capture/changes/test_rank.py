"""Networks without skips, feed-forward blocks or LayerNorm against private copies in which those parts were removed."""

import copy
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import pytest
import torch
from torch import nn

from explorer import ModelSpec, load, run
from explorer.capture.changes import rank
from explorer.capture.changes.rank import ALL_KEPT, COMBINATIONS, MAX_PIECES, Kept, states_by_layer
from explorer.errors import NotInThisModel

TEXT = "The keys to the old cabinet are on the table."


class Alone(nn.Module):
    """In the place of transformers' sub-layers: the dense part, the skip and LayerNorm only where they are kept."""

    def __init__(self, block, kept):
        super().__init__()
        self.dense, self.norm, self.kept = block.dense, block.LayerNorm, kept

    def forward(self, made, x):
        out = self.dense(made) + (x if self.kept.skips else 0)
        return self.norm(out) if self.kept.norm else out


def changed_copy(model, kept):
    private = copy.deepcopy(model).double()
    for layer in private.encoder.layer:
        layer.attention.output = Alone(layer.attention.output, kept)
        layer.output = Alone(layer.output, kept)
        if not kept.ffn:
            layer.feed_forward_chunk = lambda x: x
    private.set_attn_implementation("eager")
    return private


@pytest.mark.parametrize("kept", [Kept(*kept) for kept in product((True, False), repeat=3)], ids=str)
def test_against_a_private_copy(tiny, kept):
    seen = run(tiny, TEXT)
    outs = []
    private = changed_copy(tiny.base, kept)
    for layer in private.encoder.layer:
        layer.register_forward_hook(lambda module, args, out: outs.append(out[0] if isinstance(out, tuple) else out))
    with torch.no_grad():
        private.encoder(seen.hidden[0].double())
    states = list(states_by_layer(tiny, seen.hidden[0]))
    assert len(states) == 1 + len(outs) == 4
    for ours, theirs in zip(states[1:], outs, strict=True):
        torch.testing.assert_close(ours[COMBINATIONS.index(kept)], theirs.view(ours[0].shape), atol=1e-10, rtol=1e-10)


def test_all_kept_is_the_run(minilm):
    seen = run(minilm, TEXT, "They are lost.")
    for states, own in zip(states_by_layer(minilm, seen.hidden[0]), seen.hidden, strict=True):
        # 5e-6 is what single precision loses over six layers with states of length 10.
        torch.testing.assert_close(states[COMBINATIONS.index(ALL_KEPT)], own[0].double(), atol=5e-6, rtol=0)


def test_the_shared_model_is_not_touched(tiny):
    before = {name: value.clone() for name, value in tiny.model.state_dict().items()}
    list(states_by_layer(tiny, run(tiny, TEXT).hidden[0]))
    for name, value in tiny.model.state_dict().items():
        assert value.dtype == before[name].dtype and torch.equal(value, before[name])


def test_long_texts_are_cut(minilm):
    assert next(states_by_layer(minilm, run(minilm, "word " * 300).hidden[0])).shape == (8, MAX_PIECES, 384)


def test_other_architectures_are_refused(tiny, monkeypatch):
    monkeypatch.setattr(rank, "BUILT_AS_BERT", ("roberta",))
    with pytest.raises(NotInThisModel):
        next(states_by_layer(tiny, run(tiny, TEXT).hidden[0]))


def test_random_weights_of_the_menu():
    from explorer.models.registry import OFFERS

    handle = load(OFFERS["minilm-random"])
    assert isinstance(handle.spec, ModelSpec)
    assert all(torch.isfinite(states).all() for states in states_by_layer(handle, run(handle, "hi").hidden[0]))


def test_visitors_at_the_same_time(tiny):
    """Each in a thread of their own, between ordinary runs: everybody gets what they would get alone."""
    texts = [" ".join(TEXT.split()[:n]) for n in range(2, 8)]
    seen = [run(tiny, text) for text in texts]
    alone = [list(states_by_layer(tiny, one.hidden[0])) for one in seen]

    def visit(at):
        states = list(states_by_layer(tiny, seen[at].hidden[0]))
        again = run(tiny, texts[at]).hidden
        return all(map(torch.equal, states, alone[at])) and all(map(torch.equal, again, seen[at].hidden))

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(visit, list(range(6)) * 4))
