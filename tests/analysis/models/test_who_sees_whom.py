"""Masks worked out by hand, and held against the masks of real runs."""

import numpy as np
import pytest

from explorer import Variant, encode, replay, run
from explorer.analysis.models.who_sees_whom import FAMILIES, difference, masks, words

YES, NO = True, False


@pytest.fixture
def three(minilm):
    return encode(minilm, "Cats chase dogs")


def seen(encoded, family, **settings):
    return [panel.seen.tolist() for panel in masks(encoded, family, **settings).panels]


def test_bert_sees_everything_with_special_tokens(three):
    assert seen(three, "bert") == [[[YES] * 5] * 5]
    assert masks(three, "bert").panels[0].queries.tokens[0] == "[CLS]"


def test_gpt_and_elmo_of_three_words(three):
    left = [[YES, NO, NO], [YES, YES, NO], [YES, YES, YES]]
    right = [[YES, YES, YES], [NO, YES, YES], [NO, NO, YES]]
    assert seen(three, "gpt") == [left]
    assert seen(three, "elmo") == [left, right]


def test_the_decoder_starts_before_its_first_word(minilm, three):
    encoder, decoder, cross = masks(three, "both").panels
    assert encoder.seen.shape == (3, 3) and encoder.seen.all()
    assert decoder.queries.tokens == ("<s>", "cats", "chase", "dogs")
    assert decoder.seen.tolist()[1] == [YES, YES, NO, NO]
    assert cross.seen.shape == (4, 3) and cross.seen.all()
    encoder, decoder, cross = masks(encode(minilm, "Cats chase dogs", "They ran"), "both").panels
    assert encoder.keys.tokens == ("cats", "chase", "dogs") and decoder.keys.tokens == ("<s>", "they", "ran")
    assert cross.seen.shape == (3, 3)


def test_xlnet_by_hand(three):
    """Seed 2 draws the ranks 3, 1, 2: chase first, then dogs, then cats."""
    info = masks(three, "xlnet", seed=2)
    assert info.ranks == (3, 1, 2)
    content, query = info.panels
    assert content.seen.tolist() == [[YES, YES, YES], [NO, YES, NO], [NO, YES, YES]]
    assert query.seen.tolist() == [[NO, YES, YES], [NO, NO, NO], [NO, YES, NO]]
    assert info.at(2).reading() == (
        "who_sees_whom.reading.xlnet",
        {
            "seen_0": 2, "seen_1": 1, "token": "dogs", "row": 2, "keys": 3, "cells": 3, "all": 9, "rank": 2,
            "left": 1, "right": 0,
        },
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(1, 6))
def test_every_order_of_xlnet(minilm, seed):
    """Whatever the order: rank r sees r - 1 others and, in the content stream, itself."""
    content, query = masks(encode(minilm, "the river rose by night and an old bridge fell"), "xlnet", seed).panels
    assert np.array_equal(content.seen, query.seen | np.eye(10, dtype=bool))
    assert sorted(query.seen.sum(1)) == list(range(10))


def test_words_are_as_they_were_typed(minilm):
    side = words(encode(minilm, "Unbelievably LOUD 🙂", "Ça va?"))
    assert side.tokens == ("Unbelievably", "LOUD", "🙂", "Ça", "va", "?")
    assert side.kinds == ("A", "A", "A", "B", "B", "B")


@pytest.mark.parametrize("pair", [None, "It slept."])
def test_drawn_masks_are_those_of_runs(minilm, pair):
    as_is = run(minilm, "The cat sat.", pair)
    causal = run(minilm, "The cat sat.", pair, Variant(causal=True))
    both, left = replay(minilm, as_is, 0), replay(minilm, causal, 0)
    bert, gpt = (masks(as_is.encoded, family).panels[0] for family in ("bert", "gpt"))
    assert difference(bert, both) == 0.0 and difference(bert, left) == 1.0
    assert difference(gpt, left) == 0.0 and difference(gpt, both) == 1.0


@pytest.mark.parametrize("family", FAMILIES)
def test_one_token_and_the_table(minilm, family):
    info = masks(encode(minilm, "hi"), family).at(99)
    key, facts = info.reading()
    assert key == f"who_sees_whom.reading.{family}" and facts["row"] == info.row
    assert len(info.table()) == sum(panel.seen.size for panel in info.panels)
