"""Scalars kept in the URL (a link is a lesson) and in the session (they survive page changes).

Streamlit's own `bind="query-params"` serves few widgets: with `format_func` it puts the translated words into the link,
so that a Chinese link means nothing on an English page, and a link on the page that names a widget's default leaves the
widget as it was. Where either can happen, `choice` serves.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar, cast

import streamlit as st

Option = TypeVar("Option", bound=Hashable)
Number = TypeVar("Number", int, float)


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


def put(name: str, value: object) -> None:
    """Set a value in the URL and in the session."""
    # Also where the run already knows it from a link: after one to the same page Streamlit leaves the old address.
    if st.query_params.get(name) != _spelled(value) or st.session_state.get(f"state-{name}") != value:
        st.query_params[name] = _spelled(value)
    st.session_state[f"state-{name}"] = value


def follow(key: str, field: str, name: str) -> None:
    """Callback: take over what a component with this key has chosen."""
    chosen = st.session_state.get(key, {}).get(field)
    if chosen is not None:
        put(name, chosen)


def words(widget: Callable[..., Any], label: str, name: str, default: str, limit: int, **settings: Any) -> str:
    """Text of the visitor, in the URL up to `limit` characters; a longer one and the default stay out of it.

    widget: st.text_area or st.text_input.
    """
    linked, last = st.query_params.get(name), st.session_state.get(f"state-{name}", default)
    if linked is not None and linked != last:
        st.session_state[name] = linked
    elif st.session_state.get(name) is None:
        st.session_state[name] = last
    value: str = widget(label, key=name, **settings) or ""
    _link(name, value, value != default and len(value) <= limit)
    return value


def current(name: str, options: Sequence[Option], default: Option) -> Option:
    """The chosen option before its widget is drawn: from a new link, else from the session, else the default."""
    linked = {spelling: option for option in options for spelling in _spellings(option)}.get(
        st.query_params.get(name, "")
    )
    last = st.session_state.get(f"state-{name}", default)
    chosen = st.session_state.get(name, last)
    if linked is not None and linked != last:
        chosen = linked
    elif chosen not in options:
        chosen = default
    if st.session_state.get(name) != chosen:
        st.session_state[name] = chosen
    # The link too: else the next call in the same run would take what stands there for a new link and undo the choice.
    _link(name, chosen, chosen != default)
    return cast(Option, chosen)


def choice(
    widget: Callable[..., Any], label: str, options: Sequence[Option], name: str, default: Option, **settings: Any
) -> Option:
    """A choice in the URL under its option's own name, whatever the widget calls it; the default stays out of the URL.

    widget: st.segmented_control, st.selectbox, st.radio, st.pills or st.select_slider.
    """
    current(name, options, default)
    value: Option = widget(label, options, key=name, **settings)
    _link(name, value, value != default)
    return value


def toggle(label: str, name: str, default: bool = False) -> bool:
    """A switch, in the URL as "true" or "false"."""
    return choice(lambda label, _, key: st.toggle(label, key=key), label, (False, True), name, default)


def slider(label: str, values: Sequence[Number], name: str, default: Number, **settings: Any) -> Number:
    """A slider over equally spaced values; a single one needs none."""

    if len(values) == 1:
        return values[0]

    def widget(label: str, values: Sequence[Number], **settings: Any) -> Number:
        value: Number = st.slider(label, values[0], values[-1], step=values[1] - values[0], **settings)
        return value

    return choice(widget, label, values, name, default, **settings)


def _spelled(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _spellings(option: object) -> tuple[str, ...]:
    """As links are written, and a whole number without its point."""
    return (_spelled(option), f"{option:g}") if isinstance(option, float) else (_spelled(option),)


def _link(name: str, value: object, shown: bool) -> None:
    if shown:
        put(name, value)
        return
    # A default that nobody has chosen is not carried to a page that has another one.
    if f"state-{name}" in st.session_state:
        st.session_state[f"state-{name}"] = value
    if name in st.query_params:
        del st.query_params[name]
