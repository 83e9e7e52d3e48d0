"""How the model knows the order of the words, and what happens when it does not."""

import streamlit as st

from explorer.ui.panels.input.positions import VIEWS
from explorer.ui.parts import controls
from explorer.ui.shell import state
from explorer.ui.shell.page import page

with page("positions") as visit:
    with controls.strip():
        view = state.choice(
            st.segmented_control,
            visit.t("positions.view"),
            list(VIEWS),
            "show",
            "shuffle",
            format_func=lambda name: visit.t(f"positions.view.{name}"),
            required=True,
        )
    VIEWS[view](visit)
