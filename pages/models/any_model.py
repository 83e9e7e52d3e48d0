"""Models of one's own: from a hub, with the cost before the download, or from the operator's folder."""

import streamlit as st

from explorer.ui.panels.models.any_model import VIEWS
from explorer.ui.parts import controls
from explorer.ui.shell import state
from explorer.ui.shell.page import page

with page("any_model") as visit:
    line = controls.strip()
    with line:
        view = state.choice(
            st.segmented_control,
            visit.t("any_model.view"),
            list(VIEWS),
            "source",
            "hub",
            format_func=lambda name: visit.t(f"any_model.view.{name}"),
            required=True,
            label_visibility="collapsed",
        )
    VIEWS[view](visit, line)
