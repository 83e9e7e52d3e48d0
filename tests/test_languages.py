"""Both languages are complete, have the same placeholders, and every key that the code asks for exists."""

import re
import string
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from explorer import errors
from explorer.i18n import LANGUAGES, Translator, preferred
from explorer.models.registry import OFFERS
from explorer.ui.navigation import PAGES

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = {
    language: read_po((ROOT / "assets/locale" / language / "LC_MESSAGES/explorer.po").open("rb"), locale=language)
    for language in LANGUAGES
}


def entries(language: str) -> dict[str, set[str]]:
    """Key → placeholders; every plural form must have the same ones, except that the singular may leave out n."""
    found: dict[str, set[str]] = {}
    for message in CATALOGUES[language]:
        if not message.id:
            continue
        key = message.id if isinstance(message.id, str) else message.id[0]
        forms = [message.string] if isinstance(message.string, str) else list(message.string)
        assert all(forms), f"{language}: {key} is empty"
        found[key] = {field for form in forms for _, field, _, _ in string.Formatter().parse(form) if field}
    return found


def test_both_languages_have_the_same_keys_and_placeholders():
    assert entries("en") == entries("zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_twice(language):
    source = (ROOT / "assets/locale" / language / "LC_MESSAGES/explorer.po").read_text(encoding="utf-8")
    keys = re.findall(r'^msgid "(.+)"$', source, re.MULTILINE)
    assert sorted(keys) == sorted(set(keys))


def test_chinese_is_chinese():
    """A message without a single Chinese character is a forgotten translation, unless it is only symbols or names."""
    for message in CATALOGUES["zh"]:
        text = message.string if isinstance(message.string, str) else "".join(message.string)
        bare = re.sub(r"\{[^}]*\}|\$[^$]*\$", "", text)
        if message.id and re.search(r"[a-z]{4,}", bare) and " " in bare.strip():
            assert re.search(r"[\u4e00-\u9fff]", text), f"{message.id}: {text}"


def test_every_key_in_the_code_exists():
    known = entries("en")
    for path in [*(ROOT / "explorer").rglob("*.py"), *(ROOT / "pages").rglob("*.py"), ROOT / "streamlit_app.py"]:
        for key in re.findall(r'\bt\(\s*"([\w.\-]+)"', path.read_text(encoding="utf-8")):
            assert key in known, f"{path.name}: {key}"


def test_every_error_page_and_model_has_words():
    known = entries("en")
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.ExplorerError) and kind is not errors.ExplorerError:
            assert known[f"error.{name}"] <= set(kind.wants), f"error.{name} names facts that the error does not carry"
    for entry in PAGES:
        assert {f"nav.{entry.name}", f"section.{entry.section}", f"{entry.name}.title", f"{entry.name}.lead"} <= set(
            known
        )
    assert {f"model.{offer}" for offer in OFFERS} <= set(known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_a_lesson(language):
    for entry in PAGES:
        lesson = Translator(language).lesson(entry.name)
        assert lesson.count("\n## ") + lesson.startswith("## ") >= 2, f"{language}: {entry.name}"
        assert len(lesson) > 400, f"{language}: {entry.name} is a stub"


@pytest.mark.parametrize(
    ("locale", "language"),
    [("zh-CN", "zh"), ("zh", "zh"), ("zh_TW", "zh"), ("en-US", "en"), ("de", "en"), (None, "en")],
)
def test_the_browser_decides_the_first_language(locale, language):
    assert preferred(locale) == language


def test_plural_and_missing_key():
    t = Translator("en")
    assert "1 invisible control character;" in t("frame.control", n=1)
    assert "2 invisible control characters;" in t("frame.control", n=2)
    with pytest.raises(KeyError):
        t("no.such.key")
