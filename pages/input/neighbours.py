"""Which words lie near which: in the word table, on the way through the layers, and in two contexts."""

import streamlit as st

from explorer.ui.panels.input.neighbours import VIEWS
from explorer.ui.parts import controls
from explorer.ui.shell import state
from explorer.ui.shell.page import page

with page("neighbours") as visit:
    with controls.strip():
        view = state.choice(
            st.segmented_control,
            visit.t("neighbours.view"),
            list(VIEWS),
            "panel",
            "nearest",
            format_func=lambda name: visit.t(f"neighbours.view.{name}"),
            required=True,
        )
    VIEWS[view](visit)
