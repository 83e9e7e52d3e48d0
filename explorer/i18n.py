"""Words in the visitor's language: short ones from gettext catalogues, lessons from Markdown files."""

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from explorer.errors import ExplorerError
from explorer.home import ASSETS
from explorer.quantities import Words

# Messages about BERT and what was published of it: there its tokens keep their names.
OF_BERT = ("questions.ask.", "questions.answer.")
LANGUAGES = {"en": "English", "zh": "中文"}


@dataclass(frozen=True)
class Translator:
    """Call it with a key and the facts of the message: `t("frame.link", allowed=2000)`.

    names: what the model calls BERT's special tokens; a message that says [CLS] then says <s>, except those that are
        about BERT itself.
    """

    language: str
    names: tuple[tuple[str, str], ...] = ()

    def speaking_of(self, names: Mapping[str, str]) -> "Translator":
        """The same with a model's own special tokens. names: "cls", "sep", "mask", "unknown" → the token."""
        berts = {"cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]", "unknown": "[UNK]"}
        own = tuple((berts[role], name) for role, name in names.items())
        return replace(self, names=own)

    def __call__(self, key: str, /, **facts: object) -> str:
        """The message with its facts filled in. A fact named `n` chooses between singular and plural.

        Raises:
            KeyError: when the catalogue has no such key; that is our mistake and stays loud.
        """
        catalogue = _catalogue(self.language)
        n = facts.get("n")
        found = catalogue.ngettext(key, key, n) if isinstance(n, int) else catalogue.gettext(key)
        if found == key:
            found = catalogue.gettext(key)
        if found == key:
            raise KeyError(f"{key!r} is not in the {self.language} catalogue")
        if not key.startswith(OF_BERT):
            for word, name in self.names:
                found = found.replace(word, name)
        return Words(self.language).filled(found, facts) if facts else found

    def error(self, error: ExplorerError) -> str:
        """The sentence of a visitor's error."""
        return self(error.message, **error.facts)

    def lesson(self, page: str) -> str:
        """The Markdown of a page's lesson."""
        return _lesson(self.language, page)


def preferred(locale: str | None) -> str:
    """The language for a browser's locale ("zh-CN", "de-DE", None): Chinese if it is Chinese, else English."""
    code = (locale or "").lower().replace("_", "-").partition("-")[0]
    return code if code in LANGUAGES else "en"


@cache
def _catalogue(language: str) -> gettext.GNUTranslations:
    """Read the .po file and keep its compiled form in memory, so that no build step is needed."""
    with (ASSETS / "locale" / language / "LC_MESSAGES" / "explorer.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


@cache
def _lesson(language: str, page: str) -> str:
    return (ASSETS / "lessons" / language / f"{page}.md").read_text(encoding="utf-8")
