"""Two runs held against each other: by hand, by consequence, against the definitions written out."""

from dataclasses import replace

import numpy as np
import pytest

from explorer import ModelSpec, Scene, Variant, load
from explorer.analysis.measures import MEASURES
from explorer.analysis.models.compare import (
    heads_moved,
    layers_alike,
    measure_maps,
    pattern_maps,
    two_heads,
    why_no_difference,
)
from explorer.analysis.scaling.saturation import saturation_map
from explorer.errors import TooFewShared
from explorer.models.other_tokenizers import byte_pairs
from tests.architectures import tiny_model

TEXT = "The keys to the old wooden cabinet near the windows are on the table."
CAUSAL = Variant(causal=True)


@pytest.fixture(scope="module")
def as_is(minilm):
    return Scene(minilm, TEXT)


@pytest.fixture(scope="module")
def other(minilm):
    return Scene(minilm, "The cat sat on the mat.")


@pytest.fixture(scope="module")
def small(tiny):
    return Scene(tiny, TEXT)


def test_attention_that_goes_elsewhere_by_definition(as_is, minilm):
    info = heads_moved(as_is, as_is.under(CAUSAL))
    p, q = (one.layer(2).probs[0, 7].numpy() for one in (as_is, as_is.under(CAUSAL)))
    by_hand = np.mean([sum(abs(a - b) for a, b in zip(x, y, strict=True)) / 2 for x, y in zip(p, q, strict=True)])
    assert info.moved[2, 7] == pytest.approx(by_hand, abs=1e-6)
    assert info.moved.min() > 0 and info.moved.max() <= 1
    key, facts = info.reading()
    assert key == "compare.reading.moved" and facts["most"] == info.moved[facts["layer"], facts["head"]]


def test_the_first_layer_moves_by_its_future_under_the_mask(as_is, minilm):
    """What stood right of the diagonal is spread over the rest in proportion: exactly that share has moved."""
    info = heads_moved(as_is, as_is.under(CAUSAL))
    future = np.triu(as_is.layer(0).probs[0].numpy(), 1).sum(-1).mean(-1)
    np.testing.assert_allclose(info.moved[0], future, atol=1e-6)


def test_a_run_against_itself(as_is):
    assert heads_moved(as_is, as_is).reading() == ("compare.reading.equal", heads_moved(as_is, as_is).reading()[1])
    assert not heads_moved(as_is, as_is).moved.any()
    # Three doubles in a sum of 17 x 17 products, divided: a few parts in 1e16.
    np.testing.assert_allclose(np.diag(layers_alike(as_is, as_is).cka), 1, atol=1e-12)
    assert not measure_maps(as_is, as_is, "entropy").difference.any()


@pytest.mark.parametrize("name", ["bert", "albert", "xlnet", "deberta-v2", "llama"])
def test_layer_by_layer_while_the_second_runs_equals_the_replays(name):
    """A pass of the first run's layer goes on within one of the second, which may be of the very same module."""
    handle = tiny_model(name)
    a = Scene(handle, TEXT)
    b = a.under(Variant(temperature=2.0))
    slow = [(x.probs[0] - y.probs[0]).abs().sum(-1).mean(-1) / 2 for x, y in zip(a.layers(), b.layers(), strict=True)]
    fresh = Scene(handle, TEXT)
    for one, other in ((a, b), (fresh, fresh.under(b.variant))):
        np.testing.assert_array_equal(heads_moved(one, other).moved, np.stack(slow))
    assert np.stack(slow).min() > 0


def test_why_there_is_no_difference(as_is, other, small):
    assert why_no_difference(as_is, as_is, cells=True) is None
    assert why_no_difference(as_is, other, cells=True) == "tokens"
    assert why_no_difference(as_is, other, cells=False) is None
    assert why_no_difference(as_is, small, cells=False) == "shape"
    assert heads_moved(as_is, other).moved is None and heads_moved(as_is, small).why == "shape"
    assert heads_moved(as_is, other).reading()[0] == "compare.reading.peaks.maps"
    assert heads_moved(as_is, small).reading()[0] == "compare.reading.peaks.means"


@pytest.mark.parametrize("name", MEASURES)
def test_measures_are_those_of_the_saturation_page(as_is, minilm, name):
    expected = saturation_map(as_is, "end-to-end")
    info = measure_maps(as_is, as_is.under(Variant(scale="none")), name)
    np.testing.assert_array_equal(info.a, expected.own[name])
    np.testing.assert_array_equal(info.b, expected.changed[name])
    np.testing.assert_array_equal(info.difference, expected.changed[name] - expected.own[name])
    assert info.high >= max(info.a.max(), info.b.max()) - 1e-6 and len(info.table()) == 144
    layer, head = info.reading()[1]["layer"], info.reading()[1]["head"]
    assert abs(info.difference[layer, head]) == np.abs(info.difference).max()


def test_patterns_and_their_absence(as_is, other, small):
    info = pattern_maps(as_is, other, "previous")
    assert info.a[0, 2] > 0.9 and info.b[0, 2] > 0.9, "this head looks back in any text"
    n = as_is.encoded.n_tokens
    by_hand = np.mean([as_is.layer(0).probs[0, 2, i, i - 1].item() for i in range(1, n)])
    assert info.a[0, 2] == pytest.approx(by_hand, abs=1e-6)
    assert info.reading()[0] == "compare.reading.maps" and info.high == 1
    assert pattern_maps(as_is, small, "self").difference is None
    lonely = Scene(as_is.handle, "hi")
    assert pattern_maps(lonely, lonely, "same").reading() == ("compare.reading.absent", {})


def test_one_head_of_both(as_is, other, minilm):
    info = two_heads(as_is, as_is.under(CAUSAL), (1, 8), (1, 8))
    np.testing.assert_allclose(info.difference.sum(1), 0, atol=1e-6)
    key, facts = info.reading()
    assert key == "compare.reading.head" and facts["to"] == "[CLS]", "what may not look ahead looks at [CLS]"
    apart = two_heads(as_is, other, (1, 8), (1, 8))
    assert apart.difference is None and apart.reading()[0] == "compare.reading.two_heads"
    assert len(apart.table()) == apart.a.probs.size + apart.b.probs.size


def test_layers_of_models_of_any_shape(as_is, small, minilm, tiny):
    info = layers_alike(as_is, small)
    assert info.cka.shape == (7, 4) and info.by == "tokens" and info.n == as_is.encoded.n_tokens
    assert len(info.table()) == 28 and info.reading()[0].startswith("compare.reading.layers.")
    bytes_handle = replace(tiny, tokenizer=byte_pairs(minilm.tokenizer, [TEXT]))
    by_characters = layers_alike(as_is, Scene(bytes_handle, TEXT))
    assert by_characters.by == "characters" and by_characters.n == 15, "fourteen words and the full stop"


def test_the_correction_takes_away_what_few_tokens_add(as_is):
    """A second model of random weights shares next to nothing with the trained one's last layer."""
    spec = ModelSpec("config", "bert", overrides={"hidden_size": 384, "num_attention_heads": 12})
    random = Scene(load(spec), TEXT)
    plain, corrected = (layers_alike(as_is, random, flag).cka[-1, -1] for flag in (False, True))
    assert plain > corrected + 0.2 and abs(corrected) < 0.3


def test_too_few_words_in_common(as_is, minilm):
    with pytest.raises(TooFewShared):
        layers_alike(as_is, Scene(minilm, "Zebras yawn."))
