"""The same attention in BertViz, a picture that many know from papers and notebooks."""

from explorer.ui.panels.attention.bertviz import draw_bertviz
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def panel(visit: Visit) -> None:
    draw_bertviz(visit)


with page("bertviz") as visit:
    panel(visit)
