"""Two runs side by side: two models, two texts, or a model and its changed self."""

from explorer.ui import controls
from explorer.ui.compare import VIEWS
from explorer.ui.compare_sides import sides
from explorer.ui.navigation import links
from explorer.ui.page import page

with page("compare") as visit:
    a, b = sides(visit)
    VIEWS[controls.choice(visit.t, "compare", "look", tuple(VIEWS), bare=True)](visit, a, b)
    links(
        visit.t,
        {
            "compare.try.causal": ("compare", {"change": "causal"}),
            "compare.try.texts": ("compare", {"what": "text", "look": "head", "layer": "2", "head": "1"}),
            "compare.try.random": ("compare", {"what": "model", "look": "layers"}),
            "compare.try.ffn": ("compare", {"change": "no_ffn", "look": "layers"}),
        },
    )
