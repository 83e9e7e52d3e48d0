"""What is lost when heads are left out."""

from explorer.analysis.attention.ablation import ablation
from explorer.capture.changes.variant import Variant
from explorer.ui.panels.attention.ablation import choose_heads, draw_change, left_out
from explorer.ui.parts.guess import consequence
from explorer.ui.parts.show import numbers, reading
from explorer.ui.shell import cached
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def panel(visit: Visit) -> None:
    off = left_out(visit)
    info = ablation(visit.scene, off, cached.strangers(visit.spec).pooled)
    reading(visit.t, info)
    choose_heads(visit)
    draw_change(visit.t, info)
    numbers(visit.t, info, "ablation", False)
    if off:
        consequence(visit, "off", Variant(ablated=off), n=len(off))


with page("ablation") as visit:
    panel(visit)
