"""The pictures of one head under a chosen rule, over length, and why 1.0 is no bug after QK-norm."""

import streamlit as st

from explorer.analysis.scaling.after_sqrt_d import LENGTHS, RULES, AfterRoot, repeated, why_one
from explorer.errors import ExplorerError
from explorer.figures.scaling.after_sqrt_d import lengths, passed, scores, small, spread, weights
from explorer.models.families import FAMILIES
from explorer.ui.parts.show import beside, show
from explorer.ui.shell import cached, state
from explorer.ui.shell.page import Visit, notice

GEMMA = FAMILIES["gemma3_text-random"]


def rule(visit: Visit) -> str:
    """The rule that stands beside the model's own; opens on QK-norm without a scale, which is Gemma 4's."""
    names = {name: visit.t(f"after_sqrt_d.rule.{name}") for name in RULES}
    label = visit.t("after_sqrt_d.rule")
    return state.choice(st.selectbox, label, tuple(RULES), "rule", "norm_one", format_func=names.__getitem__, width=360)


def pictures(visit: Visit, info: AfterRoot) -> None:
    """Weights first, then the scores that they are made of and what each row still passes on."""
    t = visit.t
    beside(t, weights(info, t, visit.palette), info)


def parts(visit: Visit, info: AfterRoot) -> None:
    """Scores and slopes, all rules small, and the curve over the spread of the score."""
    t = visit.t
    st.header(t("after_sqrt_d.scores"), anchor=False)
    beside(t, scores(info, t, visit.palette), info)
    beside(t, {"after-passed": passed(info, t, visit.palette)}, info)
    st.header(t("after_sqrt_d.all"), anchor=False)
    beside(t, {"after-small": small(info, t, visit.palette)}, info)
    st.header(t("after_sqrt_d.grow"), anchor=False)
    beside(t, {"after-spread": spread(info, t, visit.palette)}, info)


def why_one_panel(visit: Visit, layer: int, head: int) -> None:
    """The Gemma question: a small Gemma twice on the visitor's text, then this head's own numbers."""
    st.header(visit.t("after_sqrt_d.gemma"), anchor=False)
    try:
        own = cached.scale_in_gain(cached.scene(GEMMA, visit.text))
        show(visit.t, lambda: None, own, "after-in-gemma")
    except ExplorerError as error:  # a text that is too long for it
        notice(visit.t.error(error))
    info = why_one(visit.scene, layer, head)
    show(visit.t, lambda: None, info, "after-why-one")


def length_panel(visit: Visit, layer: int, head: int, chosen: str) -> None:
    """The same head among more and more tokens of the visitor's text, said again and again."""
    t, most = visit.t, min(LENGTHS[-1], visit.handle.dims.n_ctx)
    st.header(t("after_sqrt_d.length"), anchor=False)
    text = repeated(visit.text, visit.scene.encoded.n_tokens, most)
    with st.spinner(t("saturation.working")):
        info = cached.over_length(cached.scene(visit.spec, text), layer, head, chosen)
    show(t, lambda: beside(t, lengths(info, t, visit.palette), info), info, "after-length-post-hoc")
