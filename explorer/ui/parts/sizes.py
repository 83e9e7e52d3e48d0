"""Controls that choose a configuration: a published one, the loaded one or a pasted one, with sizes changed at will."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import get_args

import streamlit as st

from explorer.analysis.structure.parameters import SIZES
from explorer.errors import ExplorerError
from explorer.i18n import Translator
from explorer.models.configs import LIMITS, as_text, canonical, from_fields, parse_config, size
from explorer.models.presets import PRESETS, Preset
from explorer.models.skeleton import as_config, heads
from explorer.models.spec import Head
from explorer.ui.shell import model_choice, state
from explorer.ui.shell.page import Visit, notice

LOADED, OWN = "loaded", "own"


@dataclass(frozen=True)
class Choice:
    """A configuration as text (the key of the caches), its title, and the preset if nothing was changed."""

    text: str
    title: str
    preset: Preset | None
    changed: bool = False
    loaded: bool = False


def configuration(
    visit: Visit,
    prefix: str = "",
    default: str = LOADED,
    edit: bool = True,
    kinds: Collection[str] = (),
    counted: Collection[str] = (),
) -> Choice:
    """The chosen configuration; a mistake in the visitor's own one is said and their last good one stays.

    prefix: of the names in the URL, where a page has two of these. kinds: the architectures to choose from, without
        the visitor's own file; all by default. counted: those with which the page can begin, where it is not all of
        them: a loaded model of another kind gives way to BERT base.
    """
    t, fit = visit.t, counted or kinds
    if default == LOADED and fit and visit.handle.config.model_type not in fit:
        default = "bert-base"
    offered = [name for name, preset in PRESETS.items() if not kinds or preset.fields["model_type"] in kinds]
    names = [LOADED, *offered, *([] if kinds else [OWN])]
    name = state.choice(
        st.selectbox,
        t(f"sizes.model{prefix}"),
        names,
        f"{prefix}preset",
        default,
        format_func=lambda n: PRESETS[n].title if n in PRESETS else _named(visit) if n == LOADED else t(f"sizes.{n}"),
        then=lambda: state.put({f"{prefix}{short}": None for short in SIZES}),  # a model starts with its own sizes
        width=240,
    )
    base = _base(visit, name, prefix)
    if not edit:
        return base
    try:
        chosen = _edited(t, prefix, base)
        st.session_state[f"{prefix}good-choice"] = chosen
        return chosen
    except ExplorerError as error:
        notice(t.error(error) + " " + t("sizes.kept"), alert=True)
        kept: Choice = st.session_state.get(f"{prefix}good-choice", base)
        return kept


def head(visit: Visit, choice: Choice, prefix: str = "") -> tuple[Head, int]:
    """The head on top, among those that the architecture has, and the number of labels of a classifier."""
    t, offered = visit.t, heads(as_config(json.loads(choice.text)))
    options = [name for name in get_args(Head) if name in offered]
    own: Head = visit.spec.head if choice.loaded and visit.spec.head in options else "none"
    chosen: Head = state.choice(
        st.selectbox,
        t("sizes.head"),
        options,
        f"{prefix}top",
        own,
        format_func=lambda name: t(f"sizes.head.{name}"),
        width=200,
    )
    if chosen != "classification":
        return chosen, 14
    return chosen, state.size(t("sizes.labels"), f"{prefix}labels", 1, LIMITS["num_labels"], 14, width=130) or 14


def _base(visit: Visit, name: str, prefix: str) -> Choice:
    if name == LOADED:
        return Choice(as_text(visit.handle.config), _named(visit), None, loaded=True)
    if name == OWN:
        return _own(visit.t, prefix)
    preset = PRESETS[name]
    return Choice(as_text(as_config(preset.fields)), preset.title, preset)


def _own(t: Translator, prefix: str) -> Choice:
    """The pasted or uploaded configuration, or the last one that could be read."""
    with st.popover(t("sizes.own"), icon=":material/data_object:"):
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
    with st.popover(t("sizes.edit"), icon=":material/tune:"):
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
