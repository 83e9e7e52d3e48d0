"""The page on intermediate layers in both languages, its two views, and awkward addresses."""

import pytest

from tests.conftest import page_text, says


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("lr", ["0.001", "0.002"])
def test_trained(app, lang, lr):
    test = app("structure/without_ffn", lang=lang, lr=lr)
    body = page_text(test)
    assert says(test, lang, "without_ffn.reading.blind") and "bx-alert" not in body
    assert "2012.11881" in body


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_removed(app, lang):
    test = app("structure/without_ffn", lang=lang, view="removed")
    assert says(test, lang, "without_ffn.reading.moved") and "bx-alert" not in page_text(test)


@pytest.mark.parametrize(
    "params",
    [
        {"view": "removed", "removed": "5", "mode": "zero", "label": "word"},
        {"view": "removed", "removed": "99", "mode": "<b>", "label": "x"},
        {"view": "removed", "text": "hi", "label": "side", "removed": "0"},
        {"view": "?", "lr": "7", "seed": "-1", "probed": "number"},
    ],
)
def test_states_and_nonsense(app, params):
    test = app("structure/without_ffn", **params)
    assert not test.exception
    body = page_text(test)
    assert body.count('class="bx-reading"') == 2 and "bx-alert" not in body


def test_random_weights(app):
    test = app("structure/without_ffn", model="minilm-random", view="removed", removed="2")
    assert not test.exception
    assert "bx-reading" in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_model_of_the_small_language_reads_that_one(app, lang):
    """English passages would be letters to it; and the link to the last block knows how many there are."""
    test = app("structure/without_ffn", lang=lang, model="toy-bert", view="removed")
    assert not test.exception
    body = page_text(test)
    assert says(test, lang, "without_ffn.toy_pairs")
    assert body.count('class="bx-reading"') == 2
    assert test.segmented_control(key="without_ffn.label").value == "side"
    links = [link.proto.query_string for link in test.get("page_link")]
    assert any("removed=2" in link and "mode=zero" in link for link in links)
