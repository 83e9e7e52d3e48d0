"""A label shows its text sign by sign, whatever the text is."""

import string

from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from explorer.ui.shell.labels import plain

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})
SIGNS = st.text(st.sampled_from(string.punctuation + " \n01ab"), max_size=40)


@given(SIGNS)
@example("+ x")
@example("- x")
@example("> x")
@example("12) x")
@example("x\n# y")
def test_a_label_is_one_line_of_plain_text(text):
    shown = []
    for token in MARKDOWN.parse(plain(text)):
        assert token.type in ("paragraph_open", "inline", "paragraph_close", "code_block"), token
        for part in token.children or ():
            assert part.type in ("text", "text_special", "softbreak"), part
            shown.append(part.content)
    assert "".join(shown).split() == text.split() or text.startswith("    ")


def test_what_streamlit_adds_to_markdown_is_text_too():
    for text in ("$x$", ":red[a]", ":material/home:", "![a](http://evil.example)", "1. one", "# one", "<b>"):
        assert plain(text) != text
    assert plain("##ing") == "\\##ing" and plain("3. x") == "3\\. x" and plain("1/√d, −FFN") == "1/√d, −FFN"
