"""Streamlit: the frame, the controls, the caches and how a picture is shown."""
