"""The scale taken away for real: the changed network, end to end, against the untouched one."""

from explorer.ui.panels.scaling import scaling
from explorer.ui.parts import controls
from explorer.ui.parts.show import say
from explorer.ui.shell.navigation import link_if_there, links
from explorer.ui.shell.page import page

with page("unscaled") as visit:
    t = visit.t
    with controls.strip():
        factor = scaling.network_factor(visit)
        layers = scaling.network_layers(visit)
    scaling.network_panel(visit, layers, factor)
    say(t(f"unscaled.note{scaling.untrained(visit)}", scale=scaling.own_scale(visit)))
    scaling.curve_panel(visit, layers)
    links(
        t,
        {
            "unscaled.try.last": ("unscaled", {"changed": scaling.last_layer(visit)}),
            "unscaled.try.first": ("unscaled", {"changed": "0"}),
            "unscaled.try.head": ("scaling", {}),
        },
    )
    link_if_there(t, "scaling.train", "training_lab")
