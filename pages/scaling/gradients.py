"""Gradient norms of W_Q, W_K and W_V with the scale and without it."""

import streamlit as st

from explorer.models.random import D_HEADS, small_random
from explorer.ui.panels.scaling import scaling
from explorer.ui.parts import controls
from explorer.ui.parts.show import say
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page
from explorer.ui.shell.state import choice

with page("gradients") as visit:
    t = visit.t
    with controls.strip():
        regime = controls.choice(t, "gradients", "whose", ("model", "random", "small"), bare=True)
        with controls.more(t):
            if regime == "small":
                d = choice(st.segmented_control, t("gradients.d_head"), D_HEADS, "dhead", 64, required=True)
                spec = small_random(d, scaling.init_std(visit), 0)
            elif regime == "random":
                spec = scaling.random_like(visit.handle, scaling.init_std(visit), 0)
            else:
                spec = visit.spec
            seed = scaling.seed(visit)
    scaling.gradient_panel(visit, spec, regime, seed)
    if visit.handle.sites.shared and regime != "small":
        say(t("gradients.shared"))
    say(t("gradients.note"))
    links(
        t,
        {
            "gradients.try.small": ("gradients", {"whose": "small", "dhead": "128"}),
            "gradients.try.wild": ("gradients", {"whose": "random", "std": "0.1"}),
            "gradients.try.dead": ("saturation", {"measure": "dead"}),
            "scaling.train": ("training_lab", {}),
        },
    )
