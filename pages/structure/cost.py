"""What a sentence costs: operations, memory and time against its length."""

import streamlit as st

from explorer.analysis.structure.cost import COUNTED
from explorer.figures.structure.cost import memory, operations, shares
from explorer.ui.panels.structure.cost import LENGTHS, cost_of, figures, remarks
from explorer.ui.panels.structure.measured_time import stopwatch
from explorer.ui.parts import controls, sizes
from explorer.ui.parts.show import show
from explorer.ui.shell import state
from explorer.ui.shell.page import page

DRAW = {"shares": shares, "operations": operations, "memory": memory}

with page("cost") as visit:
    t = visit.t
    with controls.strip():
        names = {name: t(f"cost.view.{name}") for name in DRAW}
        view = state.choice(
            st.segmented_control, t("cost.view"), list(DRAW), "draw", "shares", format_func=names.get, required=True,
            label_visibility="collapsed",
        )  # fmt: skip
        choice, more = sizes.configuration(visit, COUNTED, controls.more(t))
        with more:
            batch = state.choice(st.segmented_control, t("cost.batch"), (1, 8, 32), "batch", 1, required=True)
            lm = state.toggle(t("cost.mlm"), "lm")
        length = state.choice(st.select_slider, t("cost.length"), LENGTHS, "n", 128, width=260)
    info = cost_of(choice, length, batch, lm)
    remarks(t, choice)
    show(t, DRAW[view](info, t, visit.palette), info, "cost", said_first=True)
    figures(t, info)
    st.header(t("cost.time_heading"), anchor=False)
    stopwatch(visit)
