"""The pages that hold models against each other: what they say in both languages, and what they make of bad input."""

import pytest

from tests.conftest import page_text, says

SHOWN = {
    "mask": ("reading.bert", {"cells": 256, "all": 256}),
    "attention": ("attention.reading", {"layer": 1, "head": 7}),
    "change": ("change.exact", {}),
}


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_sees_whom_in_both_languages(app, show, lang):
    test = app("models/who_sees_whom", show=show, lang=lang)
    key, facts = SHOWN[show]
    assert says(test, lang, f"who_sees_whom.{key}", **facts)


@pytest.mark.parametrize("family", ["bert", "gpt", "elmo", "xlnet", "both"])
@pytest.mark.parametrize("pair", ["", "It slept."])
def test_every_family(app, family, pair):
    test = app("models/who_sees_whom", family=family, text="The cat sat.", pair=pair, lang="zh" if pair else "en")
    assert not test.exception
    text = page_text(test)
    assert 'class="bx-reading"' in text and "✗" not in text
    assert ("✓" in text) == (family in ("bert", "gpt")), "only what a run of this model can show is checked against it"


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize(
    ("text", "pair"), [("hi", ""), ("我昨天在河边。", "<script>alert(1)</script>"), ("one two " * 400, "😀")]
)
def test_no_text_breaks_who_sees_whom(app, show, text, pair):
    nonsense = {"row": "x", "layer": "99", "changed-word": "1e9", "permutation": "-4", "into": "<b>{0}", "query": "-1"}
    test = app("models/who_sees_whom", show=show, text=text, pair=pair, **nonsense)
    assert not test.exception
    assert "<script>" not in page_text(test) and "<b>{0}" not in page_text(test)
    assert 'class="bx-reading"' in page_text(test)


def test_a_changed_text_without_a_word_is_a_sentence(app):
    test = app("models/who_sees_whom", show="change", text="hi", **{"changed-word": "1", "into": " "})
    assert not test.exception
    assert "bx-alert" in page_text(test)


def test_a_model_that_is_causal_itself(app):
    """No second run is shown."""
    for show in ("attention", "change"):
        test = app("models/who_sees_whom", show=show, model="gpt2-random")
        assert says(test, "en", "who_sees_whom.run.already") and not says(test, "en", "who_sees_whom.run.causal")


VIEWS = {
    "heads": ("of a head's attention goes elsewhere", "的注意力在 B 中去了别处"),
    "head": ("of this head's attention goes elsewhere", "的注意力在 B 中去了别处"),
    "saturation": ("Mean over all heads", "所有头的平均值"),
    "patterns": ("Mean over all heads", "所有头的平均值"),
    "layers": ("the last state of A is most like B", "A 的最后状态与 B"),
}


@pytest.mark.parametrize("look", VIEWS)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_view_of_a_change(app, look, lang):
    test = app("models/compare", look=look, lang=lang, change="causal")
    assert not test.exception and "bx-alert" not in page_text(test)
    assert VIEWS[look][lang == "zh"] in page_text(test).replace("&#x27;", "'")


@pytest.mark.parametrize("look", VIEWS)
@pytest.mark.parametrize("what", ["text", "model"])
def test_every_view_of_two_texts_and_two_models(app, look, what):
    test = app("models/compare", look=look, what=what)
    assert not test.exception and "bx-alert" not in page_text(test)
    text = page_text(test)
    assert 'class="bx-reading"' in text
    assert "No difference is drawn" not in text


@pytest.mark.parametrize("look", ["heads", "head"])
def test_texts_that_stand_apart_have_no_difference(app, look):
    assert "No difference is drawn" in page_text(app("models/compare", look=look, against="A dog slept."))


@pytest.mark.parametrize("change", ["unscaled", "temperature", "same_qk", "same_v", "no_ffn", "skip_ffn"])
def test_every_change(app, change):
    test = app("models/compare", change=change, degree="4.0")
    assert not test.exception and "bx-alert" not in page_text(test)
    assert ("Temperature 4.0" in page_text(test)) == (change == "temperature")


@pytest.mark.parametrize("look", VIEWS)
@pytest.mark.parametrize(
    ("text", "pair"),
    [("hi", ""), ("我昨天在河边。", "<script>alert(1)</script>"), ("one two three " * 300, "😀 {x} $y$")],
)
def test_no_text_breaks_a_comparison(app, look, text, pair):
    nonsense = {
        "layer": "99",
        "head": "x",
        "layer-b": "-1",
        "change": "<b>",
        "degree": "0",
        "with": "?",
        "query": "9e9",
    }
    nonsense |= {"measure": "7", "follows": "no", "what": "text", "against": "<i>" + text[:40] + "</i>"}
    test = app("models/compare", look=look, text=text, pair=pair, **nonsense)
    assert not test.exception
    assert "<script>" not in page_text(test) and "<i>" not in page_text(test)
    assert 'class="bx-reading"' in page_text(test) or "words in common" in page_text(test)


def test_a_second_text_that_cannot_be_run_is_a_sentence(app):
    for against in (" ", "x" * 20_001, "Zebras yawn loudly"):
        test = app("models/compare", look="layers", what="text", against=against)
        assert not test.exception and "bx-alert" in page_text(test)
    empty = page_text(app("models/compare", what="text", against=" "))
    assert "bx-reading" in empty and "too wide" in empty, "the last text that could be read stays"


def test_models_of_another_shape(app, monkeypatch):
    from explorer import ModelSpec
    from explorer.models.registry import OFFERS
    from tests.conftest import TINY

    monkeypatch.setitem(OFFERS, "minilm-random", ModelSpec("config", "bert", overrides=TINY))
    for look in VIEWS:
        test = app("models/compare", look=look, what="model", **{"with": "minilm-random"})
        assert not test.exception and "bx-alert" not in page_text(test)
        assert ("No difference is drawn" in page_text(test)) == (look in ("heads", "saturation", "patterns"))
