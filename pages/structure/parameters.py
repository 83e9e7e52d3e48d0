"""Where the parameters of a model are: exactly, for any configuration, without its weights; up to four at once."""

import streamlit as st

from explorer.analysis.structure.contrast import Contrast
from explorer.figures.structure.treemap import colours, icicle, treemap, treemaps
from explorer.ui.parts import controls, sizes
from explorer.ui.parts.formula import formula
from explorer.ui.parts.key_figures import figures
from explorer.ui.parts.module_table import legend, reconciliation, side_by_side, tree
from explorer.ui.parts.show import beside, show
from explorer.ui.shell import cached
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import notice, page

DRAW = {"treemap": treemap, "icicle": icicle}

with page("parameters") as visit:
    t = visit.t
    with controls.strip():
        choice, more = sizes.configuration(visit)
        others = sizes.beside(visit, choice, more)
        with more:
            head, n_labels = sizes.head(visit, choice, others)
            view = "" if others else controls.choice(t, "parameters", "view", tuple(DRAW))
    found = [cached.parameters(one.text, head, n_labels, one.without_ffn) for one in (choice, *others)]
    if others:
        info = Contrast(tuple(found), (choice.title, *(one.title for one in others)))
        show(t, lambda: beside(t, treemaps(info, t, visit.palette), info), info, "models", said_first=True)
        legend(t, found, colours(visit.palette))
        if any(one.without_ffn for one in others):
            notice(t("contrast.honest"))
    else:
        show(t, DRAW[view](found[0], t, visit.palette), found[0], "parameters", said_first=True)
        legend(t, found, colours(visit.palette))
        figures(t, found[0], choice)
    links(
        t,
        {
            "parameters.try.three": (
                "parameters",
                {"preset": "bert-base", "b-preset": "bert-large", "c-preset": "gpt"},
            ),
            "parameters.try.thin": ("parameters", {"preset": "bert-base", "b-preset": "thin"}),
            "tied.title": ("tied", {}),
        },
    )
    if others:
        side_by_side(t, info)
    else:
        st.header(t("parameters.tree_heading"), anchor=False)
        tree(t, found[0])
        st.header(t("parameters.sum_heading"), anchor=False)
        reconciliation(t, found[0])
        st.header(t("parameters.formula_heading"), anchor=False)
        formula(t, found[0].formula, found[0].total)
