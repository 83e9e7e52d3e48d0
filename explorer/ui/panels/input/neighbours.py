"""The panels of the page on neighbours: the word table, the map of the layers, one word in two texts."""

import streamlit as st

from explorer.analysis.input.neighbours import entry, neighbours, paths, shared, two_contexts
from explorer.errors import ExplorerError
from explorer.figures.input.neighbours import context_lines, neighbour_bars, path_map
from explorer.ui.browser.pieces import pieces
from explorer.ui.parts import controls
from explorer.ui.parts.show import show
from explorer.ui.shell import cached, examples, state
from explorer.ui.shell.page import Visit, fragment, notice


@fragment
def panel(visit: Visit) -> None:
    """The line of controls, and the view that it chooses."""
    t = visit.t
    with controls.strip():
        view = state.choice(
            st.segmented_control, t("neighbours.view"), list(VIEWS), "panel", "nearest", required=True,
            format_func=lambda name: t(f"neighbours.view.{name}"), label_visibility="collapsed",
        )  # fmt: skip
        typed = _typed(visit) if view == "nearest" else ""
    VIEWS[view](visit, typed)


def _typed(visit: Visit) -> str:
    """A word of the visitor; empty: one of the text."""
    t, usual = visit.t, examples.page_text("near", visit.speaks)
    return state.words(
        st.text_input, t("neighbours.word"), "near", usual, placeholder=t("neighbours.placeholder"), max_chars=60,
        width=280, label_visibility="collapsed", icon=":material/search:",
    )  # fmt: skip


def nearest(visit: Visit, typed: str) -> None:
    """Neighbours of a typed word, or of the chosen piece of the text."""
    t, encoded = visit.t, visit.scene.encoded
    if typed.strip():
        try:
            token_id = entry(visit.handle, typed)
        except ExplorerError as error:
            notice(t.error(error), alert=True)
            return
    else:
        token_id = int(encoded.ids[0, pieces(encoded, t("neighbours.choose"))])
    info = neighbours(visit.handle, token_id)
    show(t, neighbour_bars(info, t, visit.palette), info, "nearest", said_first=True)


def map_of_layers(visit: Visit, typed: str) -> None:
    """The text's tokens in two dimensions, layer by layer."""
    scene = visit.scene
    info = paths(scene, pieces(scene.encoded, visit.t("neighbours.choose")))
    show(visit.t, path_map(info, visit.t, visit.palette), info, "paths")


def contexts(visit: Visit, typed: str) -> None:
    """Two texts that have a word in common."""
    t = visit.t
    left, right = st.columns(2)
    with left:
        first = state.words(
            st.text_input, t("neighbours.first"), "first", examples.page_text("first", visit.speaks), max_chars=300
        )
    with right:
        second = state.words(
            st.text_input, t("neighbours.second"), "second", examples.page_text("second", visit.speaks), max_chars=300
        )
    try:
        one, other = (cached.scene(visit.spec, text) for text in (first, second))
        both = shared(one, other)
    except ExplorerError as error:
        notice(t.error(error), alert=True)
        return
    token = state.choice(st.pills, t("neighbours.common"), list(both)[:24], "common", next(iter(both)), required=True)
    info = two_contexts(one, other, token, both[token])
    show(t, context_lines(info, t, visit.palette), info, "contexts")


VIEWS = {"nearest": nearest, "contexts": contexts, "paths": map_of_layers}
