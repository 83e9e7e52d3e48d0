"""How a text longer than the window is read: overlapping windows, joined; and what Transformer-XL and XLNet do."""

from explorer.ui.panels.use.long_text import panel
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("long_text") as visit:
    panel(visit)
    links(
        visit.t,
        {
            "long_text.try.squad": ("long_text", {"window": "384", "step": "128"}),
            "long_text.try.apart": ("long_text", {"window": "128", "step": "126"}),
            "long_text.try.gap": ("long_text", {"window": "128", "step": "200"}),
            "long_text.try.cost": ("long_text", {"part": "cost", "window": "512", "step": "510"}),
            "long_text.try.instead": ("long_text", {"part": "instead"}),
        },
    )
