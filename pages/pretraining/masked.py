"""Words hidden and guessed: the first task of BERT's pre-training, for every model that has its head."""

from explorer.ui.panels.pretraining import knowledge, masked
from explorer.ui.parts import controls, heads_offered
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page, remarks

TRIES = {
    "masked.try.changed": ("masked", {"show": "changed"}),
    "masked.try.lens": ("masked", {"show": "lens"}),
    "masked.try.forty": ("masked", {"show": "recipe", "rate": "40", "cover": "80", "swap": "10"}),
    "masked.try.all": ("masked", {"show": "recipe", "rate": "100", "cover": "100", "swap": "0"}),
    "nav.tied": ("tied", {}),
}

with page("masked", remarked=False) as visit:
    shown = heads_offered.with_head(visit, heads_offered.MLM, "masked")
    if shown is not None:
        remarks(shown)
        with controls.strip():
            views = masked.views(shown) | knowledge.views(shown)
            view = controls.choice(visit.t, "masked", "show", tuple(views))
        views[view](shown)
        links(visit.t, {name: way for name, way in TRIES.items() if way[1].get("show", "guess") in views})
