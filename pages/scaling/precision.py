"""One head in float32, bfloat16, float16 and with int8 weights: what overflows, and what kernels do about it."""

from explorer.analysis.scaling.precision import GROWTHS, ORDERS, formats
from explorer.ui.panels.scaling.precision import first_panel, growth_panel, heads_panel, online_panel, pictures
from explorer.ui.parts import controls
from explorer.ui.parts.show import check, say, show
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("precision") as visit:
    t = visit.t
    with controls.strip():
        growth = controls.choice(t, "precision", "grow", tuple(GROWTHS))
        order = controls.choice(t, "precision", "order", ORDERS)
        first, best = controls.telling(visit.scene)
        with controls.more(t):
            layer = controls.layer(visit, default=first)
            head = controls.head(visit, default=best)
    info = formats(visit.scene, layer, head, order, growth)
    show(t, lambda: pictures(visit, info), info, "precision-formats-post-hoc")
    check(t, info.difference)
    links(
        t,
        {
            "precision.try.first": ("precision", {"order": "before"}),
            "precision.try.own": ("precision", {"grow": "own"}),
            "precision.try.norm": ("after_sqrt_d", {"rule": "norm_one"}),
            "precision.try.map": ("saturation", {}),
        },
    )
    say(t("precision.note"))
    first_panel(visit, layer, head)
    growth_panel(visit, layer, head)
    heads_panel(visit)
    online_panel(visit, layer, head)
