"""The masking recipe: its shares, what is never chosen, and the loss against that of transformers."""

import math

import numpy as np
import pytest
import torch

from explorer import ModelSpec, Scene, encode, load
from explorer.analysis.pretraining.masked import FATES, Recipe, choose, fates, hide, mask_id, maskable, masked, shares
from explorer.errors import MaskSharesInvalid, NoMaskToken
from tests.conftest import TINY

TEXT = "The keys to the old wooden cabinet [SEP] near the [MASK] windows are on the table."


@pytest.mark.parametrize("recipe", [Recipe(), Recipe(0.4, 0.5, 0.5), Recipe(1.0, 0.2, 0.3), Recipe(0.15, 0.0, 0.0)])
def test_shares_are_within_sampling_error(recipe):
    n = 100_000
    info = shares(recipe, n, seed=1)
    for found, expected in zip(info.found, info.expected, strict=True):
        # Four standard deviations: a false alarm in one of 16,000 tries, and the seed is fixed.
        assert abs(found - expected) <= 4 * math.sqrt(expected * (1 - expected) / n)
    assert sum(info.expected) == pytest.approx(1)


def test_net_shares_of_the_published_recipe():
    assert Recipe().net == pytest.approx((0.85, 0.12, 0.015, 0.015))
    assert shares(Recipe(), 1000, 0).reading()[1]["tokens"] == 1000


def test_special_tokens_are_never_chosen(tiny):
    encoded = encode(tiny, TEXT, "It [CLS] slept.")
    may = maskable(tiny, encoded)
    special = [token for token, allowed in zip(encoded.tokens, may.tolist(), strict=True) if not allowed]
    assert special == ["[CLS]", "[SEP]", "[MASK]", "[SEP]", "[CLS]", "[SEP]"]
    for seed in range(50):
        drawn = choose(tiny, encoded, Recipe(1.0), seed)
        assert (drawn.fates != 0).equal(may)
        assert drawn.seen.ids[0][~may].equal(encoded.ids[0][~may])


def test_rates_of_nothing_and_of_everything():
    may = torch.arange(1000) % 2 == 0
    assert not fates(may, Recipe(0.0)).any()
    assert (fates(may, Recipe(1.0)) != 0).equal(may)
    assert set(fates(may, Recipe(1.0, 1.0, 0.0))[may].tolist()) == {FATES.index("masked")}


def test_what_the_model_sees(tiny):
    encoded = encode(tiny, TEXT)
    drawn = choose(tiny, encoded, Recipe(0.9, 0.4, 0.3), seed=5)
    ids, fate = drawn.seen.ids[0], drawn.fates
    assert (ids[fate == 1] == mask_id(tiny)).all() and (fate == 1).any()
    unchanged = (fate == 0) | (fate == 3)
    assert ids[unchanged].equal(encoded.ids[0][unchanged]) and (fate == 3).any()
    assert (ids[fate == 2] != encoded.ids[0][fate == 2]).any()
    assert drawn.targets.equal(encoded.ids[0])
    assert choose(tiny, encoded, Recipe(0.9, 0.4, 0.3), seed=5).seen.ids.equal(ids[None])
    assert not choose(tiny, encoded, Recipe(0.9, 0.4, 0.3), seed=6).fates.equal(fate)


def test_loss_is_that_of_transformers():
    handle = load(ModelSpec("config", "bert", overrides=TINY, head="mlm", seed=3))
    encoded = encode(handle, TEXT, "It slept.")
    drawn = choose(handle, encoded, Recipe(0.5), seed=2)
    info = masked(Scene(handle, encoded), Recipe(0.5), seed=2)
    labels = torch.where(drawn.fates != 0, drawn.targets, -100)[None]
    with torch.no_grad():
        own = handle.model(drawn.seen.ids, token_type_ids=drawn.seen.segments, labels=labels).loss
    assert info.loss == pytest.approx(own.item(), abs=1e-5)
    assert info.n_chosen == int((labels != -100).sum()) > 2
    assert len(info.table()) == encoded.n_tokens
    assert info.reading()[0] == "masked.reading.recipe.some"


@pytest.mark.parametrize(
    ("recipe", "said"), [(Recipe(0.0), "zero"), (Recipe(1e-9), "none"), (Recipe(1.0, 1.0, 0.0), "blind")]
)
def test_designed_sentences(tiny, recipe, said):
    info = masked(Scene(tiny, "Two words"), recipe, seed=2)
    if said != "blind":
        assert info.reading()[0] == f"masked.reading.recipe.{said}"
        assert info.loss is None and np.isnan(info.losses).all()
    else:
        assert info.n_chosen == 2


@pytest.mark.parametrize("wrong", [(0.15, 0.8, 0.3), (1.2, 0.8, 0.1), (0.15, -0.1, 0.1), (math.nan, 0.8, 0.1)])
def test_shares_that_do_not_add_up(wrong):
    with pytest.raises(MaskSharesInvalid):
        Recipe(*wrong)


def test_hide_and_a_vocabulary_without_a_mask(tiny):
    encoded = encode(tiny, "The cat sat.")
    hidden = hide(tiny, encoded, [1, 3])
    assert hidden.tokens == ("[CLS]", "[MASK]", "cat", "[MASK]", ".", "[SEP]")
    assert encoded.tokens[1] == "the" and encoded.ids[0, 1] != mask_id(tiny)
    small = load(ModelSpec("config", "bert", overrides={**TINY, "vocab_size": 50}, head="mlm"))
    with pytest.raises(NoMaskToken):
        mask_id(small)


def test_random_tokens_are_any_of_the_vocabulary(tiny):
    encoded = encode(tiny, "word " * 20)
    found, same = set(), 0
    for seed in range(80):
        drawn = choose(tiny, encoded, Recipe(1.0, 0.0, 1.0), seed)
        assert drawn.fates.tolist() == [int(may) * 2 for may in maskable(tiny, encoded).tolist()]
        ids = drawn.seen.ids[0, drawn.places]
        found |= set(ids.tolist())
        same += int((ids == drawn.targets[drawn.places]).sum())
    assert found == set(range(tiny.dims.n_vocab))
    assert same > 0, "the same token is one of them"


def test_numbers_beside_the_shares_and_the_loss(tiny):
    """By hand: 10,000 tokens at 12 % have a standard deviation of 0.325 points; an even guess of 211 costs 5.352."""
    frame = shares(Recipe(), 10_000, 0).table()
    column = "sampling error (one standard deviation)"
    assert frame.set_index("fate").loc["masked", column] == pytest.approx(0.00324962, abs=1e-7)
    _, facts = masked(Scene(tiny, "Two words"), Recipe(1.0), 0).reading()
    assert facts["even"] == pytest.approx(5.351858, abs=1e-6)
