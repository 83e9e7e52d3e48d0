"""Every attention page in both languages, with text that is awkward and URLs that make no sense."""

import html

import pytest

from explorer.i18n import Translator
from tests.conftest import page_text, says

PAGES = {
    "atlas": ("What do all the heads look at?", "所有注意力头都在看什么？"),
    "heads": ("What does this head look at?", "这个注意力头在看什么？"),
    "steps": ("How does one attention weight come about?", "一个注意力权重是怎样算出来的？"),
    "sink": ("Why does everything look at [CLS]?", "为什么大家都看 [CLS]？"),
    "ablation": ("What is lost without this head?", "去掉这个头会失去什么？"),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_opens(app, name, lang):
    test = app(f"attention/{name}", lang=lang)
    assert not test.exception
    text = page_text(test)
    assert PAGES[name][lang == "zh"] in text and "bx-alert" not in text


@pytest.mark.parametrize("name", PAGES)
def test_nonsense_in_the_link_and_one_token(app, name):
    nonsense = {"layer": "99", "head": "-3", "query": "x", "key": "1e9", "step": "?", "view": "<b>", "of": "all"}
    nonsense |= {"off": "9.9-a.b-0.1-²", "pattern": "77", "part": "AB", "least": "-1", "upto": "99"}
    test = app(f"attention/{name}", text="hi", pair="", **nonsense)
    assert not test.exception and "bx-alert" not in page_text(test)


@pytest.mark.parametrize("name", PAGES)
def test_512_tokens_and_a_pair(app, name):
    test = app(f"attention/{name}", text="one two <script> " * 300, pair="😀 四 five")
    assert not test.exception and "bx-alert" not in page_text(test)


VIEWS = {
    "atlas": ({"view": "patterns"}, {"view": "patterns", "order": "same"}),
    "heads": (
        *({"view": "bertviz", "of": of} for of in ("head", "layer", "model", "rollout")),
        {"of": "rollout", "layer": "2", "residual": "false"},
    ),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("name", VIEWS)
def test_other_views(app, name, lang):
    for params in VIEWS[name]:
        for text in ("hi", "The cat sees the other cat.", "one two <script> " * 300):
            test = app(f"attention/{name}", lang=lang, text=text, pair="", **params)
            said = page_text(test)
            assert "bx-alert" not in said
            long = params.get("view") == "bertviz" and params["of"] != "rollout" and len(text) > 1_000
            assert (html.escape(Translator(lang)("bertviz.long", found=512, allowed=128)) in said) == long


def test_rollout_goes_through_all_layers_unless_another_one_is_chosen(app):
    assert says(app("attention/heads", of="rollout"), "en", "rollout.reading", layer=5)
    assert says(app("attention/heads", of="rollout", layer="2"), "en", "rollout.reading", layer=2)


def test_choices_of_the_heads_page(app):
    joined = {"words": "true", "view": "lines"}
    for params in ({"of": "layer"}, {"of": "model", "bare": "true"}, joined, {"part": "BA"}):
        test = app("attention/heads", text="Unbelievably long.", pair="It slept.", **params)
        assert not test.exception and "bx-alert" not in page_text(test)


def test_the_chain_is_checked_on_the_page(app):
    test = app("attention/steps")
    told = next(caption for caption in test.caption if Translator("en")("steps.same") in caption.value)
    assert told.help == Translator("en")("show.check", difference="0")
    before, after = (page_text(app("attention/steps", step=step)) for step in ("sum", "softmax"))
    assert "An even spread" in after and "An even spread" not in before  # the end is not given away


def test_ablated_heads_are_named(app):
    assert "Without 2 heads" in page_text(app("attention/ablation", off="0.2-2.11"))


def test_where_no_model_is_chosen_the_sink_is_shown_of_one_that_has_it(app):
    test = app("attention/sink", lang="zh", model=None)
    assert says(test, "zh", "sink.instead") and says(test, "zh", "sink.reading")
    chosen = app("attention/sink", lang="zh", model="toy-bert-zh")
    assert says(chosen, "zh", "sink.reading.none") and not says(chosen, "zh", "sink.instead")
