"""Every token's three vectors, their sum, and what LayerNorm makes of it."""

import streamlit as st

from explorer.analysis.input.sum import normalised, one_hot, part_norms, token_sum
from explorer.figures.input.sum import normalised_lines, part_bars, token_strips
from explorer.ui.browser.pieces import pieces
from explorer.ui.panels.input import sum as panels
from explorer.ui.parts.show import check, reading, show
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def token(visit: Visit) -> None:
    scene = visit.scene
    index = pieces(scene.encoded, visit.t("sum.choose"))
    info = token_sum(scene, index)
    show(visit.t, token_strips(info, visit.t, visit.palette), info, "token")
    if scene.capture().embedding is not None:
        st.header(visit.t("sum.heading.norm"), anchor=False)
        spread = normalised(scene, index)
        show(visit.t, normalised_lines(spread, visit.t, visit.palette), spread, "layernorm")


with page("sum") as visit:
    norms = part_norms(visit.scene)
    token(visit)
    st.header(visit.t("sum.heading.parts"), anchor=False)
    show(visit.t, part_bars(norms, visit.t, visit.palette), norms, "parts")
    st.header(visit.t("sum.heading.product"), anchor=False)
    product = one_hot(visit.scene)
    reading(visit.t, product)
    check(visit.t, product.difference)
    panels.by_hand(visit)
    panels.apart(visit)
