"""The scaling lab's pages: what they say in both languages, and what they make of bad input."""

import pytest

from explorer.errors import ExplorerError
from tests.conftest import page_text

LANGUAGES = ("en", "zh")
PAGES = {
    "scaling": ("more than 0.9", "0.9 以上"),
    "saturation": ("entropy / log n", "熵 / log n"),
    "why_sqrt_d": ("to the power", "次方增长"),
    "softmax": ("The largest score leads by 1", "最大的分数领先 1"),
    "gradients": ("They do not vanish", "并没有消失"),
    "unscaled": ("“.” has moved furthest", "变化最大的是"),
}


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_reading_in_both_languages(app, page, lang):
    test = app(f"scaling/{page}", lang=lang)
    assert not test.exception
    assert PAGES[page][LANGUAGES.index(lang)] in page_text(test)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("text", "pair"),
    (("hi", ""), ("我昨天在河边。", "<script>alert(1)</script>"), ("🙂 {braces} $x$ **b** & <b>", "")),
)
def test_no_text_breaks_a_page(app, page, text, pair):
    test = app(f"scaling/{page}", text=text, pair=pair)
    assert not test.exception
    assert "<script>" not in page_text(test)
    assert 'class="bx-reading"' in page_text(test)


@pytest.mark.parametrize("factor", ("0", "-1", "nan", "1e9", "<b>"))
@pytest.mark.parametrize(("page", "param"), (("scaling", "factor"), ("unscaled", "scale")))
def test_bad_factors_are_a_sentence(app, factor, page, param):
    test = app(f"scaling/{page}", **{param: factor})
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
    test = app("scaling/unscaled", text="The cat sat.", pair="It slept.", changed="5")
    assert not test.exception
    assert "in 1 layers" in page_text(test) or "in 1 layer" in page_text(test)
    assert "similarity of the two texts" in page_text(test)


def test_the_random_model_of_the_menu_on_every_page(app):
    for page in PAGES:
        test = app(f"scaling/{page}", model="minilm-random")
        assert not test.exception
        assert 'class="bx-reading"' in page_text(test)


def test_errors_carry_the_facts_of_their_sentences():
    from explorer.errors import FactorInvalid, VectorInvalid

    for error in (FactorInvalid(found="0", allowed="1"), VectorInvalid(found="x", allowed=32)):
        assert isinstance(error, ExplorerError)


@pytest.mark.parametrize("page", ["scaling", "unscaled"])
def test_random_weights_are_not_called_trained(app, page):
    words = page_text(app(f"scaling/{page}", model="gpt2-random"))
    assert "weights are random" in words and "trained with" not in words
