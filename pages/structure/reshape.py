"""Heads are a reshape: the same parameters and the same products, cut into more or fewer attention maps."""

import streamlit as st

from explorer.analysis.structure.reshape import divisors, reshape
from explorer.figures.structure.reshape import cut
from explorer.ui.parts import controls
from explorer.ui.parts.module_table import columns, facts
from explorer.ui.parts.show import check, say, show
from explorer.ui.shell import state
from explorer.ui.shell.page import page

with page("reshape") as visit:
    t, dims = visit.t, visit.handle.dims
    with controls.strip():
        layer = controls.layer(visit)
        heads = state.choice(st.select_slider, t("reshape.heads"), divisors(dims.d_model), "h", dims.n_heads, width=420)
    say(t("reshape.trained", own=dims.n_heads))
    info = reshape(visit.scene, layer, heads)
    show(t, cut(info, t, visit.palette), info, "reshape")
    if info.to_model is not None:
        check(t, info.to_model)
    facts(
        [
            (t("reshape.parameters"), f"{info.parameters:,}", t("reshape.parameters_help")),
            (t("reshape.d_head"), f"{info.d_head:,}", t("reshape.d_head_help", d=info.width, h=info.heads)),
            (t("reshape.count"), f"{info.heads:,}", t("reshape.count_help", n=info.q.shape[0])),
        ]
    )
    st.header(t("reshape.steps_heading"), anchor=False)
    lines = [(t(f"reshape.step.{name}"), code, shape) for name, code, shape in info.steps()]
    columns([t("reshape.step"), "PyTorch", t("parameters.shape")], lines)
