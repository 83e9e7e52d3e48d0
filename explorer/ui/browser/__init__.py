"""Components drawn in the browser: one .js and one .css file each, no build step, nothing from outside.

What the visitor chooses in one of them is shown at once and sent with a number that grows by one. A message from the
server says which number it has seen (`told`), so that the answer to an earlier choice never undoes a later one."""

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from explorer.figures.theme import css_variables
from explorer.ui.shell import state

_HERE = Path(__file__).parent
# Comments and types, then white space where a statement goes on or ends by itself: a component's script travels with
# every message, and these are for its readers. Template strings stay on one line.
_COMMENT = re.compile(r"^ *(//.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n" r"|/\*\*[^\n]*?\*/ ?" r"|(?<=[;,{(\[)}]) // .*$", re.M)
_SPACE = re.compile(r"(?<=[,{(\[;])\n *" r"|\n *(?=[?:.)\]}])" r"|^ +" r"|^\n", re.M)


def register(name: str, *parts: str) -> Any:
    """Register `<name>.js` and `<name>.css` with the palette as CSS variables; call it at module level, once.

    kit.js stands before it in the same module. parts: further .js files there, for a drawing with more than one idea,
    with the .css that such a part may have.
    """
    sheets = [_HERE / f"{part}.css" for part in (*parts, name)]
    style = "\n".join(sheet.read_text(encoding="utf-8") for sheet in sheets if sheet.exists())
    return st.components.v2.component(f"bx_{name}", css=css_variables() + "\n" + style, js=script(name, *parts))


def script(name: str, *parts: str) -> str:
    """The module of a component: kit.js, its parts, itself."""
    sources = ((_HERE / f"{part}.js").read_text("utf-8") for part in ("kit", *parts, name))
    return "\n".join(_SPACE.sub("", _COMMENT.sub("", source)) for source in sources)


def picked(widget: str, take: Callable[[Any], None], field: str = "chosen") -> Callable[[], None]:
    """The callback of a component for a field that it sends as [number, value]; what is of another form is left."""

    def callback() -> None:
        found = state.sent(widget, field)
        if isinstance(found, list) and len(found) == 2 and type(found[0]) is int:
            st.session_state.setdefault(f"{widget}-sent", {})[field] = (found[0], found[1])
            take(found[1])

    return callback


def follow(widget: str, name: str, field: str = "chosen") -> Callable[[], None]:
    """The callback that puts what is sent in a field under a name of the address."""
    return picked(widget, lambda value: state.put({} if value is None else {name: value}), field)


def told(widget: str, digest: str, **shown: object) -> dict[str, object]:
    """What a message says is chosen, by field, and under "seen" the number of the last choice that it knows of.

    Where the browser shows that already, because it was chosen there, and nothing else is new, all is left as it was,
    so that the message stays the same and is not sent again. digest: of everything else in the message.
    """
    sent: dict[str, tuple[int, object]] = st.session_state.get(f"{widget}-sent", {})
    before, last = st.session_state.get(f"{widget}-told", ("", {}))
    newer = {field: value for field, (number, value) in sent.items() if number > last.get("seen", 0)}
    if before != digest or {**last, **newer, "seen": 0} != {**shown, "seen": 0}:
        last = {**shown, "seen": max([number for number, _ in sent.values()], default=0)}
    st.session_state[f"{widget}-told"] = (digest, last)
    return dict(last)


def digest(*parts: object) -> str:
    """A short name for the rest of a message; parts: bytes, or what JSON can write."""
    found = hashlib.blake2b(digest_size=8)
    for part in parts:
        found.update(part if isinstance(part, bytes) else json.dumps(part).encode("utf-8", "replace"))
    return found.hexdigest()
