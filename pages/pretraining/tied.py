"""One tensor with several names: which ones share their weights, what it saves, what changes without."""

from explorer.ui import controls
from explorer.ui.navigation import links
from explorer.ui.page import page
from explorer.ui.tied import VIEWS

with page("tied", remarked=False) as visit:
    with controls.strip():
        view = controls.choice(visit.t, "tied", "tie", tuple(VIEWS))
    VIEWS[view](visit)
    links(
        visit.t,
        {
            "tied.try.t5": ("tied", {"of": "t5-small"}),
            "tied.try.rows": ("tied", {"tie": "rows"}),
            "tied.try.parameters": ("parameters", {"top": "mlm"}),
        },
    )
