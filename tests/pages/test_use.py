"""The pages on using BERT in both languages, with awkward lists, tables and choices."""

import pytest

from tests.conftest import page_text

LISTS = {
    "default": None,
    "two": "hi\nyou",
    "no groups": "a\nb\nc",
    "alone": "a\n\nb\n\nc",
    "emoji": "😀 <script>alert(1)</script>\n我爱北京\n\n&amp;\n“x”",
}


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", ["matrices", "ranking", "layers", "map", "nonsense"])
def test_sentences(app, lang, view):
    test = app("use/sentences", lang=lang, view=view)
    assert not test.exception
    assert "bx-reading" in page_text(test) and "bx-alert" not in page_text(test)


@pytest.mark.parametrize("case", LISTS)
@pytest.mark.parametrize("view", ["matrices", "ranking", "layers", "map"])
def test_sentence_lists(app, case, view):
    listed = LISTS[case]
    test = app("use/sentences", view=view, **({"list": listed} if listed else {}))
    assert not test.exception
    said = page_text(test)
    assert "bx-alert" not in said and "<script>alert" not in said


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"list": "one"}, "At least two sentences"),
        ({"list": "x\n" * 60}, "60 sentences are too many"),
        ({"list": "fine\n\x07"}, "nothing to read"),
        ({"view": "layers", "list": "a\nb"}, "at least two groups"),
        ({"view": "layers", "measure": "nearest"}, "Best here"),
        ({"model": "minilm-random", "after6": "99"}, "Layers passed: 6"),
        ({"sentence": "999", "view": "ranking"}, "related sentences. The mean puts"),
    ],
)
def test_sentence_choices(app, params, sentence):
    test = app("use/sentences", **params)
    assert not test.exception
    assert sentence in page_text(test)
