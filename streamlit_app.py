"""The entry: thread settings before torch, the frame, the chosen page. Start it with `make run`."""

import os

# Before torch is imported anywhere: spinning OpenMP threads on shared cores made a forward pass up to 25 times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import logging

import streamlit as st

from explorer.home import ASSETS
from explorer.ui import frame, navigation
from explorer.ui.components.phone import phone_bar

st.set_page_config("BERT Explorer", page_icon=str(ASSETS / "style" / "icon.png"), layout="wide")
t = frame.translator()
frame.style()
chosen = st.navigation(navigation.menu(t), position="top")
try:
    frame.sidebar(t)
    phone_bar(t, chosen.url_path or navigation.PAGES[0].name, st.session_state["visit"].text)
    chosen.run()
except Exception:  # a mistake of ours: loud in the log, one sentence for the visitor
    logging.getLogger("explorer").exception("page failed")
    st.html(f'<p class="bx-alert" role="alert">{t("frame.oops")}</p>')
