"""Softmax of one small vector: the textbook example with a slider, or any vector that the visitor types."""

import streamlit as st

from explorer.analysis.scaling.softmax import example, example_curve, microscope
from explorer.figures.scaling.softmax import curve_of_example
from explorer.ui.panels.scaling import scaling
from explorer.ui.parts import controls
from explorer.ui.parts.show import show
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("softmax") as visit:
    t = visit.t
    with controls.strip():
        a = scaling.stretch(visit)
        vector = scaling.typed_vector(visit)
    info = example(a) if vector is None else microscope(vector)
    scaling.microscope_panel(visit, info)
    links(
        t,
        {
            "softmax.try.shifted": ("softmax", {"vector": "1000,1000,1001"}),
            "softmax.try.small": ("softmax", {"vector": "0,0,1"}),
            "softmax.try.equal": ("softmax", {"vector": "7,7,7,7"}),
            "softmax.try.nan": ("softmax", {"a": "45.0"}),
        },
    )
    if vector is None:
        st.header(t("softmax.example_heading"), anchor=False)
        curve = example_curve(a)
        show(t, curve_of_example(curve, t, visit.palette), curve, "softmax-example")
