"""Components drawn in the browser: one .js and one .css file each, no build step, nothing from outside."""

from pathlib import Path
from typing import Any

import streamlit as st

from explorer.figures.theme import css_variables

_HERE = Path(__file__).parent


def register(name: str, *parts: str) -> Any:
    """Register `<name>.js` and `<name>.css` with the palette as CSS variables; call it at module level, once.

    parts: further .js files that stand before it in the same module, for a drawing with more than one idea.
    """
    script = "\n".join((_HERE / f"{part}.js").read_text(encoding="utf-8") for part in (*parts, name))
    style = (_HERE / f"{name}.css").read_text(encoding="utf-8")
    return st.components.v2.component(f"bx_{name}", css=css_variables() + "\n" + style, js=script)
