"""Every head of the model at a glance, what each of them does, and the chosen one in full."""

import streamlit as st

from explorer.analysis.attention.heads import head_matrix
from explorer.analysis.attention.patterns import measures, patterns
from explorer.ui.panels.attention.heads import BESIDE, draw_matrix
from explorer.ui.parts import controls
from explorer.ui.parts.overview import draw_atlas, draw_patterns, head_links
from explorer.ui.parts.show import numbers, reading
from explorer.ui.shell.page import Visit, fragment, page

ORDERS = ("layers", "previous", "next", "self", "first", "largest", "broad")


@fragment
def panel(visit: Visit) -> None:
    with controls.strip():
        view = controls.choice(visit.t, "atlas", "view", ("squares", "patterns"), bare=True)
        if view == "squares":
            order = controls.listed(visit.t, "atlas", "order", ORDERS)
            with controls.more(visit.t):
                shade = controls.choice(visit.t, "atlas", "shade", ("sqrt", "linear"))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        if view == "squares":
            scores = measures(visit.scene)
            layer, head = draw_atlas(visit, scores, order, shade)
        else:
            scores = patterns(visit.scene)
            layer, head = draw_patterns(visit, scores)
        reading(visit.t, scores)
        numbers(visit.t, scores, f"atlas-{view}", False)
    with right:
        draw_matrix(visit, head_matrix(visit.scene, layer, head), "matrix", height=BESIDE)
        head_links(visit.t, layer, head)


with page("atlas") as visit:
    panel(visit)
