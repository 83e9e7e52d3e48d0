"""Two runs side by side: two models, two texts, or a model and its changed self."""

from explorer.ui.panels.models.compare import VIEWS
from explorer.ui.parts import controls
from explorer.ui.parts.compare_sides import sides, tries
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("compare") as visit:
    a, b = sides(visit)
    # Of two texts the heads as a whole look alike: what moved is in one head's row.
    first = "head" if a.scene.text != b.scene.text else "heads"
    VIEWS[controls.choice(visit.t, "compare", "look", tuple(VIEWS), bare=True, default=first)](visit, a, b)
    links(visit.t, tries(visit))
