"""The pages that hold models against each other: what they say in both languages, and what they make of bad input."""

import pytest

from tests.conftest import page_text

SHOWN = {
    "mask": ("256 of 256 cells are open", "256 个格子里有 256 个是开放的"),
    "attention": ("attention goes to later tokens", "注意力给了后面的词元"),
    "change": ("exactly 0", "正好是 0"),
}


@pytest.mark.parametrize("show", SHOWN)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_sees_whom_in_both_languages(app, show, lang):
    test = app("models/who_sees_whom", show=show, lang=lang)
    assert not test.exception
    assert SHOWN[show][lang == "zh"] in page_text(test)


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


def test_a_model_that_is_causal_itself(app, monkeypatch):
    """Every run of this page as a causal model would do it: no second run is shown."""
    from explorer.ui import who_sees_whom

    monkeypatch.setattr(who_sees_whom, "is_causal", lambda layer, n: True)
    for show in ("attention", "change"):
        assert "This model is causal itself" in page_text(app("models/who_sees_whom", show=show))
