"""What models do to the score today, on one head, beside the model's own rule (post-hoc)."""

from explorer.analysis.scaling.after_sqrt_d import after_sqrt_d
from explorer.ui.panels.scaling.after_sqrt_d import length_panel, parts, pictures, rule, why_one_panel
from explorer.ui.parts import controls
from explorer.ui.parts.show import check, say, show
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("after_sqrt_d") as visit:
    t = visit.t
    with controls.strip():
        chosen = rule(visit)
        layer, head = controls.place(t, visit.scene, controls.telling(visit.scene))
    info = after_sqrt_d(visit.scene, layer, head, chosen)
    show(t, lambda: pictures(visit, info), info, "after-sqrt-d-post-hoc")
    check(t, info.difference)
    say(t(f"after_sqrt_d.say.{chosen}"))
    links(
        t,
        {
            "after_sqrt_d.try.gemma": ("after_sqrt_d", {"rule": "norm_one"}),
            "after_sqrt_d.try.shift": ("after_sqrt_d", {"rule": "shift"}),
            "after_sqrt_d.try.sink": ("after_sqrt_d", {"rule": "sink"}),
            "after_sqrt_d.try.which": ("which_d", {"layer": layer, "head": head}),
        },
    )
    parts(visit, info)
    why_one_panel(visit, layer, head)
    length_panel(visit, layer, head, chosen)
    say(t("after_sqrt_d.note"))
