"""One tensor with several names: which ones share their weights, what it saves, what changes without."""

from explorer.ui.panels.pretraining.tied import VIEWS, chosen_model
from explorer.ui.parts import controls
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("tied", remarked=False) as visit:
    with controls.strip():
        view = controls.choice(visit.t, "tied", "tie", tuple(VIEWS), bare=True)
        of = chosen_model(visit) if view == "names" else ""
    VIEWS[view](visit, of)
    links(
        visit.t,
        {
            "tied.try.t5": ("tied", {"of": "t5-small"}),
            "tied.try.rows": ("tied", {"tie": "rows"}),
            "tied.try.parameters": ("parameters", {"top": "mlm"}),
        },
    )
