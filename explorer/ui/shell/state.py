"""The visitor's choices: kept in the session, where they survive page changes, and in the address: a link is a lesson.

This file alone touches `st.query_params` and the widgets' keys. What stands under a name is declared in `names`.

A choice is what a visitor has chosen: a page's default never becomes one, and a value that this model or this text does
not have is shown as the nearest that there is, while the choice stays. What the browser sends is checked; what is not
of the name's kind is as if it had not been sent. The address is read when it is news: on a visitor's arrival, after a
link or the menu, and after Back and Forward, where a name that is absent means the default again. (Streamlit's
`bind="query-params"` keeps none of these promises: it writes translated words, and None where nothing is chosen.)
"""

import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.ui.shell import names
from explorer.ui.shell.labels import plain
from explorer.ui.shell.names import FOLLOWED, FRAME, KEPT, OWN, SHARED, Words, key_of, kind_of

O = TypeVar("O", bound=Hashable)  # noqa: E741
N = TypeVar("N", int, float)


@dataclass
class _Kept:
    """What one session holds.

    address: the names in the address, as the browser has them or is about to have them. worded: by the key of a widget,
    the language that it was last drawn in. drawn: whether a run has come to its end.
    """

    page: str = "journey"
    choices: dict[str, object] = field(default_factory=dict)
    address: dict[str, list[str]] | None = None
    arrived: bool = False
    news: bool = False
    back: bool = False
    untold: bool = False
    drawn: bool = False
    worded: dict[str, object] = field(default_factory=dict)


def _kept() -> _Kept:
    if "state" not in st.session_state:
        st.session_state["state"] = _Kept()
    kept: _Kept = st.session_state["state"]
    return kept


def arrive() -> None:
    """Begin a run: look whether the address is news, and take over what the frame needs before the page is known."""
    kept, ctx = _kept(), get_script_run_ctx()
    here = {name: st.query_params.get_all(name) for name in st.query_params}
    kept.back = bool(ctx and ctx.is_history_navigation)
    # What a run has not taken over that was interrupted before its page was known is still news.
    kept.news = kept.news or kept.back or here != kept.address
    kept.arrived = kept.address is not None
    kept.address = here
    # After a link to the same page this run knows the new address and the browser still has the old one.
    kept.untold = kept.news and kept.arrived and not kept.back
    if kept.news:
        _take_over(kept, kept.page, FRAME)


def moved(page: str) -> tuple[str, dict[str, list[str]]]:
    """Where a page from before has gone, and with which address; what comes next is an arrival."""
    kept = _kept()
    found = names.moved(page, kept.address or {})
    kept.address = None
    return found


def enter(page: str) -> None:
    """The page is known: take over what the address says of it, and let the address say what is chosen."""
    kept = _kept()
    kept.page = page
    if kept.news:
        _take_over(kept, page, FOLLOWED | OWN[page])
        kept.news = False
    _settle(kept)


def _take_over(kept: _Kept, page: str, declared: Mapping[str, object]) -> None:
    said = names.said(page, kept.address or {})
    for name in declared:
        key = key_of(page, name)
        if name in said:
            kept.choices[key] = said[name]
        elif kept.back and key in kept.choices and kind_of(page, name).spelled(kept.choices[key]) is not None:
            del kept.choices[key]  # absent after Back or Forward: it was not chosen yet; a long text never stands there


def settle() -> None:
    """At the end of a run: let the address say what is chosen."""
    kept = _kept()
    kept.drawn = True
    _settle(kept)


def _settle(kept: _Kept) -> None:
    """Not where a visitor has just arrived, by a link or by Back: the address is theirs."""
    if kept.arrived and not kept.back:
        _write(kept)


def _write(kept: _Kept) -> None:
    visible = {name: kept.choices[key] for name in SHARED | OWN[kept.page]
               if (key := key_of(kept.page, name)) in kept.choices}  # fmt: skip
    text = names.spelled(kept.page, visible)
    wanted = {name: [value] for name, value in text.items()}
    kept.arrived = True
    if (
        kept.untold
        or wanted != kept.address
        or wanted != {name: st.query_params.get_all(name) for name in st.query_params}
    ):
        st.query_params.from_dict(text)
    kept.address, kept.untold = wanted, False


def page() -> str:
    """The name of the page that is shown."""
    return _kept().page


def chosen(name: str) -> Any:
    """What the visitor has chosen under this name, whether this page can show it or not; None for nothing."""
    kept = _kept()
    return kept.choices.get(key_of(kept.page, name))


def asked(name: str) -> str | None:
    """What the address says under this name, also where it is nonsense: for the sentence that says so."""
    texts = (_kept().address or {}).get(name)
    return texts[-1] if texts else None


def shared() -> dict[str, str]:
    """What is chosen that every page knows, as an address carries it."""
    kept = _kept()
    return names.spelled(kept.page, {name: kept.choices[name] for name in SHARED if name in kept.choices})


def address() -> dict[str, str]:
    """What the address of this page says, the last of each name."""
    return {name: texts[-1] for name, texts in (_kept().address or {}).items() if texts}


def put(values: Mapping[str, object]) -> None:
    """Choose, in the session and in the address. None takes a choice back; what is of another kind is left out."""
    kept = _kept()
    _adopt(kept, values)
    _write(kept)


def adopt(values: Mapping[str, object]) -> None:
    """Choose in the session alone: for what a link from before says in other words."""
    _adopt(_kept(), values)


def _adopt(kept: _Kept, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        key, own = key_of(kept.page, name), kind_of(kept.page, name).checked(value)
        if value is None:
            kept.choices.pop(key, None)
        elif own is not None:
            kept.choices[key] = own
            if name == "token":  # a row that is no token of the text gives way to the followed word
                for other in [key for key in kept.choices if key.endswith(".row")]:
                    del kept.choices[other]


def resume(fields: object) -> None:
    """A browser's line to the server was lost, or its page loaded again. In a session that has just begun, take over
    the texts that are too long for the address. fields: pairs of the CSS class of a field's key, and what stands in it.
    """
    kept = _kept()
    if not isinstance(fields, list):
        return
    kept.drawn = False
    said = dict(one for one in fields if isinstance(one, list) and len(one) == 2 and isinstance(one[0], str))
    for name, kind in (FRAME | OWN[kept.page]).items():
        value = kind.checked(said.get(_css_class(kept.page, name)))
        long = isinstance(kind, Words) and value is not None and kind.spelled(value) is None
        if long and key_of(kept.page, name) not in kept.choices:
            adopt({name: value})


def _css_class(page: str, name: str) -> str:
    """Of the element that Streamlit draws for the widget of a name."""
    return "st-key-" + re.sub(r"[^\w-]", "-", _widget_key(page, name), flags=re.ASCII)


def _widget_key(page: str, name: str) -> str:
    """On every page a widget of its own: Streamlit hands None to one that has the key of another page's."""
    return name if name in FRAME else f"{page}.{name}"


def forget(page: str) -> None:
    """Take back what was followed and what was chosen on one page, so that a link to it shows just what it says."""
    kept = _kept()
    for name in FOLLOWED | OWN[page]:
        kept.choices.pop(key_of(page, name), None)


def follow(key: str, field: str, name: str) -> None:
    """Callback: take over what a component with this key has chosen."""
    value = sent(key, field)
    put({} if value is None else {name: value})


def sent(key: str, field: str) -> Any:
    """What a component with this key has sent in this field; None for nothing."""
    found = st.session_state.get(key)
    return found.get(field) if isinstance(found, Mapping) else None


def number(name: str, default: int, low: int, high: int) -> int:
    """A chosen whole number, held between the bounds."""
    value = chosen(name)
    return min(max(default if value is None else value, low), high)


def current(name: str, options: Sequence[O], default: O) -> O:
    """The option that is shown: the chosen one; of numbers the nearest end where it lies beyond them; else the default.

    What is left of a choice that means the default is dropped, so that it is not in the way of another default.
    """
    kept, value = _kept(), chosen(name)
    if value is not None and value == default and name not in KEPT:
        del kept.choices[key_of(kept.page, name)]
    if value is None or value in options:
        return default if value is None else cast(O, value)
    if type(value) in (int, float) and options:
        low, high = min(cast(Any, options)), max(cast(Any, options))
        return cast(O, low if value < low else high if value > high else default)
    return default


def choice(
    widget: Callable[..., Any],
    label: str,
    options: Sequence[O],
    name: str,
    default: O,
    then: Callable[[], None] | None = None,
    **settings: Any,
) -> O:
    """A choice of one of the options.

    widget: st.segmented_control, st.selectbox, st.radio, st.pills or st.select_slider. then: what else a change does.
    """
    shown = current(name, options, default)
    widget(label, options, **_bound(name, shown, default, options, then), **_readable(widget, settings))
    return shown


def _readable(widget: Callable[..., Any], settings: dict[str, Any]) -> dict[str, Any]:
    """The settings, with the words of the options as plain text where the widget reads Markdown."""
    if widget not in (st.segmented_control, st.pills, st.radio):
        return settings
    words = settings.get("format_func", str)
    return settings | {"format_func": lambda option: plain(str(words(option)))}


def toggle(label: str, name: str, default: bool = False) -> bool:
    """A switch, in the address as "true" or "false"."""
    return choice(lambda label, _, **bound: st.toggle(label, **bound), label, (False, True), name, default)


def slider(label: str, values: Sequence[N], name: str, default: N, **settings: Any) -> N:
    """A slider over equally spaced values; a single one needs none."""

    if len(values) == 1:
        return values[0]

    def widget(label: str, values: Sequence[N], **settings: Any) -> None:
        st.slider(label, values[0], values[-1], step=values[1] - values[0], **settings)

    return choice(widget, label, values, name, default, **settings)


def words(widget: Callable[..., Any], label: str, name: str, default: str, **settings: Any) -> str:
    """Text of the visitor. widget: st.text_area or st.text_input."""
    value = chosen(name)
    if value == default:
        adopt({name: None})
    shown = default if value is None else cast(str, value)
    widget(label, **_bound(name, shown, default), **settings)
    return shown


def several(
    widget: Callable[..., Any], label: str, options: Sequence[int], name: str, default: Sequence[int], **settings: Any
) -> tuple[int, ...]:
    """Any number of whole numbers. widget: st.multiselect, or st.segmented_control with `selection_mode="multi"`."""
    value = chosen(name)
    shown = tuple(default) if value is None else tuple(one for one in value if one in options)
    widget(label, options, **_bound(name, list(shown), list(default), options), **_readable(widget, settings))
    return shown


def heads(label: str, name: str, n_layers: int, n_heads: int, **settings: Any) -> tuple[tuple[int, int], ...]:
    """Any number of heads of a model, each written as `layer.head`; those of another model stay chosen unseen."""
    options = [(layer, head) for layer in range(n_layers) for head in range(n_heads)]
    shown = [pair for pair in chosen(name) or () if pair in options]
    st.multiselect(label, options, format_func="{0[0]}.{0[1]}".format, **_bound(name, shown, None), **settings)
    return tuple(shown)


def size(label: str, name: str, low: int, high: int | None, default: int | None, **settings: Any) -> int | None:
    """A whole number in a field that may be empty where there is no default.

    high: None where the limits depend on more than this field: what lies beyond them is then for the page to refuse.
    """
    shown: int | None = chosen(name)
    if shown is None:
        shown = default
    elif high is not None:
        shown = min(max(shown, low), high)
    empty: dict[str, Any] = {"value": None} if default is None else {}
    st.number_input(label, low, high, **empty, **_bound(name, shown, default), **settings)
    return shown


def _bound(
    name: str,
    shown: object,
    default: object,
    options: Sequence[Any] | None = None,
    then: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Key and callback of a widget, which shows this value from now on."""
    kept = _kept()
    key = _widget_key(kept.page, name)
    # A list keeps the words of the option that it shows, in the language of before, until it is told again.
    language = kept.choices.get("lang")
    told = kept.drawn and key in st.session_state and st.session_state[key] == shown
    # What was said while the line was lost, or in a run that was interrupted, a browser may never have heard, and have
    # forgotten its widgets: so it is said again, until a run has come to its end.
    if not told or kept.worded.get(key, language) != language:
        st.session_state[key] = shown
    kept.worded[key] = language
    return {"key": key, "on_change": _took, "args": (key, name, default, options, then)}


def _took(key: str, name: str, default: object, options: Sequence[Any] | None, then: Callable[[], None] | None) -> None:
    """Callback: the visitor has changed a widget."""
    value = st.session_state.get(key)
    inside = options is None or isinstance(value, list) or value in options
    if (value == default and name not in FOLLOWED) or (value is None and default is None):
        put({name: None})
    elif value is not None and inside:
        put({name: value})
    if then is not None:
        then()


def links(page: str, choices: Mapping[str, object]) -> dict[str, str]:
    """What a link to a page carries: its names are declared and its values are of their kinds.

    Raises:
        KeyError, ValueError: for one that is not.
    """
    return names.spelled(page, dict(choices))
