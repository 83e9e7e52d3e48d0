"""The page on rank collapse in both languages, with awkward texts and addresses."""

import pytest

from explorer.i18n import Translator
from tests.conftest import page_text, says


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_reading(app, lang):
    test = app("structure/rank_collapse", lang=lang)
    assert says(test, lang, "rank_collapse.reading.collapses") and "bx-alert" not in page_text(test)
    assert "✓" in page_text(test)


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"skips": "with"}, "reading.stays"),
        ({"skips": "with", "ffn": "with", "norm": "with"}, "reading.full"),
        ({"skips": "maybe", "norm": "<b>"}, "reading.collapses"),
        ({"text": "hi"}, "reading.collapses"),
        ({"text": "word " * 600}, "cut"),
        ({"text": "我爱北京 😀 <script>alert(1)</script>", "pair": " "}, "reading.collapses"),
    ],
)
def test_states_and_texts(app, params, key):
    test = app("structure/rank_collapse", **params)
    assert says(test, "en", f"rank_collapse.{key}")
    assert "<script>alert" not in page_text(test)


def test_random_weights(app):
    test = app("structure/rank_collapse", model="minilm-random", lang="zh")
    assert not test.exception
    assert "bx-reading" in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_decoder_gives_way_to_a_model_whose_layers_can_be_rebuilt(app, lang):
    test = app("structure/rank_collapse", model="gpt2-random", lang=lang)
    assert not test.exception
    said, t = page_text(test), Translator(lang)
    assert t("rank_collapse.other", model=t("model.gpt2-random")).split(".")[0] in said.replace("&#x27;", "'")
    assert t("heads_offered.instead", model=t("model.minilm")) in said and "bx-reading" in said
