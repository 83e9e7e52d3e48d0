"""The panels of the page on neighbours: the word table, the map of the layers, one word in two texts."""

import streamlit as st

from explorer.analysis.input.neighbours import entry, neighbours, paths, shared, two_contexts
from explorer.errors import ExplorerError
from explorer.figures.input.neighbours import context_lines, neighbour_bars, path_map
from explorer.ui.browser.pieces import pieces
from explorer.ui.parts.show import show
from explorer.ui.shell import cached, examples, state
from explorer.ui.shell.page import Visit, fragment, notice


@fragment
def nearest(visit: Visit) -> None:
    """Neighbours of a typed word, or of the chosen piece of the text."""
    t, encoded = visit.t, visit.scene.encoded
    typed = state.words(
        st.text_input,
        t("neighbours.word"),
        "near",
        examples.page_text("near", visit.speaks),
        placeholder=t("neighbours.placeholder"),
        max_chars=60,
    )
    if typed.strip():
        try:
            token_id = entry(visit.handle, typed)
        except ExplorerError as error:
            notice(t.error(error), alert=True)
            return
    else:
        token_id = int(encoded.ids[0, pieces(encoded, t("neighbours.choose"))])
    info = neighbours(visit.handle, token_id)
    show(t, neighbour_bars(info, t, visit.palette), info, "nearest")


@fragment
def map_of_layers(visit: Visit) -> None:
    """The text's tokens in two dimensions, layer by layer."""
    scene = visit.scene
    info = paths(scene, pieces(scene.encoded, visit.t("neighbours.choose")))
    show(visit.t, path_map(info, visit.t, visit.palette), info, "paths")


@fragment
def contexts(visit: Visit) -> None:
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
