"""State that components choose, kept in the URL (a link is a lesson) and in the session (it survives page changes)."""

import streamlit as st


def number(name: str, default: int, low: int, high: int) -> int:
    """A whole number from the URL or the session, held between the bounds; nonsense counts as the default."""
    raw = st.query_params.get(name, st.session_state.get(f"state-{name}", default))
    try:
        value = int(raw)
    except (TypeError, ValueError):
        value = default
    value = min(max(value, low), high)
    if value != default or name in st.query_params:
        put(name, value)
    return value


def put(name: str, value: int | str) -> None:
    """Set a value in the URL and in the session."""
    st.session_state[f"state-{name}"] = value
    if st.query_params.get(name) != str(value):
        st.query_params[name] = str(value)


def follow(key: str, field: str, name: str) -> None:
    """Callback: take over what a component with this key has chosen."""
    chosen = st.session_state.get(key, {}).get(field)
    if chosen is not None:
        put(name, chosen)
