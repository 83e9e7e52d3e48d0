"""What a page says that needs a head which the model does not have: why, and one click to a model that has it."""

from dataclasses import replace

import streamlit as st

from explorer.models.menu import menu
from explorer.models.registry import OFFERS
from explorer.models.spec import Head
from explorer.ui import navigation
from explorer.ui.model_choice import label
from explorer.ui.page import Visit, notice

MLM: tuple[Head, ...] = ("mlm", "pretraining")
NSP: tuple[Head, ...] = ("nsp", "pretraining")


def has_head(visit: Visit, heads: tuple[Head, ...], page: str, params: dict[str, str] | None = None) -> bool:
    """Whether the model has one of the heads; if not, the sentence `<page>.no_head` and the link are drawn.

    A decoder that writes from left to right has no masked words, whatever its head is called.

    params: what the link sets besides the model, for example a text that the other model knows.
    """
    t = visit.t
    if visit.spec.head in heads and not visit.handle.sites.causal:
        if visit.spec.kind == "config":
            notice(t("heads_offered.random"))
        return True
    same = (name for name, spec in menu().items() if spec == replace(visit.spec, stack=""))
    own = next((label(t, name) for name in same), visit.spec.source)
    notice(t(f"{page}.no_head", model=own), alert=True)
    name = offered(heads)
    if name is not None:
        query = {"model": name, "lang": t.language, **(params or {})}
        switch = t("heads_offered.switch", model=label(t, name))
        st.page_link(navigation.path(page), label=switch, icon=":material/swap_horiz:", query_params=query)
    return False


def offered(heads: tuple[Head, ...]) -> str | None:
    """The first model of the menu that is here without a download and has one of the heads."""
    return next((name for name, spec in OFFERS.items() if spec.kind == "embedded" and spec.head in heads), None)
