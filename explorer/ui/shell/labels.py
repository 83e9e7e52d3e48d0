"""Labels as plain text. Streamlit reads those of buttons, links and choices as Markdown: a token `![a](http://…)` of a
stranger's vocabulary would make every visitor's browser fetch an address of theirs."""

import re

# What opens anything within a line, and what makes a list or a heading of a line's begin.
_WITHIN = re.compile(r"[\\`*_\[\]~$:<&!]")
_FIRST = re.compile(r"^(\s*(?:[#>+-]|\d+(?=[.)])))")


def plain(text: str) -> str:
    """The label that shows this text, sign by sign."""
    return _FIRST.sub(_begun, _WITHIN.sub(r"\\\g<0>", text.replace("\n", " ")))


def _begun(found: re.Match[str]) -> str:
    begin = found[1]
    return begin + "\\" if begin[-1].isdigit() else f"{begin[:-1]}\\{begin[-1]}"
