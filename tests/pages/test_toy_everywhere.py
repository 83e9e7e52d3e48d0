"""Every page with the toy model, whose vocabulary, width and positions are other than the default model's."""

import pytest

from explorer.ui.shell.navigation import PAGES
from tests.conftest import page_text


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.name)
def test_the_toy_model_runs_on_every_page(app, entry):
    test = app(f"{entry.section}/{entry.name}", model="toy-bert")
    assert not test.exception
    said = page_text(test)
    assert "bx-alert" not in said
    assert test.text_area(key="text").value.startswith("That slow wolf")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_text_from_outside_the_language(app, lang):
    test = app("attention/heads", model="toy-bert", lang=lang, text="The animal didn't cross the street 狼.")
    assert ("does not have 6 words" if lang == "en" else "6 个词不属于") in page_text(test)
    test = app("attention/heads", model="toy-bert", lang=lang, text="The wolf howls, and it roams in its forest!")
    assert "bx-note" not in page_text(test)


def test_an_untouched_text_follows_the_model(app):
    test = app("attention/heads")
    assert test.text_area(key="text").value.startswith("The animal")
    test.selectbox(key="model").set_value("toy-bert").run()
    assert test.text_area(key="text").value.startswith("That slow wolf")
    test.selectbox(key="model").set_value("minilm").run()
    assert test.text_area(key="text").value.startswith("The animal")
    test.text_area(key="text").set_value("Mine.").run()
    test.selectbox(key="model").set_value("toy-bert").run()
    assert test.text_area(key="text").value == "Mine."
