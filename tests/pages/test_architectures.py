"""Every page with every architecture: it works, or says in a sentence what this architecture does not have."""

import html
import re

import pytest

from explorer import Scene
from explorer.analysis.attention.patterns import measures
from explorer.errors import NotInThisModel
from explorer.i18n import Translator
from explorer.models import registry
from explorer.ui.panels.models import compare
from explorer.ui.parts.compare_sides import TRIES, VARIANTS, reasons
from explorer.ui.parts.overview import head_captions
from explorer.ui.shell.navigation import PAGES
from tests.architectures import tiny_model, views
from tests.conftest import page_text

VIEWS = views()
TEXT = "The animal didn't cross the street because it was too tired."
PAIR = "It slept."

# What the pages say of an architecture: page → part of the sentence. Everything else works.
_SUM = {"sum": "nothing to add"}
_RECUT = {"reshape": "cannot be cut"}
_UNSCALED = dict.fromkeys(("saturation", "gradients"), "does not divide by √d at all")
_ROTARY, _RELATIVE = {"positions": "an angle that grows"}, {"positions": "further terms"}
_SQUARE = ("journey", "scaling", "saturation", "which_d", "after_sqrt_d", "precision")
_T5 = _SUM | _RECUT | _UNSCALED | {"positions": "adds a learned number"}
SAID = {
    ("modernbert", "encoder"): _SUM | _RECUT | _ROTARY,
    ("llama", "decoder"): _SUM | _RECUT | _ROTARY,
    ("gemma3_text", "decoder"): _SUM | _RECUT | _ROTARY,
    ("xlnet", "encoder"): _SUM | _RECUT | _RELATIVE,
    ("deberta-v2", "encoder"): _SUM | _RECUT | _RELATIVE,
    ("mpnet", "encoder"): _RECUT | {"positions": "from two sources at once"},
    ("t5", "encoder"): _T5,
    ("t5", "decoder"): _T5,
    ("bart", "cross"): dict.fromkeys(_SQUARE, "Cross attention looks from one text"),
    ("t5", "cross"): _T5
    | dict.fromkeys(
        ("journey", "scaling", "which_d", "after_sqrt_d", "precision"), "Cross attention looks from one text"
    ),
}
# Pages of the sections that were there when this list was made; a newer page must say for itself what it cannot show.
KNOWN = ("start", "input", "attention", "scaling", "structure")
NEWER = ("take_away",)


@pytest.fixture
def offer(monkeypatch):
    """Put a tiny model into the menu."""
    call = Translator.__call__

    def worded(self, key, /, **facts):
        return key if key.startswith("model.tiny-") else call(self, key, **facts)

    monkeypatch.setattr(Translator, "__call__", worded)

    def put(name):
        monkeypatch.setitem(registry.OFFERS, f"tiny-{name}", tiny_model(name).spec)
        return f"tiny-{name}"

    return put


def alerts(test) -> list[str]:
    return [re.sub("<[^>]*>", "", body) for body in page_text(test).split("\n") if "bx-alert" in body]


# Each idea once: BERT, RoBERTa and ELECTRA, GPT and GPT-2, Qwen3 and Gemma 3, the two halves of T5 differ in nothing
# that a page shows.
ALIKE = (("bert", "encoder"), ("roberta", "encoder"), ("xlm-roberta", "encoder"), ("camembert", "encoder"))
ALIKE += (("electra", "encoder"), ("openai-gpt", "decoder"), ("qwen3", "decoder"), ("t5", "decoder"))
DIFFERENT = [view for view in VIEWS if tuple(view) not in ALIKE]


@pytest.mark.parametrize(("name", "stack"), DIFFERENT, ids=["-".join(v) for v in DIFFERENT])
def test_every_page(app, name, stack):
    model = f"{name}-random"  # as the menu has it
    for entry in PAGES:
        test = app(f"{entry.section}/{entry.name}", model=model, stack=stack, text=TEXT, pair=PAIR)
        assert not test.exception, entry.name
        if entry.section not in KNOWN or entry.name in NEWER:
            continue
        said, expected = alerts(test), SAID.get((name, stack), {}).get(entry.name)
        assert len(said) == (expected is not None), f"{entry.name}: {said}"
        assert expected is None or expected in said[0]


@pytest.mark.parametrize(
    ("page", "params"),
    [
        ("attention/heads", {"of": "rollout"}),
        ("attention/heads", {"view": "bertviz", "of": "layer"}),
        ("attention/atlas", {"view": "patterns"}),
        ("attention/heads", {"of": "model", "words": "true", "bare": "true"}),
        ("attention/heads", {"view": "lines"}),
        ("attention/ablation", {"off": "0.1-1.0"}),
        ("attention/steps", {"step": "scale"}),
        ("input/neighbours", {"panel": "nearest"}),
        ("input/neighbours", {"panel": "contexts"}),
        ("input/positions", {"show": "shuffle"}),
        ("scaling/saturation", {"regime": "random"}),
        ("scaling/gradients", {"whose": "random"}),
        ("scaling/scaling", {"show": "network", "scale": "0.25"}),
        ("scaling/saturation", {"regime": "drawn"}),
        ("structure/parameters", {"preset": "loaded"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value),
)
@pytest.mark.parametrize(
    ("name", "stack", "lang"), [("gpt2", "decoder", "en"), ("t5", "cross", "zh"), ("xlnet", "encoder", "en")]
)
def test_other_views_of_the_pages(app, offer, name, stack, page, params, lang):
    app(page, model=offer(name), stack=stack, text=TEXT, pair=PAIR, lang=lang, **params)  # ends here at a mistake


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_frame_says_what_becomes_of_the_second_text(app, offer, lang):
    t = Translator(lang)
    test = app("attention/heads", model=offer("gpt2"), pair=PAIR, lang=lang)
    assert t("frame.no_pair") in page_text(test)
    assert not [choice for choice in test.get("button_group") if choice.proto.label == t("frame.stack")]
    model = offer("t5")
    encoder = app("attention/heads", model=model, pair=PAIR, lang=lang)
    assert t("frame.pair_decoder") in page_text(encoder)
    assert [choice for choice in encoder.get("button_group") if choice.proto.label == t("frame.stack")]
    assert t("frame.decoder_repeats") in page_text(app("attention/heads", model=model, stack="decoder", lang=lang))
    both = app("attention/heads", model=model, stack="cross", pair=PAIR, lang=lang)
    assert t("frame.decoder_reads") in page_text(both)
    nonsense = app("attention/heads", model=model, stack="third", lang=lang)
    assert not nonsense.exception and not alerts(nonsense)


def test_every_reason_has_a_sentence():
    from explorer.capture.offered import offered

    reasons = {why for view in VIEWS for why in offered(tiny_model(view[0]).of_stack(view[1])).values() if why}
    others = {
        "no_effect",
        "order_bias",
        "order_rotary",
        "order_relative",
        "order_both",
        "sum_word_only",
        "no_embedding_norm",
    }
    for reason in reasons | others | {"cross_square", "recut", "search"}:
        error = NotInThisModel(model="some", reason=reason)
        for lang in ("en", "zh"):
            assert len(Translator(lang).error(error)) > 10


# Changes that the list of the comparison leaves out, by their names there; the tiny T5 has narrow heads.
_NARROW = {"same_qk", "same_v"}
LEFT_OUT = {
    ("t5", "encoder"): {"unscaled", "skip_ffn", *_NARROW},
    ("t5", "cross"): {"unscaled", "causal", "skip_ffn", *_NARROW},
    ("gpt2", "decoder"): {"causal", "skip_ffn"},
    ("llama", "decoder"): {"causal", "skip_ffn", *_NARROW},
    ("modernbert", "encoder"): {"skip_ffn"},
    ("bart", "decoder"): {"causal", "skip_ffn"},
    ("bert", "encoder"): set(),
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("name", "stack"), LEFT_OUT)
def test_a_comparison_offers_only_changes_that_work(app, offer, name, stack, lang):
    """Each that is left out is named with its reason, and a link to it leads to one that works."""
    t, missing = Translator(lang), LEFT_OUT[name, stack]
    linked = min(missing, default="causal")
    test = app("models/compare", change=linked, model=offer(name), stack=stack, text=TEXT, lang=lang)
    assert not test.exception and not alerts(test)
    assert 'class="bx-reading"' in page_text(test)
    (box,) = [box for box in test.selectbox if box.label == t("compare.variant")]
    offered = [t(f"compare.variant.{change}") for change in VARIANTS if change not in missing]
    assert box.options == [t("controls.named", name="B", value=value) for value in offered]
    said = html.unescape("\n".join(line for line in page_text(test).split("\n") if "bx-note" in line))
    for change, reason in reasons(tiny_model(name).of_stack(stack)).items():
        assert (t(f"compare.variant.{change}") in said) == (reason is not None)
        assert reason is None or t.error(NotInThisModel(model=name, reason=reason)) in said
    links = {link.proto.label for link in test.get("page_link")}
    for key, (_, params) in TRIES.items():
        assert (t(key) in links) == (params.get("change") not in missing)


@pytest.mark.parametrize("look", compare.VIEWS)
@pytest.mark.parametrize(("name", "stack"), [("t5", "cross"), ("gpt2", "decoder"), ("modernbert", "encoder")])
def test_every_view_of_a_comparison(app, offer, name, stack, look):
    test = app("models/compare", model=offer(name), stack=stack, look=look, text=TEXT)
    assert not test.exception and not alerts(test)
    assert 'class="bx-reading"' in page_text(test)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(("name", "stack"), [("gpt2", "decoder"), ("t5", "decoder"), ("roberta", "encoder")])
def test_blocks_are_removed_only_in_ways_that_work(app, offer, name, stack, lang):
    """In a pre-LN model a bypass would change nothing: it is named with the reason, and the other way is drawn."""
    t = Translator(lang)
    model = offer(name)
    test = app("structure/take_away", model=model, stack=stack, part="removed", mode="skip", lang=lang)
    assert not test.exception and not alerts(test)
    # Likeness, the sweep, and what becomes of a hidden word where the model guesses one.
    assert page_text(test).count('class="bx-reading"') == 2 + (name == "roberta")
    (group,) = [group for group in test.get("button_group") if group.proto.label == t("without_ffn.mode")]
    offered = [option.content for option in group.proto.options]
    said = html.unescape(page_text(test))
    refused = t.error(NotInThisModel(model=name, reason="skip_pre_norm")) in said
    assert refused == (name != "roberta")
    assert offered == [t(f"without_ffn.mode.{mode}") for mode in ("skip", "zero")][refused:]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_captions_have_a_dash_where_a_pattern_cannot_occur(lang):
    handle = tiny_model("t5").of_stack("cross")
    captions = head_captions(Translator(lang), measures(Scene(handle, "the cat sat", "it slept")))
    assert all("–" in caption and "nan" not in caption for caption in captions)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize(
    ("name", "why"),
    [("bart", None), ("t5", "sentinels"), ("gpt2", "next"), ("xlnet", "permuted"), ("electra", "replaced")],
)
def test_masked_words_or_what_the_head_says_instead(app, offer, name, why, lang):
    t = Translator(lang)
    test = app("pretraining/masked", model=offer(name), text=TEXT, show="changed", lang=lang)
    said = html.unescape(page_text(test))
    assert not alerts(test)
    for key in ("next", "permuted", "replaced", "sentinels"):
        assert (t(f"heads_offered.{key}", model=f"model.tiny-{name}") in said) == (key == why)
    if why is None:
        assert t("masked.no_head", model=f"model.tiny-{name}") not in said
        assert t("guess.change.unscaled") in said and t("guess.change.positions") not in said
        assert t("masked.show.lens") not in test.segmented_control(key="masked.show").options
        assert t("masked.try.lens") not in {link.proto.label for link in test.get("page_link")}
