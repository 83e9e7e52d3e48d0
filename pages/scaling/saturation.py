"""How saturated every head is, with the scale and without it, in three regimes."""

from explorer.ui.panels.scaling import scaling
from explorer.ui.parts import controls
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("saturation") as visit:
    with controls.strip():
        regime = controls.choice(visit.t, "saturation", "regime", ("model", "random", "drawn"))
        if regime != "drawn":
            way = controls.choice(visit.t, "saturation", "way", ("post-hoc", "end-to-end"))
        measure = controls.measure(visit)
    head: dict[str, str] = {}
    if regime == "drawn":
        scaling.drawn_panel(visit, measure)
        scaling.variance_panel(visit)
    else:
        spec = visit.spec
        if regime == "random":
            with controls.strip():
                spec = scaling.random_weights(visit)
        most_changed = scaling.saturation_panel(visit, spec, measure, way, regime)
        head = most_changed if regime == "model" else head
    links(
        visit.t,
        {
            "saturation.try.textbook": ("saturation", {"regime": "drawn", "d": "1024", "measure": "dead"}),
            "saturation.try.random": ("saturation", {"regime": "random"}),
            "saturation.try.dead": ("saturation", {"measure": "dead"}),
            "variance.try.softmax": ("softmax", {"a": "10.0"}),
            "saturation.try.head": ("scaling", head),
        },
    )
