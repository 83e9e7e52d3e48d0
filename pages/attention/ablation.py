"""What is lost when heads are left out."""

import streamlit as st

from explorer.analysis.attention.ablation import ablation
from explorer.capture.changes.variant import Variant
from explorer.ui.panels.attention.ablation import beside_others, choose_heads, draw_change, left_out
from explorer.ui.parts.guess import consequence
from explorer.ui.parts.show import numbers, reading
from explorer.ui.shell import cached
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def panel(visit: Visit) -> None:
    off = left_out(visit)
    info = ablation(visit.scene, off, cached.strangers(visit.spec).pooled)
    reading(visit.t, info)
    others = st.container()  # filled last: it waits for a run of every head
    choose_heads(visit)
    if off:
        consequence(visit, "off", Variant(ablated=off), n=len(off))
    draw_change(visit.t, info)
    numbers(visit.t, info, "ablation", False)
    with others:
        beside_others(visit, info)


with page("ablation") as visit:
    panel(visit)
