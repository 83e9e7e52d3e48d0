"""The pages on pre-training in both languages, with awkward texts, choices and a model without the heads."""

import html

import pytest

from explorer.analysis.pretraining import knowledge
from explorer.i18n import Translator
from explorer.models.registry import OFFERS
from explorer.models.spec import ModelSpec
from tests.conftest import TINY, page_text, says

TEXTS = {
    "one": {"text": "hi"},
    "long": {"text": "word " * 600},
    "pair": {"text": "The cat sat.", "pair": "It slept."},
    "masks": {"text": "The [MASK] sat on [MASK] mat."},
    "emoji": {"text": "😀 <script>alert(1)</script>"},
    "chinese": {"text": "我爱北京", "mask": "99-x-2"},
}


@pytest.fixture(autouse=True)
def tiny_offer(monkeypatch):
    """A model with random weights and both heads in the menu, so that these tests need no trained one."""
    monkeypatch.setitem(
        OFFERS, "minilm-random", ModelSpec("config", "bert", overrides=TINY, head="pretraining", seed=3)
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("show", ["guess", "changed", "lens", "recipe"])
@pytest.mark.parametrize("case", TEXTS)
def test_masked(app, lang, show, case):
    test = app("pretraining/masked", lang=lang, model="minilm-random", show=show, **TEXTS[case])
    assert not test.exception
    said = page_text(test)
    covered = show == "guess" and case != "masks"
    assert ("bx-reading" in said) != covered and "bx-alert" not in said
    assert "<script>alert" not in said


@pytest.mark.parametrize(
    ("params", "key"),
    [
        ({"show": "recipe", "rate": "0"}, "reading.recipe.zero"),
        ({"show": "recipe", "rate": "100", "cover": "100", "swap": "0"}, "reading.recipe.blind"),
        ({"show": "recipe", "rate": "900"}, "reading.recipe.some"),
        ({"mask": "none"}, "click"),
        ({"show": "lens", "mask": "none"}, "click"),
        ({"mask": "1-2-3", "answer": "1-2-3", "text": "the cat sat on a mat"}, "reading.several"),
        ({"mask": "0", "token": "2", "answer": "2"}, "reading.wrong"),
        ({"show": "?", "token": "2", "answer": "2"}, "reading.wrong"),
        ({"show": "changed", "mask": "none"}, "click"),
        ({"show": "changed", "layer": "99", "head": "-4"}, "guess.note"),
    ],
)
def test_masked_choices(app, params, key):
    key = key if key.startswith("guess") else f"masked.{key}"
    assert says(app("pretraining/masked", model="minilm-random", **params), "en", key)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_answer_is_covered_until_it_is_asked_for_and_again_for_the_next_word(app, lang):
    t = Translator(lang)
    test = app("pretraining/masked", lang=lang, text="I drink a cup of coffee.", mask="6")
    covered = [button for button in test.button if button.label == t("masked.answer")]
    assert len(covered) == 1 and "bx-reading" not in page_text(test)
    assert t("masked.instead", place=6, truth="coffee") not in page_text(test)
    covered[0].click().run()
    assert "bx-reading" in page_text(test) and "coffee" in page_text(test)
    again = app("pretraining/masked", lang=lang, text="I drink a cup of coffee.", mask="4", answer="6")
    assert "bx-reading" not in page_text(again)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", knowledge.kinds())
def test_what_the_model_knows(app, lang, kind):
    test = app("pretraining/masked", lang=lang, show="knows", about=kind)
    assert not test.exception and "bx-alert" not in page_text(test)
    compared = kind == knowledge.COMPARED
    assert says(test, lang, "knowledge.reading.compared" if compared else "knowledge.reading")


def test_a_model_without_english_is_not_asked_what_it_knows(app):
    test = app("pretraining/masked", model="toy-bert", show="knows")
    assert not test.exception and not says(test, "en", "knowledge.open")


def test_a_recipe_of_more_than_everything(app):
    test = app("pretraining/masked", model="minilm-random", show="recipe", cover="80", swap="50")
    assert "80% + 50%" in page_text(test) and "bx-alert" in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_masked_without_the_head(app, lang):
    t = Translator(lang)
    test = app("pretraining/masked", lang=lang, model="minilm", show="lens", text="The cat sat on the mat.")
    assert not test.exception
    assert says(test, lang, "masked.no_head", model=t("model.minilm"))
    # A small model answers instead, under its own name and on the same text, and the frame keeps its choice.
    said = page_text(test)
    assert t("model.mini-bert") in said and "bx-reading" in said and "bx-alert" not in said
    assert test.session_state["text"] == "The cat sat on the mat."


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("nsp", ["path", "orders", "segments"])
@pytest.mark.parametrize("case", TEXTS)
def test_next_sentence(app, lang, nsp, case):
    test = app("pretraining/next_sentence", lang=lang, model="minilm-random", nsp=nsp, **TEXTS[case])
    assert not test.exception
    said = page_text(test)
    assert "bx-reading" in said and "bx-alert" not in said
    assert "<script>alert" not in said


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"nsp": "orders", "more": "a\nb\nc\nd\ne"}, "The list has 7 sentences"),
        ({"nsp": "orders", "more": "a\n\x07"}, "nothing to read"),
        ({"nsp": "orders", "more": "a"}, "Of the 2 neighbours in the list"),
        ({"nsp": "?", "pair": "  "}, "An example: write a second text"),
        ({"model": "minilm"}, "comes without a next-sentence head"),
    ],
)
def test_next_sentence_choices(app, params, sentence):
    test = app("pretraining/next_sentence", **{"model": "minilm-random", **params})
    assert not test.exception
    assert sentence in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("tie", ["names", "untie", "rows"])
@pytest.mark.parametrize("case", TEXTS)
def test_tied(app, lang, tie, case):
    test = app("pretraining/tied", lang=lang, model="minilm-random", tie=tie, **TEXTS[case])
    assert not test.exception
    said = page_text(test)
    assert "bx-reading" in said and "bx-alert" not in said


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"of": "t5-small"}, " decoder.embed_tokens.weight</p></li>"),
        ({"of": "gpt2"}, "lm_head.weight"),
        ({"of": "loaded", "model": "toy-bert"}, " cls.predictions.decoder.weight</p></li>"),
        ({"of": "?"}, " cls.predictions.decoder.weight</p></li>"),
    ],
)
def test_tied_names(app, params, sentence):
    assert sentence in page_text(app("pretraining/tied", **{"model": "minilm-random", **params}))


@pytest.mark.parametrize(
    ("params", "key", "facts"),
    [
        ({"model": "minilm"}, "tied.reading.some", {"model": "BertForMaskedLM"}),
        ({"model": "minilm", "of": "loaded"}, "tied.reading.none", {}),
        ({"model": "minilm", "tie": "untie"}, "tied.no_head", {}),
        ({"tie": "untie", "steps": "0"}, "tied.reading.untie.start", {}),
        ({"tie": "untie", "steps": "999"}, "tied.reading.untie.trained", {"steps": 50}),
        ({"tie": "untie", "text": "[MASK]"}, "error.NothingToHide", {}),
    ],
)
def test_tied_choices(app, params, key, facts):
    assert says(app("pretraining/tied", **{"model": "minilm-random", **params}), "en", key, **facts)


def test_a_large_table_is_multiplied_on_request(app):
    test = app("pretraining/tied", model="minilm", tie="rows")
    assert not test.exception
    assert [button.label for button in test.button if "30,522" in button.label]
    assert "bx-reading" not in page_text(test)


@pytest.mark.parametrize(
    ("page", "params", "key", "facts"),
    [
        ("masked", {"mask": "7", "answer": "7"}, "masked.reading.right", {"truth": "howls"}),
        ("masked", {"text": "Few old snakes behind the big pig [MASK] and they roam in their desert."},
         "masked.reading.open", {"word": "hiss"}),
        ("masked", {"show": "lens", "mask": "7"}, "masked.reading.lens.last", {"word": "howls"}),
        ("masked", {"show": "recipe", "draw": "2"}, "masked.reading.recipe.some", {}),
        ("next_sentence", {}, "next_sentence.reading.yes", {}),
        ("next_sentence", {"pair": "It sleeps in its kennel.", "text": "The hungry geese often honk."},
         "next_sentence.reading.no", {}),
        ("next_sentence", {"nsp": "orders"}, "next_sentence.reading.orders.topic", {"listed": 3}),
        ("tied", {}, "tied.reading.some", {"name": "bert.embeddings.word_embeddings.weight"}),
        ("tied", {"tie": "rows"}, "tied.reading.rows.all", {}),
    ],
)  # fmt: skip
def test_with_the_toy_model(app, page, params, key, facts):
    test = app(f"pretraining/{page}", model="toy-bert", **params)
    assert says(test, "en", key, **facts) and "bx-alert" not in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("model_type", "pair"), [("albert", ""), ("albert", "It slept."), ("electra", "")])
def test_a_model_trained_on_sentence_order_says_so(app, monkeypatch, lang, model_type, pair):
    spec = ModelSpec("config", model_type, overrides=TINY | {"embedding_size": 16}, head="pretraining", seed=3)
    monkeypatch.setitem(OFFERS, "minilm-random", spec)
    test = app("pretraining/next_sentence", lang=lang, model="minilm-random", text="The cat sat.", pair=pair)
    assert not test.exception
    t = Translator(lang)
    said, _ = html.unescape(page_text(test)).split(t("next_sentence.no_head", model=t("model.minilm-random")), 1)
    ordered = model_type == "albert"
    assert (t("next_sentence.order") in said) == ordered
    assert (t("next_sentence.order.own") in said) == ordered
    assert (t("next_sentence.example") in said) == (ordered and not pair)


@pytest.mark.parametrize("page", ["pretraining/masked", "pretraining/next_sentence", "pretraining/tied"])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_notes_are_about_the_model_that_is_shown(app, page, lang):
    t, text = Translator(lang), "今天天气很好"
    without = app(page, lang=lang, model="minilm", text=text, tie="untie")
    assert not without.exception
    assert page_text(without).count(t("frame.unknown_chinese")) <= 1, "of the model that is shown, and once"
    shown = app(page, lang=lang, model="minilm-random", text=text, tie="untie")
    assert not shown.exception
    assert t("frame.unknown_chinese") in page_text(shown)
