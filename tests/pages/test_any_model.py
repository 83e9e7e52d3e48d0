"""The page on models of one's own, and the frame's menu, in both languages and with models that go away."""

import html
import time

import pytest
import torch
from safetensors.torch import load_file, save_file

from explorer.i18n import LANGUAGES, Translator
from explorer.models.menu import hub_name, in_folders, menu
from explorer.models.registry import OFFERS
from tests.checkpoints import checkpoint, rewrite_config
from tests.conftest import page_text, says
from tests.hub import serving

PAGE = "models/any_model"


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_MODELS", str(tmp_path / "root"))
    monkeypatch.setenv("EXPLORER_HUB_CACHE", str(tmp_path / "cache"))
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def hub(monkeypatch, tmp_path, root):
    with serving() as found:
        monkeypatch.setenv("HF_ENDPOINT", found.address)
        found.add("house/tiny", checkpoint(tmp_path / "published"))
        yield found


def until(test, words):
    """Run the page until it says this."""
    for _ in range(100):
        test.run()
        assert not test.exception
        if words in page_text(test) or any(words in button.label for button in test.button):
            return
        time.sleep(0.1)
    raise AssertionError(page_text(test))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("source", ["hub", "families", "folder", "rules", "nonsense"])
def test_views(app, root, hub, lang, source):
    test = app(PAGE, lang=lang, source=source)
    assert not test.exception
    assert Translator(lang)("any_model.title") in page_text(test)
    assert hub.asked == [], "nothing is asked before somebody presses the button"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_price_download_open(app, hub, lang):
    t = Translator(lang)
    test = app(PAGE, lang=lang, repo="house/tiny")
    assert hub.asked == []
    test.button(key="hub-ask").click().run()
    until(test, "774,290")
    assert not any("safetensors" in path for path, _ in hub.asked)
    test.button(key="hub-download-start").click().run()
    until(test, t("any_model.done", name="house/tiny"))
    (name,) = [name for name in menu() if name.startswith("hub:")]
    opened = app("attention/atlas", lang=lang, model=name)
    assert not opened.exception and "bx-reading" in page_text(opened) and "bx-alert" not in page_text(opened)
    assert opened.selectbox(key="model").value == name
    again = app(PAGE, lang=lang, repo="house/tiny")
    assert not again.exception, "what is here is offered without a question"


@pytest.mark.parametrize(
    ("repo", "words"),
    [("../../etc", "is no model id"), ("house/nothing", "shows no model"), ("<script>", "no model id")],
)
def test_refusals_are_sentences(app, hub, repo, words):
    test = app(PAGE, lang="en", repo=repo)
    test.button(key="hub-ask").click().run()
    until(test, words)
    assert "<script>" not in page_text(test)


def test_a_link_s_model_stands_in_the_field(app, hub):
    test = app(PAGE, lang="en", model="hub:house/tiny@0123456789ab")
    assert test.text_input(key="any_model.repo").value == "house/tiny"
    assert hub.asked == []


def test_closed_by_the_operator(app, hub, monkeypatch):
    monkeypatch.setenv("EXPLORER_HUB", "off")
    test = app(PAGE, lang="en", repo="house/tiny")
    assert "switched off" in page_text(test)
    assert test.button(key="hub-ask").disabled


def test_folders_are_in_the_menu_and_what_cannot_be_opened_has_a_reason(app, root):
    checkpoint(root / "mine")
    rewrite_config(checkpoint(root / "bad"), quantization_config={"quant_method": "gptq"})
    test = app("attention/heads", lang="en", model="folder:mine")
    assert not test.exception and "bx-reading" in page_text(test) and "bx-note" not in page_text(test)
    assert test.selectbox(key="model").value == "folder:mine"
    assert "folder:bad" not in menu()
    assert "gptq" in page_text(app(PAGE, lang="en", source="folder"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_folder_that_is_not_offered_has_its_sentence(app, root, tmp_path, lang):
    t = Translator(lang)
    checkpoint(root / "mine")
    (root / "empty").mkdir()
    (root / "away").symlink_to(tmp_path)
    (checkpoint(root / "mute") / "tokenizer.json").unlink()
    said = page_text(app(PAGE, lang=lang, source="folder"))
    assert html.escape(t("any_model.not_offered", n=3)) in said and html.escape(t("any_model.folder", here=1)) in said
    for name, (spec, error) in in_folders().items():
        assert name in said and (spec is not None or html.escape(t.error(error)) in said)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_not_in_the_model_is_said_under_its_name(app, root, lang):
    """The name of a tensor is a stranger's text: it is shown and not read as a part of the page."""
    path = checkpoint(root / "mine") / "model.safetensors"
    save_file({**load_file(path), "teacher.<img src=x>.weight": torch.ones(2)}, path, {"format": "pt"})
    rewrite_config(root / "mine", auto_map={"AutoModel": "x.Y"})
    test = app("attention/heads", lang=lang, model="folder:mine")
    said, t = page_text(test), Translator(lang)
    assert not test.exception and "<img" not in said and "bx-note" not in said
    assert html.escape(t("opened.left_out", names="teacher.<img src=x>")) in said
    assert html.escape(t("opened.no_code", names="auto_map")) in said


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(
    "name", ["hub:house/none@0123456789ab", "folder:../../etc", "folder:x", "<b>", "hub:", "x" * 500]
)
def test_a_link_to_a_model_that_is_not_here(app, root, lang, name):
    test = app("attention/heads", lang=lang, model=name, text="Dogs chase cats")
    assert not test.exception
    said = page_text(test)
    assert "bx-reading" in said and "bx-alert" not in said and "<b>” " not in said
    assert says(test, lang, "frame.absent_model")
    assert test.text_area(key="text").value == "Dogs chase cats"
    assert test.selectbox(key="model").value == next(iter(OFFERS))


def test_a_folder_that_goes_away_under_a_visitor(app, root):
    folder = checkpoint(root / "mine")
    test = app("attention/heads", lang="en", model="folder:mine")
    for path in folder.iterdir():
        path.unlink()
    test.run()
    assert not test.exception
    assert "bx-reading" in page_text(test)


def test_a_file_that_is_broken_under_a_visitor(app, root):
    folder = checkpoint(root / "mine")
    test = app("attention/heads", lang="en", model="folder:mine")
    (folder / "model.safetensors").write_bytes(b"broken")
    test.run()
    assert not test.exception
    assert "could not be opened" in page_text(test) and "bx-reading" in page_text(test)


def test_names_in_links_are_short_and_hold_the_commit(hub):
    from explorer import ModelSpec

    assert hub_name(ModelSpec("hub", "a/b", revision="0123456789abcdef" * 2)) == "hub:a/b@0123456789ab"
