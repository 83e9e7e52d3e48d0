"""The riddle of three programs: the numbers of one stand there, which one is it?"""

import streamlit as st

from explorer.analysis.scaling.which_d import LINES, SNIPPETS, WAYS, WhichD, riddle
from explorer.figures.scaling.which_d import matrices, measures
from explorer.quantities import percent
from explorer.ui.parts import controls
from explorer.ui.parts.show import beside, reading, values
from explorer.ui.shell import state
from explorer.ui.shell.page import Visit


def pictures(visit: Visit, info: WhichD) -> None:
    """The head under each factor."""
    beside(visit.t, {"which-d-matrices": matrices(info, visit.t, visit.palette)}, info)


def measured(visit: Visit, info: WhichD) -> None:
    """The measures beside the lines that cause them."""
    t = visit.t
    left, right = st.columns((3, 2), gap="medium")
    with left:
        beside(t, {"which-d-measures": measures(info, t, visit.palette)}, info)
    with right:
        for way in WAYS:
            st.code(f"{LINES[way]}  # {info.factor(way):.4g}", language="python", wrap_lines=True)


def riddle_panel(visit: Visit, info: WhichD) -> int:
    """Three programs, the numbers of one, and what the visitor takes them for; returns the number of the next."""
    t, case = visit.t, state.number("case", 0, 0, 999)
    st.header(t("which_d.riddle"), anchor=False)
    for column, (name, (_, code)) in zip(st.columns(len(SNIPPETS), gap="medium"), SNIPPETS.items(), strict=True):
        with column:
            st.markdown(f"**{name.upper()}**")
            st.code(code, language="python", wrap_lines=True)
    asked = riddle(info, case, "")
    shown = info.measures[SNIPPETS[asked.hidden][0]]
    values({t(f"which_d.measure.{name}"): percent(value, 1) for name, value in shown.items()})
    answer = controls.choice(t, "which_d", "answer", ("open", *SNIPPETS))
    reading(t, riddle(info, case, answer))
    return case + 1
