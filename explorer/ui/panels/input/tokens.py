"""The search of WordPiece, the vocabulary and two tokenizers side by side, drawn as lines of pieces."""

import html
from collections.abc import Iterable

import streamlit as st

from explorer.analysis.input.tokens import Trace, searches, traces, two_tokenizers, word_at
from explorer.i18n import Translator
from explorer.models.other_tokenizers import SECOND
from explorer.ui.parts.show import show
from explorer.ui.shell import cached, examples, navigation, state, words
from explorer.ui.shell.page import Visit, fragment

TRY = {"long": "electroencephalography", "emoji": "hello😀", "accents": "Ångström", "chinese": "北京大学"}

# Entries of uncased English BERT's vocabulary, which MiniLM has too: its tokenizer is described in full.
ENGLISH = 30_522

# What is drawn of a search; the table has all of it.
MAX_ROUNDS, MAX_TRIED, MAX_PIECES = 30, 14, 600


@fragment
def search(visit: Visit, index: int) -> None:
    """The search for the chosen word, or for one that the visitor types."""
    t, encoded = visit.t, visit.scene.encoded
    st.html(f"<h2>{html.escape(t('tokens.search'))}</h2>")
    typed = state.words(
        st.text_input, t("tokens.word"), "word", _cut(visit), placeholder=t("tokens.word_placeholder"), max_chars=200
    )
    navigation.links(t, {f"tokens.try.{name}": ("tokens", {"word": word}) for name, word in TRY.items()})
    found = traces(visit.handle.tokenizer, typed if typed.strip() else word_at(encoded, index))
    if not found:
        st.html(f'<p class="bx-reading">{words.explained(t, t("tokens.nothing"))}</p>')
        return
    if len(found) > 1:
        label = {at: trace.word for at, trace in enumerate(found[:40])}
        at = state.choice(st.selectbox, t("tokens.which"), list(label), "part", 0, format_func=label.__getitem__)
    else:
        at = 0
    show(t, lambda: _rounds(t, found[at]), found[at], "search")


def _cut(visit: Visit) -> str:
    """The word that is searched for at first: one that is cut, until the visitor chooses a card."""
    return "" if state.chosen("token") is not None else examples.page_text("cut", visit.speaks)


def _rounds(t: Translator, trace: Trace) -> None:
    lines = []
    for at, step in enumerate(trace.rounds[:MAX_ROUNDS], 1):
        tried = list(step.tried)
        cut = len(tried) - MAX_TRIED
        if cut > 0:
            tried = [*tried[: MAX_TRIED // 2], f"… {cut} …", *tried[-MAX_TRIED // 2 :]]
        chips = [_chip(text, "hit" if text == step.found else "miss") for text in tried]
        lines.append(f"<li><span>{at}</span>{''.join(chips)}</li>")
    label = html.escape(t("tokens.search_label"))
    st.html(f'{STYLE}<ol class="bx-search" aria-label="{label}">{"".join(lines)}</ol>')


@fragment
def vocabulary(visit: Visit) -> None:
    """A search among the entries of the vocabulary."""
    t = visit.t
    st.html(f"<h2>{html.escape(t('tokens.vocabulary'))}</h2>")
    query = state.words(
        st.text_input, t("tokens.query"), "find", examples.page_text("find", visit.speaks), max_chars=60
    )
    if query.strip():
        info = cached.found(visit.spec, query)
        show(t, lambda: _line([f"{entry} {number}" for entry, number in info.entries]), info, "vocabulary")


@fragment
def side_by_side(visit: Visit) -> None:
    """The visitor's text cut by the model's tokenizer and by another."""
    t = visit.t
    st.html(f"<h2>{html.escape(t('tokens.two'))}</h2>")
    offered = [name for name in SECOND if name != "cased" or searches(visit.handle.tokenizer)]  # a changed WordPiece
    name = state.choice(
        st.segmented_control,
        t("tokens.other"),
        offered,
        "other",
        "chinese" if t.language == "zh" else offered[0],
        format_func=lambda option: t(f"tokens.other.{option}"),
        required=True,
    )
    info = two_tokenizers(visit.handle, cached.second_tokenizer(visit.spec, name), name, visit.text, visit.pair)

    def draw() -> None:
        entries = visit.handle.tokenizer.get_vocab_size()
        own = t("tokens.own") if entries == ENGLISH else t("tokens.own.other", entries=entries)
        st.html(f'<p class="bx-check">{html.escape(own)}</p>')
        _line(info.own)
        st.html(f'<p class="bx-check">{html.escape(t(f"tokens.what.{name}"))}</p>')
        _line(info.other)

    show(t, draw, info, "two")


def _line(pieces: Iterable[str]) -> None:
    chips = "".join(_chip(piece, "unk" if piece == "[UNK]" else "plain") for piece in list(pieces)[:MAX_PIECES])
    st.html(f'{STYLE}<div class="bx-chips">{chips}</div>')


def _chip(text: str, kind: str) -> str:
    return f'<bdi class="bx-chip {kind}">{html.escape(text)}</bdi>'


# Colours by mixing with the page's own text colour, so that they hold in light and dark.
STYLE = """<style>
.bx-search { list-style: none; margin: 0; padding: 0; max-height: 420px; overflow-y: auto; }
.bx-search li { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; margin: 0 0 8px; }
.bx-search li > span { width: 28px; font-size: 16px; opacity: 0.7; }
.bx-chips { display: flex; flex-wrap: wrap; gap: 4px; max-height: 240px; overflow-y: auto; }
.bx-chip { font: 16px/1.6 monospace; padding: 0 8px; border-radius: 6px; white-space: pre-wrap; overflow-wrap: anywhere;
  background: color-mix(in srgb, currentColor 7%, transparent); }
.bx-chip.miss { opacity: 0.62; text-decoration: line-through; background: none; padding: 0 4px; }
.bx-chip.hit { font-weight: 700; background: color-mix(in srgb, var(--bx-value) 26%, transparent); }
.bx-chip.unk { background: color-mix(in srgb, var(--bx-key) 24%, transparent); }
</style>"""
