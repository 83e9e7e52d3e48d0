"""The pages on the input in both languages, with awkward texts and choices."""

import pytest

from tests.conftest import page_text

PAGES = ["tokens", "sum", "neighbours", "positions"]
TEXTS = {
    "one": {"text": "x"},
    "long": {"text": "word " * 600},
    "pair": {"text": "The cat sat.", "pair": "It slept."},
    "empty pair": {"text": "The cat sat.", "pair": "  "},
    "emoji": {"text": "😀 <script>alert(1)</script>"},
    "chinese": {"text": "我爱北京", "token": "99", "piece": "-1"},
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("case", TEXTS)
def test_texts(app, page, lang, case):
    test = app(f"input/{page}", lang=lang, **TEXTS[case])
    assert not test.exception
    said = page_text(test)
    assert "bx-reading" in said and "bx-alert" not in said
    assert "<script>alert" not in said


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("show", ["similarity", "tables", "distance", "formula", "shuffle", "swap", "nonsense"])
def test_views_of_positions(app, lang, show):
    test = app("input/positions", lang=lang, show=show, text="hi" if show == "shuffle" else "The cat sat.")
    assert not test.exception
    assert "bx-reading" in page_text(test) and "bx-alert" not in page_text(test)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"panel": "nearest", "near": "river"}, "Closest to “river”"),
        ({"panel": "nearest", "near": "electroencephalography"}, "is not one entry of the vocabulary"),
        ({"panel": "nearest", "near": "<b>"}, "is not one entry of the vocabulary"),
        ({"panel": "contexts"}, "“bank” starts with a cosine"),
        ({"panel": "contexts", "second": "Dogs"}, "no word piece in common"),
        ({"panel": "contexts", "first": "\x07"}, "nothing to read"),
        ({"panel": "paths"}, "Between the embedding and the last layer"),
        ({"panel": "?"}, "Closest to “river”"),
    ],
)
def test_views_of_neighbours(app, params, sentence):
    test = app("input/neighbours", **params)
    assert not test.exception
    assert sentence in page_text(test)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"word": "electroencephalography"}, "Look-ups in the vocabulary"),
        ({"word": "a😀"}, "No entry of the vocabulary starts"),
        ({"word": "x" * 150}, "is not searched at all"),
        ({"word": "\x07"}, "nothing to search"),
        ({"token": "0"}, "nothing to search"),
        ({"find": "qqqqqq"}, "0 of 30,522"),
        ({"other": "bytes", "text": "我爱"}, "with the other one"),
        ({"other": "chinese", "text": "我爱"}, "2 pieces with the model's own tokenizer, 2 with"),
    ],
)
def test_searches(app, params, sentence):
    test = app("input/tokens", **params)
    assert not test.exception
    assert sentence in page_text(test).replace("&#x27;", "'")
