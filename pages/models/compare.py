"""Two runs side by side: two models, two texts, or a model and its changed self."""

from explorer.ui.panels.models.compare import VIEWS
from explorer.ui.parts import controls
from explorer.ui.parts.compare_sides import chosen_what, sides, tries
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("compare") as visit:
    line = controls.strip()
    with line:
        what = chosen_what(visit.t)
        # Of two texts the heads as a whole look alike: what moved is in one head's row.
        look = controls.listed(
            visit.t, "compare", "look", tuple(VIEWS), "head" if what == "text" else "heads", width=170
        )
    a, b = sides(visit, what, line)
    VIEWS[look](visit, a, b, line)
    links(visit.t, tries(visit))
