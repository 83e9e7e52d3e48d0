"""The menu of models: everything that can be opened now, and what is said of a link to something that cannot."""

from dataclasses import replace

import streamlit as st

from explorer.errors import ExplorerError, ModelGone
from explorer.i18n import Translator
from explorer.models.encode import CHINESE, encode
from explorer.models.families import TITLES
from explorer.models.load import model_type
from explorer.models.menu import menu
from explorer.models.registry import FIRST_IN, OFFERS, TRAINED, language
from explorer.models.sites import stacks
from explorer.models.spec import ModelSpec
from explorer.training.setting import TrainingSetting
from explorer.ui.shell import cached, examples, state

FIRST = next(iter(OFFERS.values()))


def model(t: Translator) -> ModelSpec:
    """The chosen model; until one is chosen, one that reads the language of the interface and the visitor's text."""
    models = menu()
    text = state.chosen("text")
    first = FIRST_IN.get(t.language) if text is None or CHINESE.search(text) else None
    name = state.choice(
        st.selectbox,
        t("frame.model"),
        list(models),
        "model",
        first or next(iter(models)),
        format_func=lambda offer: label(t, offer),
        help=t("frame.model_help"),
    )
    return models[name]


def speaks(t: Translator, spec: ModelSpec) -> str | None:
    """The language of the texts for a model: its small one, or that of the interface where it reads it; None: English.

    It reads a language whose first text it cuts into no more pieces than characters, all of them known.
    """
    small = language(spec)
    if small is not None or t.language == "en":
        return small
    text = examples.default_text(t.language)
    try:
        read = encode(cached.model(spec), text)
    except ExplorerError:
        return None  # the page says it
    return t.language if not read.n_unknown and read.n_tokens - sum(read.special) <= len(text) else None


def stack(t: Translator, spec: ModelSpec) -> ModelSpec:
    """The request with the chosen stack, encoder, decoder or cross attention, for a model that has several."""
    try:
        names = stacks(model_type(spec))
    except ExplorerError:
        return spec  # the page says it
    if len(names) == 1:
        return spec
    chosen = state.choice(
        st.segmented_control,
        t("frame.stack"),
        names,
        "stack",
        names[0],
        format_func=lambda option: t(f"frame.stack.{option}"),
        required=True,
    )
    return replace(spec, stack=chosen)


def label(t: Translator, name: str) -> str:
    """A model's name in the menu: ours in words, one trained here by its settings, others by their own name."""
    if name.startswith(TRAINED):
        return t("model.trained", about=_settings(name))
    if name in TITLES:
        return t("frame.family_model", name=TITLES[name])
    kind, _, rest = name.partition(":")
    if kind == "hub":
        source, _, revision = rest.partition("@")
        return t("frame.hub_model", name=source, revision=revision[:7])
    return t("frame.folder_model", name=rest) if kind == "folder" else t(f"model.{name}")


def name_of(t: Translator, spec: ModelSpec) -> str:
    """What the menu calls this request, whichever stack is shown; its source where it is not in the menu."""
    same = (name for name, other in menu().items() if other == replace(spec, stack=""))
    return next((label(t, name) for name in same), spec.source)


def opened(t: Translator, spec: ModelSpec) -> tuple[ModelSpec, list[str]]:
    """The request if it can be loaded; else the last one that could, and the reason."""
    notices = _absent(t)
    for candidate in (spec, st.session_state.get("good-model", FIRST), FIRST):
        try:
            cached.model(candidate)
            st.session_state["good-model"] = candidate
            return candidate, notices
        except ExplorerError as error:
            notices.append(f"{t('frame.not_opened', name=candidate.source)} {t.error(error)}")
    return FIRST, notices


def _settings(name: str) -> str:
    """The settings in the name of a model that was trained here, in signs that need no translation."""
    one = TrainingSetting.of_key(name.removeprefix(TRAINED))
    scale, ffn = ("√d" if one.scale == "sqrt_d" else "1"), ("" if one.ffn else ", −FFN")
    about = f"{scale}, d {one.d_head}, σ {one.init_std:g}, η {one.learning_rate:g}{ffn}"
    about += f", {one.rate:.0%}" * (one.rate != TrainingSetting.rate) + ", E ≠ U" * (not one.tied)
    return f"{about}, L {one.layers}, {one.steps:,}, #{one.seed}"


def absent() -> str:
    """A link may name a model that is not here (yet, or any more): its name, or an empty text."""
    linked = str(state.chosen("model") or "")
    return "" if linked in menu() else linked[:120]


def _absent(t: Translator) -> list[str]:
    name = absent()
    if not name:
        return []
    return [t.error(ModelGone(name=name)) if name.startswith(TRAINED) else t("frame.absent_model", name=name)]
