"""What a page says that needs a head which the model does not have: why, and one click to a model that has it."""

import streamlit as st

from explorer.models.registry import OFFERS
from explorer.models.spec import Head
from explorer.ui import navigation
from explorer.ui.model_choice import label, name_of
from explorer.ui.page import Visit, notice

# What a head says in a `Capture` → the heads of which a model in the menu must have one.
MLM, NSP = "mlm_logits", "nsp_logits"
OFFERING: dict[str, tuple[Head, ...]] = {MLM: ("mlm", "pretraining"), NSP: ("nsp", "pretraining")}


def has_head(visit: Visit, output: str, page: str, params: dict[str, str] | None = None) -> bool:
    """Whether a run of the model has this output; if not, the sentence `<page>.no_head` and the link are drawn.

    The name of a head does not tell: ELECTRA's pre-training head predicts no words, and a decoder has no masked ones.

    params: what the link sets besides the model, for example a text that the other model knows.
    """
    t = visit.t
    if getattr(visit.capture(), output) is not None:
        if visit.spec.kind == "config":
            notice(t("heads_offered.random"))
        return True
    notice(t(f"{page}.no_head", model=name_of(t, visit.spec)), alert=True)
    name = offered(output)
    if name is not None:
        query = {"model": name, "lang": t.language, **(params or {})}
        switch = t("heads_offered.switch", model=label(t, name))
        st.page_link(navigation.path(page), label=switch, icon=":material/swap_horiz:", query_params=query)
    return False


def offered(output: str) -> str | None:
    """The first model of the menu that is here without a download and has such a head."""
    heads = OFFERING[output]
    return next((name for name, spec in OFFERS.items() if spec.kind == "embedded" and spec.head in heads), None)
