"""Two tiny BERTs trained side by side, live: with and without the scale, or whatever else the visitor changes."""

import streamlit as st

from explorer.ui.panels.pretraining import training_lab
from explorer.ui.parts.show import say
from explorer.ui.shell.page import page

with page("training_lab") as visit:
    training_lab.cards(visit.t)
    curves = st.container()
    pair, layer = training_lab.dials(visit)
    training_lab.panel(visit, pair, layer, curves)
    say(visit.t("training_lab.note"))
    training_lab.comparison(visit)
    training_lab.sweep_panel(visit, pair)
