"""The parts of the step by step page: two tokens to choose, the stage, the formula of its step."""

import streamlit as st

from explorer.analysis.attention.head_row import NAMES
from explorer.analysis.attention.steps import HeadChain, most_looked_at
from explorer.capture.scene import Scene
from explorer.i18n import Translator
from explorer.quantities import plain
from explorer.ui.browser.journey_steps import unfolded
from explorer.ui.browser.pieces import pieces
from explorer.ui.parts.show import reading
from explorer.ui.shell import state


def token_pair(t: Translator, scene: Scene, layer: int, head: int, token: int) -> tuple[int, int]:
    """Positions of the query token, at first `token`, and of the key token, at first the one that it looks at most."""
    left, right = st.columns(2, gap="large")
    with left:
        st.markdown(f"**{t('steps.query')}**")
        query = pieces(scene.encoded, t("steps.query"), "token", token)
    with right:
        st.markdown(f"**{t('steps.key')}**")
        key = pieces(scene.keys, t("steps.key"), "key", most_looked_at(scene, layer, head, query))
    return query, key


def draw_steps(t: Translator, info: HeadChain) -> None:
    """The stage, the formula and code of its step, and from softmax on, where it is seen, what came out."""
    names = info.row.steps
    name = state.current("step", names, names[0])
    unfolded(info, name, t)
    step = info.steps[names.index(name)]
    formula, code = st.columns(2, vertical_alignment="center")
    formula.latex(step.formula)
    code.code(f"{step.code}   # {step.shape}", language="python", wrap_lines=True)
    if NAMES.index(name) >= NAMES.index("softmax"):
        reading(t, info)
    same = info.difference <= 1e-5
    words = t("steps.same" if same else "steps.not_same")
    st.caption(f"{'✓' if same else '✗'} {words}", help=t("show.check", difference=plain(info.difference, ".1e")))
