"""The same attention in BertViz, a picture that many know from papers and notebooks."""

import streamlit as st

from explorer.ui.bertviz import draw_bertviz
from explorer.ui.page import Visit, page


@st.fragment
def panel(visit: Visit) -> None:
    draw_bertviz(visit)


with page("bertviz") as visit:
    panel(visit)
