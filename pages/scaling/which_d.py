"""One head divided by each number that is called d, the line that does it, and three programs to tell apart."""

from explorer.analysis.scaling.which_d import which_d
from explorer.ui.panels.scaling.which_d import measured, pictures, riddle_panel
from explorer.ui.parts import controls
from explorer.ui.parts.show import check, say, show
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("which_d") as visit:
    t = visit.t
    with controls.strip():
        layer, head = controls.place(t, visit.scene, controls.telling(visit.scene))
    info = which_d(visit.scene, layer, head)
    show(t, lambda: pictures(visit, info), info, "which-d-post-hoc")
    check(t, info.difference)
    measured(visit, info)
    say(t("which_d.note"))
    following = riddle_panel(visit, info)
    links(
        t,
        {
            "which_d.try.again": ("which_d", {"case": following}),
            "which_d.try.factor": ("scaling", {"layer": layer, "head": head}),
            "scaling.try.map": ("saturation", {}),
            "scaling.train": ("training_lab", {}),
        },
    )
