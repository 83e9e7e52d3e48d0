"""Two configurations side by side, among them one without its feed-forward blocks."""

import streamlit as st

from explorer.analysis.structure.contrast import Contrast
from explorer.analysis.structure.cost import PLAIN
from explorer.figures.structure.treemap import two_treemaps
from explorer.ui.parts import controls, sizes
from explorer.ui.parts.module_table import columns
from explorer.ui.parts.show import show
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import notice, page

with page("contrast") as visit:
    t = visit.t
    with controls.strip():
        names = {"two": t("contrast.two"), "thin": t("contrast.thin")}
        mode = state.choice(
            st.segmented_control, t("contrast.mode"), list(names), "mode", "two", format_func=names.get, required=True
        )
    with controls.strip():
        first = sizes.configuration(visit, "a-", kinds=PLAIN if mode == "thin" else ())
        a = cached.parameters(first.text)
        if mode == "two":
            second = sizes.configuration(visit, "b-", "distilbert")
            info = Contrast(a, cached.parameters(second.text), first.title, second.title)
        else:
            layers = a.sizes["layers"]
            removed = state.slider(t("contrast.removed"), controls.up_to(layers), "removed", layers)
            title = t("contrast.without", title=first.title, n=removed)
            info = Contrast(a, cached.parameters(first.text, without_ffn=removed), first.title, title)
    show(t, two_treemaps(info, t, visit.palette), info, "contrast")
    if mode == "thin":
        notice(t("contrast.honest"))
    lines = [
        (t(what), f"{x:,}" if x else "–", f"{y:,}" if y else "–", f"{diff:+,}" if diff else "")
        for what, x, y, diff in info.lines
    ]
    columns([t("contrast.what"), info.title_a, info.title_b, t("contrast.difference")], lines)
