"""The entry: imported by `streamlit run` or `make run` it is the server, `app`; run for a visitor it is one page.

Streamlit finds `app` here without running anything, imports it, and has it run this file for every visitor. A launcher
that runs the file without looking for it serves the pages alone: see `explorer.ui.shell.serve`.
"""

import os

# Before torch is imported anywhere: spinning OpenMP threads on shared cores made a forward pass up to 25 times slower.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import streamlit as st

if __name__ != "__main__":
    from explorer.ui.shell.serve import settings

    app = st.App(__file__, **settings())
else:
    from explorer.home import ASSETS
    from explorer.ui.browser.document import document
    from explorer.ui.browser.phone import phone_bar
    from explorer.ui.browser.reconnect import reconnect
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
    reconnect(t)
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
