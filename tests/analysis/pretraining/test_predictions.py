"""Guesses at hidden places against the head's own logits; the logit lens against an independent construction."""

import copy

import numpy as np
import pytest
import torch

from explorer import Scene, encode, run
from explorer.analysis.pretraining.masked import hide
from explorer.analysis.pretraining.predictions import Guess, Lens, Predictions, lens, predictions
from explorer.capture.heads import word_logits

TEXT = "The cat sat on the [MASK] mat."


def test_lens_equals_the_named_modules(tiny):
    encoded = encode(tiny, TEXT)
    seen = run(tiny, hide(tiny, encoded, [2]))
    info = lens(Scene(tiny, encoded), Scene.of(tiny, seen), 2, k=3)
    head = copy.deepcopy(tiny.model.cls.predictions)
    for row, state in enumerate(seen.hidden):
        with torch.no_grad():
            probs = head(state)[0, 2].softmax(-1)
        np.testing.assert_allclose(info.probs[row], probs.topk(3).values.numpy(), atol=1e-6)
        true_id = encoded.ids[0, 2]
        assert info.truth_probs[row] == pytest.approx(probs[true_id].item(), abs=1e-6)
        assert info.ranks[row] == 1 + int((probs > probs[true_id]).sum())
    assert info.difference < 1e-5
    assert len(info.words) == 4 and len(info.table()) == 12


def test_ranks_and_typed_masks(tiny):
    encoded = encode(tiny, TEXT)
    typed = encoded.tokens.index("[MASK]")
    seen = run(tiny, hide(tiny, encoded, [2, 3]))
    info = predictions(Scene(tiny, encoded), Scene.of(tiny, seen), [2, 3, typed], k=4)
    probs = word_logits(tiny, seen)[0].softmax(-1)
    for guess in info.guesses[:2]:
        assert guess.truth == encoded.tokens[guess.place]
        order = probs[guess.place].argsort(descending=True).tolist()
        assert order[guess.rank - 1] == encoded.ids[0, guess.place]
        assert guess.best[0][1] == pytest.approx(probs[guess.place].max().item())
    assert info.guesses[2].truth is None and info.guesses[2].rank is None
    assert info.reading() == info.reading() and info.reading()[0] == "masked.reading.several"
    assert len(info.table()) == 12
    assert lens(Scene(tiny, encoded), Scene.of(tiny, seen), typed).ranks is None


def test_hiding_a_word_hides_it(tiny):
    """Two texts that differ in one word are the same once it is hidden."""
    a, b = encode(tiny, "The cat sat."), encode(tiny, "The dog sat.")
    left, right = (word_logits(tiny, run(tiny, hide(tiny, text, [2]))) for text in (a, b))
    assert left.equal(right)
    assert not word_logits(tiny, run(tiny, a)).equal(word_logits(tiny, run(tiny, b)))


@pytest.mark.parametrize(
    ("guesses", "said"),
    [
        ((), "nothing"),
        ((Guess(1, "a", 1, 0.5, (("a", 0.5),), 1.0),), "right"),
        ((Guess(1, "a", 2, 0.5, (("b", 0.6),), 1.0),), "wrong"),
        ((Guess(1, None, None, None, (("b", 0.6),), 1.0),), "open"),
        ((Guess(1, None, None, None, (("b", 0.6),), 1.0),) * 2, "typed"),
    ],
)
def test_readings(guesses, said):
    assert Predictions(guesses, 9).reading()[0] == f"masked.reading.{said}"


def test_entropy_is_in_nats(tiny):
    encoded = encode(tiny, TEXT)
    seen = run(tiny, hide(tiny, encoded, [2]))
    (guess,) = predictions(Scene(tiny, encoded), Scene.of(tiny, seen), [2]).guesses
    reference = torch.distributions.Categorical(logits=word_logits(tiny, seen)[0, 2]).entropy()
    assert guess.entropy == pytest.approx(reference.item(), abs=1e-5)  # a sum of 211 terms in single precision


@pytest.mark.parametrize(
    ("firsts", "said", "layer"),
    [("abxx", "early", 1), ("xbxx", "early", 1), ("abcx", "last", 2), ("xxxx", "always", -1)],
)
def test_since_which_layer_the_answer_stands_first(firsts, said, layer):
    """Row 0 is the embedding, so row 2 is after layer 1; a lead that is lost again does not count."""
    info = Lens(1, None, tuple((word,) for word in firsts), np.full((4, 1), 0.5, np.float32), None, None, 0.0)
    key, facts = info.reading()
    assert key == f"masked.reading.lens.{said}" and facts["layer"] == layer and facts["first"] == firsts[0]
