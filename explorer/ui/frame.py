"""What stands on every page: language, model, text, second text and examples, in the sidebar and in the URL."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import ExplorerError
from explorer.i18n import ASSETS, LANGUAGES, Translator, preferred
from explorer.ui import state, warm
from explorer.ui.components import register

if TYPE_CHECKING:
    from explorer.models.encode import Encoded
    from explorer.models.handle import ModelHandle

# A longer text would make links that mail programs and chats cut; it stays out of the URL, and the page says so.
MAX_LINK_CHARACTERS = 2_000

_document_language = register("document")


def translator() -> Translator:
    """The visitor's language: from the URL, else from the switch, else from the browser."""
    return Translator(state.current("lang", list(LANGUAGES), preferred(st.context.locale)))


def style() -> None:
    """The house's style sheet, and the document's language for screen readers and line breaking."""
    sheet = _read("style/app.css")
    st.html(f"<style>{sheet}</style>")


def sidebar(t: Translator) -> None:
    """The controls; afterwards `st.session_state["visit"]` holds what the page shows."""
    from explorer.models.registry import OFFERS  # imports torch: the frame is drawn before

    with st.sidebar:
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
        _document_language(data={"language": {"en": "en", "zh": "zh-CN"}[t.language]}, key="document-language")
        name = state.choice(
            st.selectbox,
            t("frame.model"),
            list(OFFERS),
            "model",
            next(iter(OFFERS)),
            format_func=lambda offer: t(f"model.{offer}"),
            help=t("frame.model_help"),
        )
        _examples(t)
        stack = _stack(t, name)
        text = _text(t("frame.text"), "text", _example("tired")["text"], 110)
        pair = _text(t("frame.pair"), "pair", "", 68, placeholder=t("frame.pair_placeholder"))
    with st.spinner(t("frame.loading")):
        st.session_state["visit"] = _visit(t, name, stack, text, pair)


def _stack(t: Translator, name: str) -> str:
    """Encoder, decoder or cross attention, for a model that has them; "" for the only stack of others."""
    from explorer.models.registry import OFFERS

    if OFFERS[name] == next(iter(OFFERS.values())):
        return ""  # the first offer is a BERT: the frame is drawn before anything heavy is imported
    warm.imports()
    from explorer.models.load import model_type
    from explorer.models.sites import stacks

    try:
        names = stacks(model_type(OFFERS[name]))
    except ExplorerError:
        return ""  # the page says it
    if len(names) == 1:
        return ""
    return state.choice(
        st.segmented_control,
        t("frame.stack"),
        names,
        "stack",
        names[0],
        format_func=lambda option: t(f"frame.stack.{option}"),
        required=True,
    )


def _text(label: str, key: str, default: str, height: int, placeholder: str | None = None) -> str:
    settings = {"height": height, "placeholder": placeholder}
    return state.words(st.text_area, label, key, default, MAX_LINK_CHARACTERS, **settings)


def _visit(t: Translator, name: str, stack: str, text: str, pair: str) -> object:
    """The visit with a text that can be run: the visitor's, or their last one that could, with the reason."""
    warm.imports()
    from explorer.models.encode import encode
    from explorer.models.registry import OFFERS
    from explorer.ui import cached
    from explorer.ui.page import Visit

    spec, notices = replace(OFFERS[name], stack=stack), []
    handle = cached.model(spec)
    second = pair if pair.strip() else None
    try:
        encoded = encode(handle, text, second)
        st.session_state["good"] = (text, second)
    except ExplorerError as error:
        notices.append(t.error(error) + " " + t("frame.kept"))
        text, second = st.session_state.get("good", (_example("tired")["text"], None))
        encoded = encode(handle, text, second)
    notices.extend(_remarks(t, encoded, handle.dims.n_ctx))
    notices.extend(_second(t, handle, second))
    return Visit(t, spec, text, second, tuple(notices))


def _remarks(t: Translator, encoded: "Encoded", n_ctx: int) -> list[str]:
    """What the visitor should know of a text that can be run: what is cut, dropped or unknown to this model."""
    texts, remarks = [encoded.text, encoded.pair or ""], []
    if max(map(len, texts)) > MAX_LINK_CHARACTERS:
        remarks.append(t("frame.link", allowed=MAX_LINK_CHARACTERS))
    if encoded.truncated:
        remarks.append(t("frame.cut", found=encoded.n_found, allowed=n_ctx))
    if encoded.n_control:
        remarks.append(t("frame.control", n=encoded.n_control))
    if encoded.n_unknown:
        remarks.append(t("frame.unknown", n=encoded.n_unknown, found=encoded.n_found))
        if any(re.search(r"[\u4e00-\u9fff]", text) for text in texts):
            remarks.append(t("frame.unknown_chinese"))
    return remarks


def _second(t: Translator, handle: "ModelHandle", second: str | None) -> list[str]:
    """What becomes of the second text in a model that does not join it to the first."""
    if handle.sites.pairs:
        return []
    if len(handle.stacks) == 1:
        return [] if second is None else [t("frame.no_pair")]
    if handle.stack == "encoder":
        return [] if second is None else [t("frame.pair_decoder")]
    return [t("frame.decoder_repeats" if second is None else "frame.decoder_reads")]


def _examples(t: Translator) -> None:
    with st.popover(t("frame.examples"), icon=":material/format_quote:", width="stretch"):
        for example in json.loads(_read("examples/texts.json")):
            label = t(f"example.{example['name']}")
            st.button(label, key=f"example-{example['name']}", on_click=_take, args=(example,), width="stretch")


def _take(example: dict[str, str]) -> None:
    st.session_state["text"] = example["text"]
    st.session_state["pair"] = example.get("pair", "")


def _example(name: str) -> dict[str, str]:
    return next(e for e in json.loads(_read("examples/texts.json")) if e["name"] == name)


def _read(path: str) -> str:
    return (Path(ASSETS) / path).read_text(encoding="utf-8")
