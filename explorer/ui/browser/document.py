"""What the whole document needs in the browser: its language, where one is in the menu, a history of choices, Tab
stops where it scrolls, and what its terms mean."""

from explorer.i18n import Translator
from explorer.ui.browser import register

_component = register("document", "terms")
# Where it is not the code of the catalogue.
_CODES = {"zh": "zh-CN"}


def document(t: Translator, section: str) -> None:
    """Set it up; draws nothing.

    section: of the page that is shown, as the menu calls it.
    """
    _component(data={"language": _CODES.get(t.language, t.language), "section": section}, key="document-language")
