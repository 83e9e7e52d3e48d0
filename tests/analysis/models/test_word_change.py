"""A word exchanged: what a causal mask must keep, held by consequence, and the numbers against transformers' own."""

import numpy as np
import pytest
import torch

from explorer import Scene, encode, run
from explorer.analysis.models.word_change import exchanged, word_change

TIRED = "The animal didn't cross the street because it was too tired."
BANK = "She sat on the bank of the river and counted the money."


@pytest.mark.parametrize(
    ("index", "word"), [(13, "wide"), (6, "saw"), (6, "went slowly across"), (10, ""), (13, "四 🙂")]
)
@pytest.mark.parametrize("pair", [None, "It slept there."])
def test_under_the_causal_mask_nothing_before_moves(minilm, index, word, pair):
    info = word_change(Scene(minilm, TIRED, pair), index, word)
    assert info.before == index
    assert (info.causal[:, : info.before] == 0).all(), "not one bit, whatever the lengths"
    assert (info.own[1:, 1 : info.before] > 1e-3).all(), "without the mask everything moves"
    assert info.own[0, : info.before].max() == 0, "the embedding knows no neighbours"
    assert info.reading()[0] == "who_sees_whom.change.exact"


@pytest.mark.parametrize("n", [5, 299])
def test_not_even_where_sums_of_another_length_round_otherwise(minilm, n):
    """Without the padding the first words differ by 7e-7 and 2e-6: another length takes another kernel."""
    text = " ".join(("the river rose by night and an old bridge fell " * 30).split()[:n])
    info = word_change(Scene(minilm, text), n, "very very very old boats")
    assert info.before == n and (info.causal[:, :n] == 0).all()


def test_the_mask_is_not_learnt(tiny):
    info = word_change(Scene(tiny, BANK), 9, "boy")
    assert (info.causal[:, :9] == 0).all() and (info.own[1:, :9] > 1e-3).all()


def test_numbers_are_those_of_transformers(minilm):
    """The library's own hidden states, asked for in one call on both sentences."""
    a, b = encode(minilm, BANK), encode(minilm, BANK.replace("money", "boats"))
    with torch.no_grad():
        first, second = (minilm.model(input_ids=x.ids, output_hidden_states=True).hidden_states for x in (a, b))
    expected = np.stack(
        [((y - x).norm(dim=-1) / x.norm(dim=-1))[0].numpy() for x, y in zip(first, second, strict=True)]
    )
    info = word_change(Scene(minilm, BANK), a.tokens.index("money"), "boats")
    # 2e-6 of two float32 states of norm 6 to 20: the reference runs the fused kernel, which sums in another order.
    np.testing.assert_allclose(info.own, expected, atol=1e-5)


def test_tokens_behind_a_longer_word_are_compared_with_themselves(minilm):
    info = word_change(Scene(minilm, BANK), 5, "left bank")
    assert info.old == () and info.new == ("left",), "the common beginning and end are as long as they can be"
    assert np.isfinite(info.own).all() and info.before == 5
    longer = word_change(Scene(minilm, BANK), 5, "very old boat")
    assert longer.old == ("bank",) and longer.new == ("very", "old", "boat")
    assert np.isnan(longer.own[:, 5]).all() and np.isfinite(np.delete(longer.own, 5, 1)).all()
    assert (longer.own[0, 6:] > 0).all(), "their positions have changed"
    a, b = run(minilm, BANK), run(minilm, BANK.replace("bank", "very old boat"))
    # Here the longer text is not padded, and rounds otherwise: 6e-6 of a state.
    expected = (b.hidden[4][0, 10] - a.hidden[4][0, 8]).norm() / a.hidden[4][0, 8].norm()
    assert longer.own[4, 8] == pytest.approx(float(expected), abs=1e-5)
    assert longer.labels[5] == "bank → very old boat"


def test_nothing_is_exchanged_where_nothing_can_be(minilm):
    encoded = encode(minilm, "hi", "there")
    assert exchanged(encoded, 0, "x") == ("hi", "there")
    assert exchanged(encoded, 3, "x") == ("hi", "x")
    same = word_change(Scene(minilm, "hi"), 1, "hi")
    assert same.reading() == ("who_sees_whom.change.same", {}) and not same.own.any()


def test_word_pieces_go_together(minilm):
    encoded = encode(minilm, "An electroencephalography test")
    at = encoded.tokens.index("##pha")
    assert exchanged(encoded, at, "eye") == ("An eye test", None)


def test_512_tokens_are_cut_and_still_aligned(minilm):
    info = word_change(Scene(minilm, "one two three four " * 200), 400, "seventeen elephants")
    assert info.own.shape == (7, 512) and (info.causal[:, : info.before] == 0).all()
    assert len(info.table()) == 7 * 512
