"""The pages of this section in both languages, with nonsense in the URL and bad files."""

import json

import pytest

from explorer import Variant
from explorer.analysis.structure.removal import likeness, states
from explorer.home import ASSETS
from explorer.i18n import LANGUAGES, Translator
from tests.conftest import page_text, says

PAGES = {
    "parameters": ("22,713,216", {"preset": "nope", "top": "x", "labels": "-4", "view": "7"}),
    "cost": ("2,300", {"n": "5", "batch": "0", "draw": "x"}),
    "reshape": ("591,360", {"h": "7", "layer": "99"}),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_page(app, name, lang):
    number, nonsense = PAGES[name]
    for params in ({}, nonsense):
        test = app(f"structure/{name}", lang=lang, **params)
        assert not test.exception
        assert number in page_text(test)
        assert 'class="bx-alert"' not in page_text(test)


def test_every_preset_and_head(app):
    for params in ({"preset": "xlnet-base", "top": "mlm"}, {"preset": "t5-small"}, {"preset": "loaded"}):
        test = app("structure/parameters", **params)
        assert not test.exception and 'class="bx-alert"' not in page_text(test)
    assert "22,713,216" in page_text(test)


def test_labels_of_a_classifier(app):
    text = page_text(app("structure/parameters", preset="bert-chinese", top="classification"))
    assert "102,278,414" in text and "10,766" in text


@pytest.mark.parametrize(
    ("lang", "pasted", "sentence"),
    [
        ("en", "{no", "This is not the text of a config.json"),
        ("zh", '{"model_type": "bert", "auto_map": {}}', "auto_map"),
        ("en", '{"model_type": "<b>x</b>", "num_layers": 2}', "&lt;b&gt;x&lt;/b&gt;"),
        ("en", '{"model_type": "bert", "num_hidden_layers": 1000000000}', "1,000,000,000"),
    ],
)
def test_a_bad_file_is_a_sentence_and_the_last_picture_stays(app, lang, pasted, sentence):
    test = app("structure/parameters", lang=lang, preset="own")
    test.text_area(key="parameters.config").set_value(pasted).run()
    assert not test.exception
    assert sentence in page_text(test) and "109,482,240" in page_text(test)


def test_a_good_file(app):
    test = app("structure/parameters", preset="own")
    pasted = '{"model_type": "bert", "hidden_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, '
    pasted += '"intermediate_size": 512, "vocab_size": 30522}'
    test.text_area(key="parameters.config").set_value(pasted).run()
    assert not test.exception and "4,385,920" in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("layers", "layers_said"), [("-4", "-4"), ("0", "0"), ("999999999", "999,999,999")])
def test_a_size_out_of_range_is_refused_in_a_sentence(app, lang, layers, layers_said):
    test = app("structure/parameters", lang=lang, layers=layers)
    t = Translator(lang)
    assert says(test, lang, "error.ConfigInvalid", field="num_hidden_layers", found=layers_said, allowed="1 … 200")
    assert t("sizes.kept") in page_text(test) and "22,713,216" in page_text(test)


def test_edited_sizes_that_contradict(app):
    test = app("structure/parameters", heads="7")
    assert not test.exception
    assert "384 / 7" in page_text(test) and "22,713,216" in page_text(test)


def test_measuring_shows_progress_and_stops(app):
    test = app("structure/cost")
    test.button(key="timing-start").click().run()
    assert not test.exception
    if any(button.key == "timing-stop" for button in test.button):
        test.button(key="timing-stop").click().run()
    assert not test.exception


@pytest.mark.parametrize("text", ["hi", "🙂 🙂", "<script>alert(1)</script>", "注意力", "word " * 600])
def test_reshape_takes_every_text(app, text):
    test = app("structure/reshape", text=text, h="384")
    assert not test.exception and "591,360" in page_text(test)


def test_without_feed_forward_blocks(app):
    text = page_text(app("structure/parameters", **{"preset": "bert-base", "b-preset": "thin"}))
    assert "52,794,624" in text and "0.13" in text
    assert "104,758,272" in page_text(
        app("structure/parameters", **{"preset": "bert-base", "b-preset": "thin", "removed": "1"})
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_up_to_four_models_stand_side_by_side(app, lang):
    names = {"preset": "bert-base", "b-preset": "bert-large", "c-preset": "gpt", "d-preset": "distilbert"}
    test = app("structure/parameters", lang=lang, **names)
    text = page_text(test)
    assert all(number in text for number in ("109,482,240", "335,141,888", "116,534,784", "66,362,880"))
    assert [box.value for box in test.selectbox if (box.key or "").endswith("preset")] == [*names.values()]
    a, b = "DistilBERT", "BERT large"
    assert says(test, lang, "contrast.reading.ffn", a=a, b=b, ratio=335_141_888 / 66_362_880)
    # Without the second the third and fourth stay where they are.
    test.selectbox(key="parameters.b-preset").set_value("none").run()
    assert "335,141,888" not in page_text(test) and "116,534,784" in page_text(test)


def test_models_side_by_side_have_a_head_that_all_of_them_have(app):
    test = app("structure/parameters", **{"preset": "bert-base", "top": "qa", "b-preset": "gpt"})
    assert 'class="bx-alert"' not in page_text(test) and "109,482,240" in page_text(test)
    test = app("structure/parameters", **{"preset": "bert-base", "top": "mlm", "b-preset": "distilbert"})
    assert "109,514,298" in page_text(test) and "66,985,530" in page_text(test)


@pytest.mark.parametrize("name", ["parameters", "cost"])
def test_a_page_begins_with_the_chosen_model(app, name):
    """In the sidebar's own words, in the reading and the titles; an address that names a model still opens it."""
    chosen = Translator("en")("model.toy-bert")
    test = app(f"structure/{name}", model="toy-bert")
    if name == "parameters":  # the reading names the class, with the head that the model has
        assert "BertForPreTraining" in page_text(test)
    else:
        assert chosen in page_text(test)
    assert "109,482,240" in page_text(app("structure/parameters", preset="bert-base"))
    assert not app(f"structure/{name}", model="toy-bert", preset="loaded").exception


def test_the_figure_of_removed_blocks_is_the_one_that_can_be_measured(minilm):
    """The sentence that quotes it, against a run: the 32 passages, MiniLM, blocks bypassed."""
    pairs = [tuple(pair) for pair in json.loads((ASSETS / "examples/passages.json").read_text("utf-8"))]
    own = states(minilm, pairs)
    removed = [(0,), (1,), (2,), (3,), (4,), (5,), tuple(range(6))]
    found = [likeness(own, states(minilm, pairs, Variant(without_ffn=one, ffn_mode="skip")), one) for one in removed]
    last = [float(one.cosine[-1]) for one in found]
    for language in LANGUAGES:
        sentence = Translator(language)("contrast.honest")
        for number in (min(last[:-1]), max(last[:-1]), last[-1], float(found[0].strangers[-1])):
            assert f"{number:.2f}" in sentence


def test_a_shared_layer_cannot_lose_its_block(app):
    test = app("structure/parameters", **{"preset": "albert-base", "b-preset": "thin"})
    assert not test.exception and 'class="bx-alert"' in page_text(test)
