"""One head of one layer: the whole matrix of attention probabilities, and where one query's attention goes."""

import streamlit as st

from explorer.ui.panels.attention.heads import chosen_matrix, draw_matrix, draw_row, tries
from explorer.ui.parts import controls
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def panel(visit: Visit) -> None:
    with controls.strip():
        layer = controls.layer(visit, default=1)
        head = controls.head(visit, default=8)
    info, view = chosen_matrix(visit, layer, head)
    left, right = st.columns([5, 2], gap="medium")
    with left:
        row = draw_matrix(visit, info, view)
    with right:
        draw_row(visit.t, info, row)


with page("heads") as visit:
    panel(visit)
    links(visit.t, tries(visit))
