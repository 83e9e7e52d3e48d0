"""Sentences on a page, their terms marked: each is a link to its place on the page of words, and says what it means.

The browser shows that on hover, focus and tap (`browser/terms.js`); without it, the link's title does.
"""

import html
import re

from explorer.glossary import Term, marked
from explorer.i18n import Translator

# What of a lesson's Markdown is not prose: code, headings, formulas, links, addresses.
_NO_PROSE = re.compile(
    r"^```.*?^```$|^#.*$|\$\$.*?\$\$|\$[^$\n]+\$|`[^`\n]+`|!?\[[^\]\n]*\]\([^)\n]*\)|https?://\S+",
    re.MULTILINE | re.DOTALL,
)


def explained(t: Translator, sentence: str) -> str:
    """A sentence as HTML: escaped, its terms marked."""
    return marked(sentence, t.language, _link, html.escape)


def markdown(t: Translator, body: str) -> str:
    """A lesson's Markdown with its terms marked, each once in a paragraph or an item of a list."""
    return "".join(_paragraph(t, part) for part in re.split(r"(\n\s*\n|\n(?=\s*(?:[*-]|\d+\.)\s))", body))


def _paragraph(t: Translator, text: str) -> str:
    # What is no prose is kept aside under a sign that no text has.
    kept: list[str] = []

    def aside(found: re.Match[str]) -> str:
        kept.append(found[0])
        return f"\x00{len(kept) - 1}\x00"

    prose = marked(_NO_PROSE.sub(aside, text), t.language, _markdown_link)
    return re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], prose)


def address(term: Term) -> str:
    """Where a term stands on the page of words."""
    return f"words#w-{term.key}"


def _link(word: str, term: Term) -> str:
    return f'<a class="bx-term" href="{address(term)}" title="{html.escape(term.says)}">{html.escape(word)}</a>'


def _markdown_link(word: str, term: Term) -> str:
    says = term.says.replace("\\", "\\\\").replace('"', '\\"')
    shown = re.sub(r"([\[\]\\*_])", r"\\\1", word)
    return f'[{shown}]({address(term)} "{says}")'
