"""The entry: thread settings before torch, the frame, the chosen page. Start it with `make run`."""

import os

# Before torch is imported anywhere: spinning OpenMP threads on shared cores made a forward pass up to 25 times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import streamlit as st

from explorer.home import ASSETS
from explorer.ui.browser.document import document
from explorer.ui.browser.phone import phone_bar
from explorer.ui.shell import frame, navigation, state

st.set_page_config("BERT Explorer", page_icon=str(ASSETS / "style" / "icon.png"), layout="wide")
state.arrive()
t = frame.translator()
frame.style()
frame.name()
chosen = st.navigation(navigation.menu(t), position="top")
navigation.forward(chosen)
# Only now: the address must be the new page's before its parameters are written.
state.enter(navigation.name_of(chosen))
if "visit" in st.session_state:  # torch is there; who follows in a class room goes on before anything is drawn
    from explorer.ui.parts.room import go_along

    go_along(navigation.name_of(chosen))
document(t, t(f"section.{navigation.entry(navigation.name_of(chosen)).section}"))
frame.sidebar(t)
phone_bar(t, navigation.name_of(chosen), st.session_state["visit"].text)
from explorer.ui.parts.lesson import led  # imports torch: after the sidebar has said that it loads
from explorer.ui.parts.room import room_strip
from explorer.ui.shell import room

room_strip(navigation.name_of(chosen))
if led(navigation.name_of(chosen)):
    chosen.run()
state.settle()
room.tell()
