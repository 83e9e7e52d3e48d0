"""Every head of the model at a glance, and the chosen one in full."""

from explorer.analysis.attention.heads import head_matrix
from explorer.analysis.attention.patterns import measures
from explorer.ui.panels.attention.heads import draw_matrix
from explorer.ui.parts import controls
from explorer.ui.parts.overview import draw_atlas, head_links
from explorer.ui.parts.show import numbers, reading
from explorer.ui.shell.page import Visit, fragment, page

ORDERS = ("layers", "previous", "next", "self", "first", "largest", "broad")


@fragment
def panel(visit: Visit) -> None:
    seen = visit.capture()
    scores = measures(seen)
    with controls.strip():
        order = controls.choice(visit.t, "atlas", "order", ORDERS)
        shade = controls.choice(visit.t, "atlas", "shade", ("sqrt", "linear"))
    layer, head = draw_atlas(visit, seen, scores, order, shade)
    reading(visit.t, scores)
    numbers(visit.t, scores, "atlas", False)
    head_links(visit.t, layer, head)
    draw_matrix(visit, head_matrix(seen, visit.layer(layer), head), "matrix")


with page("atlas") as visit:
    panel(visit)
