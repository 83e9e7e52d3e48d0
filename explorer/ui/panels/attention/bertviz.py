"""Attention as BertViz draws it: one head, the heads of a layer, or the whole model."""

import numpy as np

from explorer.figures.attention.bertviz import MAX_TOKENS, MAX_TOKENS_ALL, View, bertviz, height
from explorer.ui.browser.sandbox import sandbox
from explorer.ui.parts import controls
from explorer.ui.parts.show import say
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import Visit, notice

THRESHOLDS = ("0.02", "0.05", "0.1", "0.2")


def draw_bertviz(visit: Visit, layer: int, head: int, of: str) -> None:
    """Its head view with one head or with all, or its model view; above `MAX_TOKENS` a sentence and the way on.

    of: "head", "layer" or "model".
    """
    t, scene = visit.t, visit.scene
    tokens, keys, n_layers = scene.encoded.tokens, scene.keys.tokens, scene.handle.dims.n_layers
    n, view = max(len(tokens), len(keys)), View.MODEL if of == "model" else View.HEAD
    if n > MAX_TOKENS:
        notice(t("bertviz.long", found=n, allowed=MAX_TOKENS))
        links(t, {"bertviz.atlas": ("atlas", {}), "heads.view.lines": ("heads", {"view": "lines"})})
        return
    with controls.strip():
        options = (*THRESHOLDS, "0") if n <= MAX_TOKENS_ALL else THRESHOLDS
        least = controls.choice(t, "bertviz", "least", options)
    probs = np.stack([one.probs[0, :, : len(tokens), : len(keys)].cpu().numpy() for one in scene.layers()])
    page = bertviz(probs, tokens, view, visit.palette, layer, float(least), keys, head if of == "head" else None)
    sandbox(page, height(n, n_layers, view), t("bertviz.alt"))
    say(t(f"bertviz.use.{view}"))
