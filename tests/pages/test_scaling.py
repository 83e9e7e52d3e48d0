"""The scaling lab's pages: what they say in both languages, and what they make of bad input."""

import pytest

from explorer.errors import ExplorerError
from tests.conftest import page_text, says

LANGUAGES = ("en", "zh")
# Each picture: page, the state that it is opened with, the reading that stands there.
PAGES = {
    "scaling": ("scaling", {"factor": "0.176777"}, "scaling.reading.same"),
    "unscaled": ("scaling", {}, "scaling.reading.sharper"),
    "network": ("scaling", {"show": "network"}, "network.note"),
    "saturation": ("saturation", {}, "saturation.reading.peaked"),
    "why": ("saturation", {"regime": "drawn"}, "variance.reading"),
    "softmax": ("softmax", {}, "softmax.reading.open"),
    "gradients": ("gradients", {"model": "minilm"}, "gradients.reading.larger.uneven"),
    "which_d": ("which_d", {}, "which_d.reading"),
    "after_sqrt_d": ("after_sqrt_d", {"rule": "shift"}, "after_sqrt_d.reading.same"),
    "gemma": ("after_sqrt_d", {}, "after_sqrt_d.why_one"),
    "precision": ("precision", {}, "precision.reading.lost"),
    "scaled first": ("precision", {"order": "before", "tile": "8", "read": "1"}, "precision.online.first"),
    "riddle": ("which_d", {"case": "1", "answer": "b"}, "which_d.riddle.right.over_d"),
}


@pytest.fixture
def opened(app):
    return lambda name, **params: app(f"scaling/{PAGES[name][0]}", **(PAGES[name][1] | params))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_reading_in_both_languages(opened, page, lang):
    assert says(opened(page, lang=lang), lang, PAGES[page][2])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("text", "pair"),
    (("hi", ""), ("我昨天在河边。", "<script>alert(1)</script>"), ("🙂 {braces} $x$ **b** & <b>", "")),
)
def test_no_text_breaks_a_page(opened, page, text, pair):
    test = opened(page, text=text, pair=pair)
    assert not test.exception
    assert "<script>" not in page_text(test)
    assert 'class="bx-reading"' in page_text(test)


@pytest.mark.parametrize("factor", ("0", "-1", "nan", "1e9", "<b>"))
@pytest.mark.parametrize(("page", "param"), (("scaling", "factor"), ("network", "scale")))
def test_bad_factors_are_a_sentence(opened, factor, page, param):
    test = opened(page, **{param: factor})
    assert not test.exception
    body = page_text(test)
    assert "The factor has to be a number in 0.03125 … 1" in body
    assert "<b>" not in body.split("has to be a number")[1].split("</p>")[0]
    assert 'class="bx-reading"' in body, "the picture for the factor 1 is still there"


@pytest.mark.parametrize(
    ("vector", "sentence"),
    (
        ("1 two", "A vector is 1 to 32 numbers"),
        ("nan", "A vector is 1 to 32 numbers"),
        ("7", "One entry alone"),
        ("3 3 3", "All 3 scores are equal"),
        ("1000 1000 1001", "The largest score leads by 1"),
        ("0 1e6", "Saturated"),
    ),
)
def test_vectors(app, vector, sentence):
    test = app("scaling/softmax", vector=vector)
    assert not test.exception
    assert sentence in page_text(test)
    assert 'class="bx-reading"' in page_text(test), "a picture stays"


@pytest.mark.parametrize(
    ("params", "sentence"),
    (
        ({"regime": "drawn", "d": "1024"}, "At d = 1024"),
        ({"regime": "random", "measure": "peaked"}, "Random weights. With the init"),
        ({"way": "end-to-end", "measure": "dead"}, "are dead"),
        ({"regime": "nonsense", "measure": "7", "d": "x"}, "learnt its weights"),
    ),
)
def test_regimes_measures_and_ways(app, params, sentence):
    test = app("scaling/saturation", **params)
    assert not test.exception
    assert sentence in page_text(test)


@pytest.mark.parametrize("measure", ("keys", "max_prob", "trace", "variance"))
@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_measure_has_its_sentence(app, measure, lang):
    test = app("scaling/saturation", measure=measure, lang=lang)
    assert not test.exception
    assert 'class="bx-reading"' in page_text(test)


@pytest.mark.parametrize("whose", ("random", "small"))
def test_gradients_of_random_models(app, whose):
    test = app("scaling/gradients", whose=whose, dhead="8")
    assert not test.exception
    assert "chain rule" in page_text(test)


def test_a_pair_and_chosen_layers(app):
    test = app("scaling/scaling", show="network", text="The cat sat.", pair="It slept.", changed="5")
    assert not test.exception
    assert "in 1 layers" in page_text(test) or "in 1 layer" in page_text(test)
    assert "similarity of the two texts" in page_text(test)


def test_the_random_model_of_the_menu_on_every_page(opened):
    for page in PAGES:
        test = opened(page, model="minilm-random")
        assert not test.exception
        assert 'class="bx-reading"' in page_text(test)


def test_errors_carry_the_facts_of_their_sentences():
    from explorer.errors import FactorInvalid, VectorInvalid

    for error in (FactorInvalid(found="0", allowed="1"), VectorInvalid(found="x", allowed=32)):
        assert isinstance(error, ExplorerError)


@pytest.mark.parametrize("page", ["scaling", "network"])
def test_random_weights_are_not_called_trained(opened, page):
    words = page_text(opened(page, model="gpt2-random"))
    assert "weights are random" in words and "trained with" not in words
