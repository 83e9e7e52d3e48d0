"""The parts of the step by step page: two tokens to choose, one step at a time."""

import html

import streamlit as st

from explorer.analysis.attention.steps import NAMES, HeadChain
from explorer.i18n import Translator
from explorer.models.encode import Encoded
from explorer.ui.browser.pieces import pieces
from explorer.ui.browser.strips import strips
from explorer.ui.shell import state


def token_pair(t: Translator, encoded: Encoded, keys: Encoded, causal: bool) -> tuple[int, int]:
    """Positions of the query token, which is the followed word, and of the key token; keys: the text looked at.

    causal: whether only keys before the query may be looked at; then the key is at first one of those.
    """
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{t('steps.query')}**")
        query = pieces(encoded, t("steps.query"), "token", encoded.n_tokens // 2)
    beside = max(query - 1, 0) if causal else query + 1
    with right:
        st.markdown(f"**{t('steps.key')}**")
        key = pieces(keys, t("steps.key"), "key", min(beside, keys.n_tokens - 1))
    return query, key


def draw_step(t: Translator, info: HeadChain) -> None:
    """The chosen step: what happens, the numbers as strips, formula, shape and code; with buttons for presenting."""
    name = state.choice(
        st.segmented_control, t("steps.step"), NAMES, "step", NAMES[0], required=True, label_visibility="collapsed",
        format_func=lambda step: f"{NAMES.index(step) + 1} {t(f'steps.name.{step}')}",
    )  # fmt: skip
    index = NAMES.index(name)
    step, last = info.steps[index], index == len(NAMES) - 1
    says, left, right = st.columns([8, 1.2, 1.2], vertical_alignment="center")
    says.html(f'<p class="bx-reading"><strong>{html.escape(_says(t, info, name))}</strong></p>')
    left.button(t("steps.back"), disabled=index == 0, on_click=_go, args=(index - 1,), width="stretch", key="back")
    right.button(t("steps.forward"), disabled=last, on_click=_go, args=(index + 1,), width="stretch", key="forward")
    strips(step.strips, key="step", tokens=info.keys, chosen=info.key)
    formula, code = st.columns(2, vertical_alignment="center")
    with formula:
        st.latex(step.formula)
        if step.equation:
            st.html(f'<p class="bx-reading" style="text-align:center">{html.escape(step.equation)}</p>')
    with code:
        st.code(f"{step.code}   # {step.shape}", language="python", wrap_lines=True)


def _says(t: Translator, info: HeadChain, name: str) -> str:
    own = name == "scale" and info.scaling != "root"
    return t(f"steps.say.{name}.{info.scaling}" if own else f"steps.say.{name}")


def _go(index: int) -> None:
    state.put({"step": NAMES[index]})
