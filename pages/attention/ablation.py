"""What is lost when heads are left out."""

from explorer.analysis.ablation import ablation
from explorer.ui import cached
from explorer.ui.ablation import choose_heads, draw_change, without
from explorer.ui.page import Visit, fragment, page
from explorer.ui.show import numbers, reading


@fragment
def panel(visit: Visit) -> None:
    off = choose_heads(visit)
    info = ablation(visit.capture(), visit.capture(without(off)), cached.strangers(visit.spec).pooled)
    reading(visit.t, info)
    draw_change(visit.t, info)
    numbers(visit.t, info, "ablation", False)


with page("ablation") as visit:
    panel(visit)
