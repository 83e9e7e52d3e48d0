"""What stands on every page: language, model, text, second text and examples, in the sidebar and in the URL."""

import html
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.theme import PALETTES, css_variables
from explorer.home import ASSETS
from explorer.i18n import LANGUAGES, Translator, preferred
from explorer.ui.shell import examples, navigation, preload, presenting, state

if TYPE_CHECKING:
    from streamlit.delta_generator import DeltaGenerator

    from explorer.models.spec import ModelSpec


def translator() -> Translator:
    """The visitor's language: from the URL, else from the switch, else from the browser."""
    return Translator(state.current("lang", list(LANGUAGES), preferred(st.context.locale)))


def style() -> None:
    """The house's style sheet, with the colours as its variables."""
    sheet = (ASSETS / "style/app.css").read_text(encoding="utf-8")
    st.html(f"<style>{css_variables()}\n{sheet}{presenting.sheet()}</style>")


def name() -> None:
    """The product's name, above the sidebar or in the bar of the menu; a picture with the theme's colour inside."""
    drawn = (ASSETS / "style/name.svg").read_text(encoding="utf-8")
    st.logo(drawn.replace("currentColor", PALETTES["dark" if st.context.theme.type == "dark" else "light"].ink))


def sidebar(t: Translator) -> None:
    """The controls; afterwards `st.session_state["visit"]` holds what the page shows."""
    with st.sidebar:
        _language(t)
        st.button(t("course.present"), help=t("course.present_key"), key="present", on_click=presenting.toggle,
                  icon=":material/present_to_all:", width="stretch")  # fmt: skip
        with st.spinner(t("frame.loading")):
            preload.imports()
        from explorer.ui.shell import model_choice

        spec = model_choice.model(t)
        about_model = st.empty()
        navigation.link("any_model", t("frame.other_model"), icon="cloud_download")
        speaks = model_choice.speaks(t, spec)
        examples.examples(t, speaks)
        spec = model_choice.stack(t, spec)
        text = _text(t("frame.text"), "text", examples.default_text(speaks), 110)
        pair = _text(t("frame.pair"), "pair", "", 68, placeholder=t("frame.pair_placeholder"))
    with st.spinner(t("frame.loading")):
        st.session_state["visit"] = _visit(t, spec, text, pair, about_model)


def _language(t: Translator) -> None:
    with st.container(key="language"):
        state.choice(
            st.segmented_control,
            t("frame.language"),
            list(LANGUAGES),
            "lang",
            preferred(st.context.locale),
            format_func=LANGUAGES.__getitem__,
            required=True,
            label_visibility="collapsed",
        )


def _text(label: str, key: str, default: str, height: int, placeholder: str | None = None) -> str:
    return state.words(st.text_area, label, key, default, height=height, placeholder=placeholder)


def _visit(t: Translator, spec: "ModelSpec", text: str, pair: str, about_model: "DeltaGenerator") -> object:
    """The visit with a text that can be run: the visitor's, or their last one that could, with the reason."""
    from explorer.models.registry import language
    from explorer.ui.shell import cached, model_choice, text_notices
    from explorer.ui.shell.page import Visit

    spec, notices = model_choice.opened(t, spec)
    handle = cached.model(spec)
    if said := text_notices.of_model(t, handle):
        about_model.html(f'<small class="bx-said" role="note">{html.escape(" ".join(said))}</small>')
    second = pair if pair.strip() else None
    try:
        encoded = cached.read(spec, text, second)
        st.session_state["good"] = (text, second)
    except ExplorerError as error:
        notices.append(t.error(error) + " " + t("frame.kept"))
        text, second = st.session_state.get("good", (examples.default_text(model_choice.speaks(t, spec)), None))
        encoded = cached.read(spec, text, second)
    said = text_notices.of_text(t, encoded, handle.dims.n_ctx, language(spec)) + text_notices.of_second(
        t, handle, second
    )
    own = t.speaking_of(handle.special_names)
    return Visit(own, spec, text, second, tuple(notices), tuple(said), text_notices.suggested(encoded))
