"""With the model's factor and with another one: the same queries and keys of one head, or the whole network."""

from explorer.ui.panels.scaling import scaling
from explorer.ui.parts import controls
from explorer.ui.parts.show import say
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("scaling") as visit:
    t = visit.t
    with controls.strip():
        show = controls.choice(t, "scaling", "show", ("head", "network"), bare=True)
        if show == "head":
            layer, head = controls.place(t, visit.scene, controls.telling(visit.scene))
        else:
            factor = scaling.network_factor(visit)
            with controls.more(t):
                layers = scaling.network_layers(visit)
    if show == "head":
        scaling.head_panel(visit, layer, head)
        links(
            t,
            {
                "scaling.try.flat": ("scaling", {"layer": layer, "head": head, "factor": scaling.flattest(visit)}),
                "scaling.try.map": ("saturation", {}),
                "scaling.try.network": ("scaling", {"show": "network"}),
                "scaling.train": ("training_lab", {}),
            },
        )
    else:
        scaling.network_panel(visit, layers, factor)
        say(t(f"network.note{scaling.untrained(visit)}", scale=scaling.own_scale(visit)))
        links(
            t,
            {
                "network.try.last": ("scaling", {"show": "network", "changed": scaling.last_layer(visit)}),
                "network.try.first": ("scaling", {"show": "network", "changed": "0"}),
                "scaling.train": ("training_lab", {}),
            },
        )
        scaling.curve_panel(visit, layers)
