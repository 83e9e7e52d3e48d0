"""How the model knows the order of the words, and what happens when it does not."""

import streamlit as st

from explorer.ui import controls, state
from explorer.ui.page import page
from explorer.ui.places import VIEWS

with page("positions") as visit:
    with controls.strip():
        view = state.choice(
            st.segmented_control,
            visit.t("positions.view"),
            list(VIEWS),
            "show",
            "similarity",
            format_func=lambda name: visit.t(f"positions.view.{name}"),
            required=True,
        )
    VIEWS[view](visit)
