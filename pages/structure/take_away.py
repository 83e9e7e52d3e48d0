"""What each part of a layer is for: attention alone, without feed-forward blocks, and trained without them."""

from explorer.ui.panels.structure import rank_collapse, removal, without_ffn
from explorer.ui.parts import controls
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

VIEWS = {"alone": rank_collapse, "removed": removal, "trained": without_ffn}

with page("take_away", remarked=False) as visit:
    view = VIEWS[controls.choice(visit.t, "take_away", "part", tuple(VIEWS), bare=True)]
    view.panel(visit)
    links(visit.t, {**view.tries(visit), "without_ffn.lab": ("training_lab", {})})
