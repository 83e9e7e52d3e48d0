"""What attention alone would make of a text: all words one vector. What prevents it."""

from explorer.ui import collapse, controls
from explorer.ui.navigation import links
from explorer.ui.page import page

with page("rank_collapse", remarked=False) as visit:
    with controls.strip():
        kept = collapse.kept(visit)
    collapse.panel(visit, kept)
    links(
        visit.t,
        {
            "rank_collapse.try.skips": ("rank_collapse", collapse.only("skips")),
            "rank_collapse.try.both": ("rank_collapse", collapse.only("ffn", "norm")),
            "rank_collapse.try.text": ("rank_collapse", {"text": collapse.paragraph(), **collapse.only()}),
        },
    )
