"""What a visitor meets whose interface is Chinese: a model that reads Chinese, Chinese texts, and ways to others."""

import html

import pytest

from explorer.i18n import Translator
from explorer.models.registry import FIRST_IN, OFFERS
from explorer.training.two_ways import example
from explorer.ui.shell import model_choice
from explorer.ui.shell.examples import _of_pages, default_text, in_language
from explorer.ui.shell.navigation import PAGES
from tests.conftest import page_text, says

ZH, SMALL, FIRST = Translator("zh"), FIRST_IN["zh"], next(iter(OFFERS))
MODEL, TEXT = "model", "text"


def chinese(app, page, **params):
    return app(page, lang="zh", model=None, **params)


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_every_page_opens_without_an_alert(app, entry):
    test = chinese(app, f"{entry.section}/{entry.name}")
    said = page_text(test)
    assert "bx-alert" not in said and not test.exception
    assert test.selectbox(key=MODEL).value == SMALL and MODEL not in test.query_params
    assert test.text_area(key=TEXT).value == default_text("toy_zh")


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("pretraining/masked", {"show": "lens"}),
        ("pretraining/masked", {"show": "recipe"}),
        ("pretraining/next_sentence", {"nsp": "orders"}),
        ("pretraining/next_sentence", {"nsp": "segments"}),
        ("input/neighbours", {"panel": "nearest"}),
        ("input/neighbours", {"panel": "contexts"}),
        ("models/compare", {"what": "text"}),
        ("structure/take_away", {"part": "removed"}),
        ("structure/take_away", {"part": "alone"}),
        ("use/labels", {"what": "token"}),
        ("use/labels", {"what": "token", "task": "number"}),
        ("use/sentences", {"view": "map"}),
        ("use/long_text", {"document": "own"}),
    ],
    ids=str,
)
def test_other_views_have_texts_that_the_model_knows(app, page, params):
    said = page_text(chinese(app, page, **params))
    assert "bx-alert" not in said
    assert "[UNK]" not in said and html.escape(ZH("task_head.small")) not in said


def test_the_intents_are_chinese_and_what_cannot_read_them_is_said(app):
    test = chinese(app, "use/labels", what="text", view="split")
    assert ZH("task_head.small") in html.unescape(page_text(test)) and "bx-alert" not in page_text(test)
    assert set(test.dataframe[0].value[ZH("task_head.label")]) == set(example("zh").names)


def test_the_default_goes_with_the_language_until_a_model_is_chosen(app):
    test = app("attention/heads")
    assert test.selectbox(key=MODEL).value == FIRST
    test.segmented_control(key="lang").set_value("zh").run()
    assert test.selectbox(key=MODEL).value == SMALL and test.text_area(key=TEXT).value == default_text("toy_zh")
    test.segmented_control(key="lang").set_value("en").run()
    assert test.selectbox(key=MODEL).value == FIRST and test.text_area(key=TEXT).value == default_text(None)
    test.selectbox(key=MODEL).set_value("toy-bert").run()
    test.segmented_control(key="lang").set_value("zh").run()
    assert test.selectbox(key=MODEL).value == "toy-bert" == test.query_params[MODEL]


@pytest.mark.parametrize("model", [FIRST, "toy-bert", SMALL])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_model_of_a_link_wins_in_both_languages(app, model, lang):
    test = app("attention/heads", lang=lang, model=model)
    other = {"zh": "en", "en": "zh"}[lang]
    for language in (other, lang, other):
        test.segmented_control(key="lang").set_value(language).run()
        assert test.selectbox(key=MODEL).value == model, language


def test_a_link_with_an_english_text_opens_the_model_that_reads_it(app):
    test = chinese(app, "attention/heads", text="The cat sat on the mat.")
    assert test.selectbox(key=MODEL).value == FIRST and "bx-note" not in page_text(test)
    test.text_area(key=TEXT).set_value("几只鸭闹着。").run()
    assert test.selectbox(key=MODEL).value == SMALL and "bx-note" not in page_text(test)


def links(test):
    return [(link.proto.label, link.proto.query_string) for link in test.get("page_link")]


@pytest.mark.parametrize(
    ("text", "key", "query"),
    [
        ("今天天气很好。", "frame.chinese_model", "repo=google-bert%2Fbert-base-chinese"),
        ("几只鸭闹着。", "frame.reads_here", f"model={SMALL}"),
    ],
)
def test_an_english_model_leads_to_one_that_reads_the_text(app, text, key, query):
    test = app("attention/heads", lang="zh", model="minilm", text=text)
    assert says(test, "zh", "frame.unknown_chinese")
    label = ZH(key, model=ZH(f"model.{SMALL}")) if key == "frame.reads_here" else ZH(key)
    assert (label, query) in links(test), links(test)


def test_characters_from_outside_are_counted(app):
    test = chinese(app, "attention/heads", text="今天那只鸭ok。")
    assert says(test, "zh", "frame.foreign.toy_zh", n=3)
    assert ZH("frame.chinese_model") in [label for label, _ in links(test)]
    test = chinese(app, "attention/heads", text="那只鸭、那本书、那条鱼：天")
    assert says(test, "zh", "frame.foreign.toy_zh", n=2), "天 and the colon"
    assert ZH("frame.chinese_model") not in [label for label, _ in links(test)]


def test_a_model_of_the_hub_that_reads_chinese_is_offered_chinese(app, monkeypatch):
    """A vocabulary of characters reads Chinese: its examples and the texts of the pages are Chinese then."""
    monkeypatch.setattr(model_choice, "language", lambda spec: None)  # as if it were no toy
    monkeypatch.setattr(model_choice.examples, "default_text", lambda language: default_text("toy_zh"))
    assert model_choice.speaks(ZH, OFFERS[SMALL]) == "zh" and model_choice.speaks(ZH, OFFERS["minilm"]) is None
    assert (
        model_choice.speaks(ZH, OFFERS["gpt2-random"]) is None
        and model_choice.speaks(Translator("en"), OFFERS[SMALL]) is None
    )


@pytest.mark.parametrize("language", ["zh", "toy_zh"])
def test_every_page_has_a_text_of_its_own(language):
    own = {name for name, texts in _of_pages().items() if language in texts}
    assert own >= {"near", "first", "second", "against", "more", "ask"}
    assert len(in_language(language)) >= 5 and sum("pair" in example for example in in_language(language)) == 2


def test_a_model_that_reads_chinese_and_has_no_head_gives_way_to_the_chinese_toy(app, monkeypatch):
    monkeypatch.setattr(model_choice, "speaks", lambda t, spec: "zh" if spec == OFFERS["minilm"] else "toy_zh")
    said = page_text(app("pretraining/masked", lang="zh", model="minilm"))
    assert ZH(f"model.{SMALL}") in said


def test_labels_begin_with_what_the_toy_can_be_asked(app):
    assert ZH("token_task.what.role.zh") in html.unescape(page_text(chinese(app, "use/labels")))
    assert html.escape(ZH("task_head.small")) in page_text(chinese(app, "use/labels", what="text"))
