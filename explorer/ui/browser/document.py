"""What the whole document needs in the browser: its language, a history of choices, and Tab stops where it scrolls."""

from explorer.i18n import Translator
from explorer.ui.browser import register

_component = register("document")
_CODES = {"en": "en", "zh": "zh-CN"}


def document(t: Translator) -> None:
    """Set it up; draws nothing."""
    _component(data={"language": _CODES[t.language]}, key="document-language")
