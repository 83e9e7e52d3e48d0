"""The page on long texts in both languages, with awkward documents, windows and steps."""

import time

import pytest

from tests.conftest import page_text

SHORT = {"document": "own", "long": "The old bridge fell, and the river rose by night."}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("part", ["windows", "answers", "cost", "instead", "nonsense"])
@pytest.mark.parametrize("params", [{}, SHORT], ids=["lessons", "own"])
def test_parts(app, lang, part, params):
    test = app("use/long_text", lang=lang, part=part, **params)
    assert not test.exception
    said = page_text(test)
    assert "bx-alert" not in said
    assert "bx-reading" in said or "bx-say" in said


def test_nothing_long_runs_unasked(app):
    begin = time.perf_counter()
    test = app("use/long_text", document="lessons")
    assert time.perf_counter() - begin < 20, "the windows of a whole document take longer"
    assert any("Run all" in button.label for button in test.button)
    assert "matches best" not in page_text(test), "there is nothing to rank yet"


@pytest.mark.parametrize(("lang", "words"), [("en", "matches best"), ("zh", "最匹配")])
def test_a_page_of_prose_is_ranked_at_once(app, lang, words):
    test = app("use/long_text", lang=lang, model="minilm")
    assert words in page_text(test) and not any("202" in button.label for button in test.button)


@pytest.mark.parametrize("text", ["hi", "x", "😀", "<script>alert(1)</script>", "我爱北京", "word " * 3, "a" * 1500])
def test_short_documents_are_one_plain_run(app, text):
    test = app("use/long_text", document="own", long=text)
    assert not test.exception
    said = page_text(test)
    assert "bx-alert" not in said and "<script>alert" not in said
    assert "There is one window" in said or "matches best" in said


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"window": "128", "step": "200"}, "A step of 200 would leave word pieces"),
        ({"window": "16", "step": "1", "document": "lessons"}, "windows; at most 2,000 are run"),
        ({"document": "own", "long": "\x07"}, "nothing to read"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_the_picture_stays(app, params, sentence):
    test = app("use/long_text", **params)
    assert not test.exception
    said = page_text(test)
    assert sentence in said and "bx-reading" in said


@pytest.mark.parametrize("params", [{"window": "x", "step": "-4", "at": "1e9", "tau": "0"}, {"window": "9999"}])
def test_nonsense_in_the_link(app, params):
    test = app("use/long_text", **params)
    assert not test.exception and "bx-reading" in page_text(test)


def test_too_long_a_text_is_refused(app):
    test = app("use/long_text", document="own")
    test.text_area(key="long_text.long").set_value("a " * 500_001).run()
    assert not test.exception
    assert "1,000,000" in page_text(test) and "bx-reading" in page_text(test)


def test_an_empty_question_asks_for_nothing(app):
    test = app("use/long_text", **SHORT)
    test.text_input(key="long_text.ask").set_value("   ").run()
    assert not test.exception and "bx-alert" not in page_text(test)


def test_run_to_the_end_and_rank(app):
    """About ten windows, so that it takes a second."""
    text = (
        "The river rose by night. " * 40 + "Why does softmax saturate? Because differences grow. " + "Rain fell. " * 60
    )
    test = app("use/long_text", document="own", long=text, window="64", step="40", query="softmax")
    next(button for button in test.button if "Run all" in button.label).click().run()
    for _ in range(150):
        if "matches best" in page_text(test) and not any("Stop" in button.label for button in test.button):
            break
        time.sleep(0.2)
        test.run()
    assert not test.exception
    said = page_text(test)
    assert "Window 5 matches best" in said or "Window 6 matches best" in said
    test.segmented_control(key="long_text.part").set_value("answers").run()
    assert not test.exception and "Normalised alone" in page_text(test)


@pytest.mark.parametrize("model", ["minilm-random", "toy-bert"])
@pytest.mark.parametrize("params", [{}, SHORT])
def test_other_models_with_other_sizes(app, model, params):
    test = app("use/long_text", model=model, **params)
    assert not test.exception and "bx-alert" not in page_text(test)
