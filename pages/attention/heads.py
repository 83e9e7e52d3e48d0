"""One head, a mean of heads, or what the layers make of one another: as a matrix, as lines, as BertViz draws it."""

import streamlit as st

from explorer.ui.panels.attention.bertviz import draw_bertviz
from explorer.ui.panels.attention.heads import (
    chosen_matrix,
    chosen_of,
    chosen_view,
    draw_matrix,
    draw_rollout,
    draw_row,
    tries,
)
from explorer.ui.parts import controls
from explorer.ui.parts.guess import mask_link
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def panel(visit: Visit) -> None:
    visit.scene.heads()  # the links ask for them: now, while the run goes on, they cost least
    of = chosen_of()
    with controls.strip():
        first, best = controls.telling(visit.scene)
        layer = controls.layer(visit, default=visit.handle.dims.n_layers if of == "rollout" else first)
        head = 0 if of == "rollout" else controls.head(visit, default=best)
    with controls.strip():
        view = chosen_view(visit, of)
        drawn = of != "rollout" and view != "bertviz"
        info = chosen_matrix(visit, layer, head, of) if drawn else None
    if of == "rollout":
        draw_rollout(visit, layer)
    elif view == "bertviz":
        draw_bertviz(visit, layer, head, of)
    elif info is not None:
        left, right = st.columns([5, 2], gap="medium")
        with left:
            row = draw_matrix(visit, info, view)
        with right:
            draw_row(visit.t, info, row)
            mask_link(visit)


with page("heads") as visit:
    panel(visit)
    links(visit.t, tries(visit))
