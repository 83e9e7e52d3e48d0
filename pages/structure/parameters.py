"""Where the parameters of a model are: exactly, for any configuration, without its weights."""

import streamlit as st

from explorer.figures.structure.treemap import colours, icicle, treemap
from explorer.ui.parts import controls, sizes
from explorer.ui.parts.formula import formula
from explorer.ui.parts.key_figures import figures
from explorer.ui.parts.module_table import legend, reconciliation, tree
from explorer.ui.parts.show import show
from explorer.ui.shell import cached, state
from explorer.ui.shell.navigation import link_if_there
from explorer.ui.shell.page import page

DRAW = {"treemap": treemap, "icicle": icicle}

with page("parameters") as visit:
    t = visit.t
    with controls.strip():
        choice = sizes.configuration(visit)
        head, n_labels = sizes.head(visit, choice)
        names = {name: t(f"parameters.{name}") for name in DRAW}
        view = state.choice(
            st.segmented_control,
            t("parameters.view"),
            list(DRAW),
            "view",
            "treemap",
            format_func=names.get,
            required=True,
        )
    info = cached.parameters(choice.text, head, n_labels)
    show(t, DRAW[view](info, t, visit.palette), info, "parameters")
    legend(t, info, colours(visit.palette))
    figures(t, info, choice)
    st.header(t("parameters.tree_heading"), anchor=False)
    tree(t, info)
    st.header(t("parameters.sum_heading"), anchor=False)
    reconciliation(t, info)
    link_if_there(t, "tied.title", "tied")
    st.header(t("parameters.formula_heading"), anchor=False)
    formula(t, info.formula, info.total)
