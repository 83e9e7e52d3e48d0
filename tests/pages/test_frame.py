"""Rude and unlucky input through the whole app, in both languages: a sentence, and the page lives."""

import html
from urllib.parse import parse_qsl

import pytest
from streamlit.util import calc_hash

from explorer.i18n import Translator
from explorer.ui.shell import names, navigation
from explorer.ui.shell.navigation import MENU
from tests.conftest import page_text

CASES = {
    "empty": ("", "nothing to read", "没有可读的内容"),
    "spaces": ("  \n ", "nothing to read", "没有可读的内容"),
    "long": ("x" * 100_000, "100,000 characters", "100,000 个字符"),
    "pieces": ("word " * 600, "602 word pieces, the model takes 512", "602 个词元"),
    "control": ("hi \x07\x08 there", "2 invisible control characters", "2 个不可见的控制字符"),
    "unknown": ("I like 😀 it", "does not know 1 of 6 word pieces", "其中 1 个不在这个模型的词表里"),
    "chinese": ("我爱北京", "bert-base-chinese", "bert-base-chinese"),
    "rtl": ("مرحبا بالعالم", "Layer", "层"),
    "markup": ("<script>alert(1)</script>", "Layer", "层"),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("case", CASES)
def test_text(app, lang, case):
    text, english, chinese = CASES[case]
    test = app("attention/heads", lang=lang, text=text)
    assert not test.exception
    said = page_text(test)
    assert (english if lang == "en" else chinese) in said
    assert "bx-reading" in said
    assert "<script>alert" not in said
    assert test.text_area(key="text").value == text


@pytest.mark.parametrize(
    "params",
    [{"layer": "99"}, {"head": "-1"}, {"layer": "x"}, {"lang": "?"}, {"model": "../../etc"}, {"pair": "\x00"}],
    ids=str,
)
def test_parameters_that_make_no_sense(app, params):
    test = app("attention/heads", **params)
    assert not test.exception
    assert "bx-reading" in page_text(test)
    assert "bx-alert" not in page_text(test)


@pytest.mark.parametrize("page", ["start/journey", "attention/heads"])
@pytest.mark.parametrize("model", ["minilm", "minilm-random"])
@pytest.mark.parametrize("text", ["hi", "word " * 520])
def test_short_and_full_length(app, page, model, text):
    test = app(page, model=model, text=text)
    assert not test.exception
    assert "bx-alert" not in page_text(test)


@pytest.mark.mistakes
def test_a_mistake_of_ours_is_one_sentence_and_a_log_entry(app, monkeypatch, caplog):
    from explorer.ui.shell import cached

    def broken(*args):
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(cached, "capture", broken)
    test = app("attention/heads", text="A text that no other test has run.")
    assert html.escape(Translator("en")("frame.oops")) in page_text(test)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_unread_chinese_leads_to_a_model_that_reads_it(app, lang):
    def links(text: str) -> list[str]:
        test = app("attention/heads", lang=lang, text=text)
        label = Translator(lang)("frame.chinese_model")
        return [link.proto.query_string for link in test.get("page_link") if link.proto.label == label]

    assert links("今天天气很好") == ["repo=google-bert%2Fbert-base-chinese"]
    assert links("I like 😀 it") == links("plain words") == []


def test_every_page_leads_to_the_next_and_the_last_one_to_the_first(app):
    there = [entry.name for entry in MENU]
    for name, following in [*zip(there[-3:], [*there[-2:], there[0]], strict=True), ("any_model", there[0])]:
        test = app(navigation.path(name).removeprefix("pages/").removesuffix(".py"))
        foot = [link.proto for link in test.main if link.type == "page_link"][-1]
        assert foot.page == ("" if following == there[0] else following), name
        assert Translator("en")(f"{following}.title") in foot.label


@pytest.mark.parametrize("old", names.MOVED)
def test_an_address_from_before_opens_the_page_of_today(app, old):
    """With its state, and also in a session that has another page open."""
    test = app("attention/heads")
    for way in names.MOVED[old]:
        test.query_params.clear()
        test.query_params["lang"] = "zh"
        if way.when is not None:
            test.query_params[way.when[0]] = way.when[1]
        test._page_hash = calc_hash(old)
        test.run()
        assert html.escape(Translator("zh")(f"{way.to}.title")) in page_text(test)
        assert way.to == "journey" or test.session_state["state"].page == way.to
        chosen = test.session_state["state"].choices  # a default is dropped from them once it is shown
        for name, text in parse_qsl(way.opens):
            wanted = names.kind_of(way.to, name).read([text])
            assert chosen.get(names.key_of(way.to, name), wanted) == wanted, name
