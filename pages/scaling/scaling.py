"""One head, both ways: the same queries and keys with the model's factor and with another one."""

from explorer.ui.panels.scaling.scaling import flattest, head_panel
from explorer.ui.parts import controls
from explorer.ui.shell.navigation import link_if_there, links
from explorer.ui.shell.page import page

with page("scaling") as visit:
    with controls.strip():
        layer = controls.layer(visit, default=2)
        head = controls.head(visit)
    head_panel(visit, layer, head)
    links(
        visit.t,
        {
            "scaling.try.flat": ("scaling", {"layer": str(layer), "head": str(head), "factor": flattest(visit)}),
            "scaling.try.map": ("saturation", {}),
            "scaling.try.network": ("unscaled", {}),
        },
    )
    link_if_there(visit.t, "scaling.train", "training_lab")
