"""BertViz as it comes: the HTML that its own functions return, with the same local libraries instead of a CDN."""

import re
from pathlib import Path

from torch import Tensor

VENDOR = Path(__file__).resolve().parents[2] / "assets" / "vendor"


def original(attention: list[Tensor], tokens: tuple[str, ...], kind: str) -> str:
    """kind: "head view" or "model view"."""
    from bertviz import head_view, model_view

    view = head_view if kind == "head view" else model_view
    page = str(view(attention, list(tokens), html_action="return").data)
    local = [(VENDOR / name).read_text() for name in ("jquery/jquery.min.js", "d3/d3.min.js")]
    local.append("window.require={config(){}};window.requirejs=(names,run)=>run(jQuery,d3);")
    scripts = "".join(f"<script>{script}</script>" for script in local)
    without = re.sub(r'<script src="https://[^"]*require[^"]*"></script>', "", page)
    assert without != page, "BertViz loads its libraries in another way now"
    return scripts + without
