"""What parts of a layer are for, in both languages: each view, with awkward texts and addresses."""

import pytest

from explorer.i18n import Translator
from tests.conftest import page_text, says


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_attention_alone(app, lang):
    test = app("structure/take_away", lang=lang)
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
def test_what_is_kept_and_which_text(app, params, key):
    test = app("structure/take_away", **params)
    assert says(test, "en", f"rank_collapse.{key}")
    assert "<script>alert" not in page_text(test)


def test_random_weights_alone(app):
    test = app("structure/take_away", model="minilm-random", lang="zh")
    assert not test.exception
    assert "bx-reading" in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_decoder_gives_way_to_a_model_whose_layers_can_be_rebuilt(app, lang):
    test = app("structure/take_away", model="gpt2-random", lang=lang)
    assert not test.exception
    said, t = page_text(test), Translator(lang)
    assert t("rank_collapse.other", model=t("model.gpt2-random")).split(".")[0] in said.replace("&#x27;", "'")
    assert t("heads_offered.instead", model=t("model.mini-bert")) in said and "bx-reading" in said


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("lr", ["0.001", "0.002"])
def test_trained(app, lang, lr):
    test = app("structure/take_away", part="trained", lang=lang, lr=lr)
    body = page_text(test)
    assert says(test, lang, "without_ffn.reading.blind") and "bx-alert" not in body
    assert "2012.11881" in body


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_removed(app, lang):
    test = app("structure/take_away", lang=lang, part="removed")
    assert says(test, lang, "without_ffn.reading.moved") and "bx-alert" not in page_text(test)


@pytest.mark.parametrize(
    "params",
    [
        {"part": "removed", "removed": "5", "mode": "zero", "label": "word"},
        {"part": "removed", "removed": "99", "mode": "<b>", "label": "x"},
        {"part": "removed", "text": "hi", "label": "side", "removed": "0"},
        {"part": "trained", "lr": "7", "seed": "-1", "probed": "number"},
    ],
)
def test_blocks_and_nonsense(app, params):
    test = app("structure/take_away", **params)
    assert not test.exception
    body = page_text(test)
    assert body.count('class="bx-reading"') == 2 + (params["part"] == "removed") and "bx-alert" not in body


def test_random_weights_without_a_block(app):
    test = app("structure/take_away", model="minilm-random", part="removed", removed="2")
    assert not test.exception
    assert "bx-reading" in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_model_of_the_small_language_reads_that_one(app, lang):
    """English passages would be letters to it; and the link to the last block knows how many there are."""
    test = app("structure/take_away", lang=lang, model="toy-bert", part="removed")
    assert not test.exception
    body = page_text(test)
    assert says(test, lang, "without_ffn.toy_pairs")
    assert body.count('class="bx-reading"') == 3
    assert test.segmented_control(key="take_away.label").value == "side"
    links = [link.proto.query_string for link in test.get("page_link")]
    assert any("removed=2" in link and "mode=zero" in link for link in links)
