"""The panels of the page on positions."""

import html

import streamlit as st

from explorer.analysis.input.positions import Shuffle, shuffle, swapped, tables, wave
from explorer.figures.input import positions as draw
from explorer.ui.parts import controls
from explorer.ui.parts.chips import Chip, chips
from explorer.ui.parts.guess import consequence
from explorer.ui.parts.show import show
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit, fragment, notice

FORMULA = r"PE(p, 2i) = \sin\frac{p}{10000^{2i/d}} \qquad PE(p, 2i+1) = \cos\frac{p}{10000^{2i/d}}"
# Pieces of a text that are drawn in both orders.
SHOWN = 40
OTHERS = ("none", "scaled", "sinusoidal")


def similarity(visit: Visit) -> None:
    """Cosines within the two tables, on one scale."""
    info = tables(visit.handle)
    show(visit.t, draw.similarity_pictures(info, visit.t, visit.palette), info, "similarity")


def values(visit: Visit) -> None:
    """The tables themselves."""
    info = tables(visit.handle)
    show(visit.t, draw.table_pictures(info, visit.t, visit.palette), info, "tables")


def distance(visit: Visit) -> None:
    """Similarity against distance."""
    info = tables(visit.handle)
    show(visit.t, draw.distance_lines(info, visit.t, visit.palette), info, "distance")


def formula(visit: Visit) -> None:
    """The sinusoid with a slider for position and dimension."""
    dims = visit.handle.dims
    with controls.strip():
        # The place is a row of the table, which has more than the text has words.
        followed = state.number("token", 10, 0, dims.n_ctx - 1)
        position = state.slider(visit.t("positions.position"), range(dims.n_ctx), "place", followed)
        dimension = state.slider(
            visit.t("positions.dimension"), range(dims.d_model), "dimension", min(40, dims.d_model - 1)
        )
    info = wave(visit.handle, position, dimension)
    st.latex(FORMULA)
    show(visit.t, draw.wave_line(info, visit.t, visit.palette), info, "wave")


def again(visit: Visit) -> None:
    """The button that draws another order."""
    st.button(
        visit.t("positions.again"), icon=":material/shuffle:", key="again",
        on_click=state.put, args=({"seed": _seed() % 20 + 1},),
    )  # fmt: skip


def _seed() -> int:
    return state.number("seed", 1, 1, 20)


def shuffle_test(visit: Visit) -> None:
    """The words in another order, with and without positions."""
    info = _shuffle(visit.scene, _seed())
    _both_orders(visit, info)
    show(visit.t, draw.shuffle_bars(info, visit.t, visit.palette), info, "shuffle", said_first=True)
    consequence(visit, "positions", "none")


def _both_orders(visit: Visit, info: Shuffle) -> None:
    """The text as it is and as it is read, piece by piece; what stands elsewhere is coloured."""
    t, own = visit.t, range(len(info.tokens))
    for name, order in (("own", own), ("read", info.order)):
        found = [
            Chip(info.tokens[at], "none" if at == place else "second", ()) for place, at in zip(own, order, strict=True)
        ]
        label = t(f"positions.order.{name}")
        st.html(f'<p class="bx-check">{html.escape(label)}</p>')
        chips(found[:SHOWN], label)


def swap(visit: Visit) -> None:
    """Runs with other tables in place of the learned one."""
    info = _swapped(visit.scene, OTHERS)
    notice(visit.t("positions.untrained"))
    show(visit.t, draw.swap_bars(info, visit.t, visit.palette), info, "swap")


_shuffle, _swapped = cached.few(64)(shuffle), cached.few(64)(swapped)


@fragment
def panel(visit: Visit) -> None:
    """The line of controls, and the view that it chooses."""
    t = visit.t
    with controls.strip():
        view = state.choice(
            st.segmented_control, t("positions.view"), list(VIEWS), "show", "shuffle", required=True,
            format_func=lambda name: t(f"positions.view.{name}"), label_visibility="collapsed",
        )  # fmt: skip
        if view == "shuffle":
            again(visit)
    VIEWS[view](visit)


VIEWS = {
    "shuffle": shuffle_test,
    "swap": swap,
    "similarity": similarity,
    "tables": values,
    "distance": distance,
    "formula": formula,
}
