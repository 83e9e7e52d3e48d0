"""Controls that several pages share; each is bound to the URL."""

from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.measures import MEASURES
from explorer.analysis.start.journey import telling_head
from explorer.capture.scene import Scene
from explorer.errors import NotInThisModel
from explorer.i18n import Translator
from explorer.ui.shell import followed, state
from explorer.ui.shell.page import Visit, notice


def strip() -> DeltaGenerator:
    """The line of controls above a picture: `with strip(): …`."""
    return st.container(horizontal=True, vertical_alignment="bottom", gap="small")


def more(t: Translator) -> DeltaGenerator:
    """What few visitors change, behind a button of the strip: `with more(t): …`."""
    return st.popover(t("controls.more"), icon=":material/tune:", key="more")


def layer(visit: Visit, key: str = "layer", default: int = 0) -> int:
    """A layer of the model, counted from 0."""
    return number(visit.t("controls.layer"), visit.handle.dims.n_layers, key, default)


def head(visit: Visit, key: str = "head", default: int = 0) -> int:
    """A head of a layer, counted from 0."""
    return number(visit.t("controls.head"), visit.handle.dims.n_heads, key, default)


def telling(scene: Scene) -> tuple[int, int]:
    """Layer and head that are shown until a visitor chooses: those that say most of the followed word."""
    last = scene.encoded.n_tokens - 1
    return telling_head(scene, state.number("token", followed.usual(scene.encoded), 0, last))


def measure(visit: Visit) -> str:
    """One of the measures of saturation."""
    words = {name: visit.t(f"saturation.measure.{name}") for name in MEASURES}
    label = visit.t("saturation.measure")
    return state.choice(
        st.selectbox, label, tuple(MEASURES), "measure", "peaked", format_func=words.__getitem__, width=230
    )


def number(label: str, count: int, key: str, default: int) -> int:
    """A number counted from 0: buttons where there are few choices, a slider where there are many."""
    default = min(default, count - 1)
    if count == 1:
        return 0
    few = count <= 12
    widget: Any = st.segmented_control if few else st.select_slider
    settings: dict[str, Any] = {"required": True} if few else {}
    return state.choice(widget, label, range(count), key, default, **settings)


def choice(t: Translator, page: str, key: str, options: tuple[str, ...], bare: bool = False, default: str = "") -> str:
    """One of a few named options, by default the first; labels are `<page>.<key>` and `<page>.<key>.<option>`.

    bare: without the label above, for a second line of controls.
    """
    return state.choice(
        st.segmented_control,
        t(f"{page}.{key}"),
        options,
        key,
        default or options[0],
        format_func=lambda option: t(f"{page}.{key}.{option}"),
        required=True,
        label_visibility="collapsed" if bare else "visible",
    )


def listed(t: Translator, page: str, key: str, options: tuple[str, ...], default: str = "", width: int = 220) -> str:
    """As `choice`, as a list of one line, where the choices are many: each option says what it is an option of."""
    label = t(f"{page}.{key}")
    return state.choice(
        st.selectbox,
        label,
        options,
        key,
        default or options[0],
        format_func=lambda option: t("controls.named", name=label, value=t(f"{page}.{key}.{option}")),
        label_visibility="collapsed",
        width=width,
    )


def place(t: Translator, scene: Scene, default: tuple[int, int], end: str = "", letter: str = "") -> tuple[int, int]:
    """Layer and head, behind one button of the strip that says which.

    end, letter: of their names in the address, and of their labels, where there are two such buttons.
    """
    dims = scene.handle.dims
    layer = state.number(f"layer{end}", default[0], 0, dims.n_layers - 1)
    head = state.number(f"head{end}", default[1], 0, dims.n_heads - 1)
    with st.popover(t("controls.place", layer=layer, head=head) + letter, key=f"place{end}"):
        number(t("controls.layer") + letter, dims.n_layers, f"layer{end}", default[0])
        number(t("controls.head") + letter, dims.n_heads, f"head{end}", default[1])
    return layer, head


def left_out(visit: Visit, reasons: Mapping[str, str | None]) -> None:
    """What is not offered for this model and why, one sentence for each reason, behind one line.

    reasons: what a choice is called → None where it is offered, else the reason (see `capture.offered`).
    """
    t, by_reason = visit.t, dict[str, list[str]]()
    for name, reason in reasons.items():
        if reason is not None:
            by_reason.setdefault(reason, []).append(t("controls.quoted", name=name))
    if not by_reason:
        return
    with st.expander(t("controls.not_offered", n=sum(map(len, by_reason.values())))):
        for reason, names in by_reason.items():
            why = t.error(NotInThisModel(model=visit.handle.config.model_type, reason=reason))
            notice(t("controls.left_out", names=t("controls.and").join(names), why=why))
