"""What stands on every page: language, model, text, second text and examples, in the sidebar and in the URL."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import ExplorerError, ModelGone
from explorer.i18n import ASSETS, LANGUAGES, Translator, preferred
from explorer.ui import state, warm
from explorer.ui.components import register

if TYPE_CHECKING:
    from explorer.models.encode import Encoded
    from explorer.models.spec import ModelSpec

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
    from explorer.models.registry import language as speaks
    from explorer.models.registry import offers

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
        models = offers()
        gone = _gone(t, models)
        name = state.choice(
            st.selectbox,
            t("frame.model"),
            list(models),
            "model",
            next(iter(models)),
            format_func=lambda offer: _model_words(t, offer),
            help=t("frame.model_help"),
        )
        spec = models[name]
        language = speaks(spec)
        _examples(t, language)
        text = _text(t("frame.text"), "text", _first_text(language), 110)
        pair = _text(t("frame.pair"), "pair", "", 68, placeholder=t("frame.pair_placeholder"))
    with st.spinner(t("frame.loading")):
        st.session_state["visit"] = _visit(t, spec, text, pair, gone)


def _text(label: str, key: str, default: str, height: int, placeholder: str | None = None) -> str:
    settings = {"height": height, "placeholder": placeholder}
    return state.words(st.text_area, label, key, default, MAX_LINK_CHARACTERS, **settings)


def _visit(t: Translator, spec: "ModelSpec", text: str, pair: str, notices: list[str]) -> object:
    """The visit with a text that can be run: the visitor's, or their last one that could, with the reason."""
    warm.imports()
    from explorer.models.encode import encode
    from explorer.models.registry import language
    from explorer.ui import cached
    from explorer.ui.page import Visit

    handle = cached.model(spec)
    second = pair if pair.strip() else None
    try:
        encoded = encode(handle, text, second)
        st.session_state["good"] = (text, second)
    except ExplorerError as error:
        notices.append(t.error(error) + " " + t("frame.kept"))
        text, second = st.session_state.get("good", (_example("tired")["text"], None))
        encoded = encode(handle, text, second)
    notices.extend(_remarks(t, encoded, handle.dims.n_ctx, language(spec)))
    return Visit(t, spec, text, second, tuple(notices))


def _remarks(t: Translator, encoded: "Encoded", n_ctx: int, language: str | None) -> list[str]:
    """What the visitor should know of a text that can be run: what is cut, dropped or unknown to this model."""
    texts, remarks = [encoded.text, encoded.pair or ""], []
    if max(map(len, texts)) > MAX_LINK_CHARACTERS:
        remarks.append(t("frame.link", allowed=MAX_LINK_CHARACTERS))
    if encoded.truncated:
        remarks.append(t("frame.cut", found=encoded.n_found, allowed=n_ctx))
    if encoded.n_control:
        remarks.append(t("frame.control", n=encoded.n_control))
    if language is not None:
        foreign = _foreign_words(encoded)
        return [*remarks, t(f"frame.foreign.{language}", n=foreign)] if foreign else remarks
    if encoded.n_unknown:
        remarks.append(t("frame.unknown", n=encoded.n_unknown, found=encoded.n_found))
        if any(re.search(r"[\u4e00-\u9fff]", text) for text in texts):
            remarks.append(t("frame.unknown_chinese"))
    return remarks


def _model_words(t: Translator, offer: str) -> str:
    """What a model is called in the menu; one that was trained here by its settings."""
    from explorer.models.registry import TRAINED

    return t("model.trained", about=_settings(offer)) if offer.startswith(TRAINED) else t(f"model.{offer}")


def _settings(offer: str) -> str:
    """The settings in the name of a model that was trained here, in signs that need no translation."""
    from explorer.training.setting import TrainingSetting

    one = TrainingSetting.of_key(offer.partition("-")[2])
    scale, ffn = ("√d" if one.scale == "sqrt_d" else "1"), ("" if one.ffn else ", −FFN")
    about = f"{scale}, d {one.d_head}, σ {one.init_std:g}, η {one.learning_rate:g}{ffn}"
    return f"{about}, L {one.layers}, {one.steps:,}, #{one.seed}"


def _gone(t: Translator, models: dict[str, "ModelSpec"]) -> list[str]:
    """A sentence if the link names a model that was trained here and is no longer kept."""
    from explorer.models.registry import TRAINED

    asked = st.query_params.get("model", "")
    missing = asked.startswith(TRAINED) and asked not in models
    return [t.error(ModelGone(name=asked[:80]))] if missing else []


def _foreign_words(encoded: "Encoded") -> int:
    """Words that a vocabulary of whole words does not have: more than one piece, one letter, or [UNK]."""
    words: dict[tuple[bool, int], list[str]] = {}
    for at, (word, token) in enumerate(zip(encoded.words, encoded.tokens, strict=True)):
        if word is not None and not encoded.special[at]:
            in_b = encoded.sentence_b is not None and at >= encoded.sentence_b
            words.setdefault((in_b, word), []).append(token)
    alone = (pieces[0] for pieces in words.values() if len(pieces) == 1)
    several = sum(len(pieces) > 1 for pieces in words.values())
    return several + sum(token == "[UNK]" or (len(token) == 1 and token.isalnum()) for token in alone)


def _first_text(language: str | None) -> str:
    """The text that a visitor starts with, in a language of the model; one left as it was follows a change of model."""
    default = next(e["text"] for e in _all_examples() if e.get("language") == language)
    before = st.session_state.get("first-text", default)
    if before != default and st.session_state.get("text", before) == before:
        st.session_state["text"] = default
        st.session_state["state-text"] = default
    st.session_state["first-text"] = default
    return default


def _examples(t: Translator, language: str | None) -> None:
    with st.popover(t("frame.examples"), icon=":material/format_quote:", width="stretch"):
        for example in _all_examples():
            if example.get("language") == language:
                label = t(f"example.{example['name']}")
                st.button(label, key=f"example-{example['name']}", on_click=_take, args=(example,), width="stretch")


def _take(example: dict[str, str]) -> None:
    st.session_state["text"] = example["text"]
    st.session_state["pair"] = example.get("pair", "")


def _example(name: str) -> dict[str, str]:
    return next(e for e in _all_examples() if e["name"] == name)


def _all_examples() -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(_read("examples/texts.json"))
    return found


def _read(path: str) -> str:
    return (Path(ASSETS) / path).read_text(encoding="utf-8")
