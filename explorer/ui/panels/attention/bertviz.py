"""The BertViz page's picture: which view, which threshold, and what is said when the text is too long for it."""

import numpy as np
import streamlit as st

from explorer.figures.attention.bertviz import MAX_TOKENS, MAX_TOKENS_ALL, bertviz, height
from explorer.ui.parts import controls
from explorer.ui.shell import state
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import Visit, notice

THRESHOLDS = ("0.02", "0.05", "0.1", "0.2")


def draw_bertviz(visit: Visit) -> None:
    """Head view or model view; above `MAX_TOKENS` a sentence and the way to the canvas instead."""
    t, tokens = visit.t, visit.capture().encoded.tokens
    keys = visit.capture().keys.tokens
    n, n_layers = max(len(tokens), len(keys)), visit.handle.dims.n_layers
    if n > MAX_TOKENS:
        notice(t("bertviz.long", found=n, allowed=MAX_TOKENS))
        links(t, {"bertviz.atlas": ("atlas", {}), "bertviz.heads": ("heads", {"view": "lines"})})
        return
    with controls.strip():
        view = controls.choice(t, "bertviz", "bv", ("head", "model"))
        options = (*THRESHOLDS, "0") if n <= MAX_TOKENS_ALL else THRESHOLDS
        least = controls.choice(t, "bertviz", "least", options)
    layer = state.number("layer", 1, 0, n_layers - 1)
    probs = np.stack(
        [visit.layer(number).probs[0, :, : len(tokens), : len(keys)].cpu().numpy() for number in range(n_layers)]
    )
    page = bertviz(probs, tokens, "model" if view == "model" else "head", visit.palette, layer, float(least), keys)
    st.iframe(page, height=height(n, n_layers, "model" if view == "model" else "head"), alt=t("bertviz.alt"))
