"""Controls that choose a configuration: a published one, the loaded one or a pasted one, with sizes changed at will."""

import json
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import get_args

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.analysis.structure.cost import PLAIN
from explorer.analysis.structure.parameters import SIZES
from explorer.errors import ExplorerError
from explorer.i18n import Translator
from explorer.models.configs import LIMITS, as_text, canonical, from_fields, parse_config, size
from explorer.models.presets import PRESETS, Preset
from explorer.models.skeleton import as_config, heads
from explorer.models.spec import Head
from explorer.ui.parts import controls
from explorer.ui.shell import model_choice, state
from explorer.ui.shell.page import Visit, notice

LOADED, OWN, NONE, THIN = "loaded", "own", "none", "thin"
# The names in the address of what stands beside the first model begin with these.
BESIDE = ("b-", "c-", "d-")


@dataclass(frozen=True)
class Choice:
    """A configuration as text (the key of the caches), its title, and the preset if nothing was changed.

    without_ffn: how many of the last layers lose their feed-forward block.
    """

    text: str
    title: str
    preset: Preset | None
    changed: bool = False
    loaded: bool = False
    without_ffn: int = 0


def configuration(
    visit: Visit, counted: Collection[str] = (), more: DeltaGenerator | None = None
) -> tuple[Choice, DeltaGenerator]:
    """The chosen configuration; a mistake in the visitor's own one is said and their last good one stays.

    counted: the architectures with which the page can begin, where it is not all of them: a loaded model of another
        kind gives way to BERT base.
    more: the button of the strip that its name stands behind; without one it stands in the strip. Also returned: room
        behind the button, above the sizes, for what else few visitors change.
    """
    given_way = counted and visit.handle.config.model_type not in counted
    first = "bert-base" if given_way else LOADED
    with more or nullcontext():
        name = _named_one(visit, "", visit.t("sizes.model"), (LOADED, *PRESETS, OWN), first, bare=more is None)
    more = more or controls.more(visit.t)
    above = more.container()
    return _chosen(visit, name, "", more), above


def beside(visit: Visit, first: Choice, more: DeltaGenerator) -> list[Choice]:
    """Up to three more to stand beside the first: each another model, or the first without feed-forward blocks.

    more: the button that this stands behind until there is one.
    """
    alone = not any(state.chosen(f"{prefix}preset") for prefix in BESIDE)
    t, found = visit.t, list[Choice]()
    config = as_config(json.loads(first.text))
    thin = (THIN,) if config.model_type in PLAIN else ()
    for place, prefix in enumerate(BESIDE):
        with more if alone else nullcontext():
            options = (NONE, *thin, LOADED, *PRESETS, OWN)
            name = _named_one(visit, prefix, t("sizes.beside"), options, NONE, bare=not alone)
        if name == THIN:
            layers = size(config, SIZES["layers"]) or 0
            removed = state.slider(t("contrast.removed"), range(layers + 1), "removed", layers, width=220)
            title = t("contrast.without", title=first.title, n=removed)
            found.append(replace(first, title=title, preset=None, without_ffn=removed))
        elif name != NONE:
            own = st.popover(t("sizes.edit"), icon=":material/tune:", key=f"{prefix}sizes")
            found.append(_chosen(visit, name, prefix, own))
        elif not any(state.chosen(f"{later}preset") for later in BESIDE[place + 1 :]):
            break
    return found


def head(visit: Visit, choice: Choice, others: Sequence[Choice] = ()) -> tuple[Head, int]:
    """The head on top, among those that all of these architectures have, and the number of labels of a classifier."""
    t, offered = visit.t, [heads(as_config(json.loads(one.text))) for one in (choice, *others)]
    options = [name for name in get_args(Head) if all(name in of for of in offered)]
    own: Head = visit.spec.head if choice.loaded and visit.spec.head in options else "none"
    chosen: Head = state.choice(
        st.selectbox, t("sizes.head"), options, "top", own, format_func=lambda name: t(f"sizes.head.{name}"), width=200
    )
    if chosen != "classification":
        return chosen, 14
    return chosen, state.size(t("sizes.labels"), "labels", 1, LIMITS["num_labels"], 14, width=130) or 14


def _named_one(visit: Visit, prefix: str, label: str, names: Sequence[str], default: str, bare: bool) -> str:
    """The name that is chosen in a list of models; a model starts with its own sizes. bare: without the label above."""
    t = visit.t
    words = {LOADED: _named(visit), OWN: t("sizes.own"), NONE: "–", THIN: t("contrast.thin")}
    words |= {name: preset.title for name, preset in PRESETS.items()}
    return state.choice(
        st.selectbox, label, names, f"{prefix}preset", default, width=260,
        label_visibility="collapsed" if bare else "visible",
        format_func=lambda name: t("controls.named", name=label, value=words[name]) if bare else words[name],
        then=lambda: state.put({f"{prefix}{short}": None for short in SIZES}),
    )  # fmt: skip


def _chosen(visit: Visit, name: str, prefix: str, more: DeltaGenerator) -> Choice:
    """The named one with the visitor's sizes; where they make no model, their last good one."""
    base = _base(visit, name, prefix, more)
    try:
        with more:
            chosen = _edited(visit.t, prefix, base)
        st.session_state[f"{prefix}good-choice"] = chosen
        return chosen
    except ExplorerError as error:
        notice(visit.t.error(error) + " " + visit.t("sizes.kept"), alert=True)
        kept: Choice = st.session_state.get(f"{prefix}good-choice", base)
        return kept


def _base(visit: Visit, name: str, prefix: str, more: DeltaGenerator) -> Choice:
    if name == LOADED:
        return Choice(as_text(visit.handle.config), _named(visit), None, loaded=True)
    if name == OWN:
        return _own(visit.t, prefix, more)
    preset = PRESETS[name]
    return Choice(as_text(as_config(preset.fields)), preset.title, preset)


def _own(t: Translator, prefix: str, more: DeltaGenerator) -> Choice:
    """The pasted or uploaded configuration, or the last one that could be read."""
    with more:
        hint = '{"model_type": "bert", …}'
        pasted = state.words(st.text_area, t("sizes.paste"), f"{prefix}config", "", height=260, placeholder=hint)
        file = st.file_uploader(t("sizes.upload"), "json", key=f"{prefix}config-file", max_upload_size=1)
    text = file.getvalue().decode("utf-8", "replace") if file is not None else pasted
    fallback = st.session_state.get(f"{prefix}good-config", as_text(as_config(PRESETS["bert-base"].fields)))
    if text and text.strip():
        try:
            fallback = as_text(parse_config(text))
            st.session_state[f"{prefix}good-config"] = fallback
        except ExplorerError as error:
            notice(t.error(error) + " " + t("sizes.kept"), alert=True)
    elif f"{prefix}good-config" not in st.session_state:
        notice(t("sizes.waiting"))
    return Choice(fallback, t("sizes.own"), None)


def _edited(t: Translator, prefix: str, base: Choice) -> Choice:
    """The configuration with the visitor's sizes in place of its own; an empty field keeps the published size."""
    config = as_config(json.loads(base.text))
    changes = {}
    st.caption(t("sizes.edit_help"))
    for short, field in SIZES.items():
        own = size(config, field)
        if own is None or not hasattr(config, canonical(config, field)):
            continue
        value = state.size(t(f"sizes.{short}"), f"{prefix}{short}", 1, None, None, placeholder=f"{own:,}")
        if value is not None and value != own:
            changes[canonical(config, field)] = int(value)
    if not changes:
        return base
    fields = {**json.loads(base.text), **changes}
    return Choice(as_text(from_fields(config.model_type, fields)), base.title, None, True)


def _named(visit: Visit) -> str:
    """The name of the model that is chosen for the whole app."""
    return model_choice.name_of(visit.t, visit.spec)
