"""What attention alone would make of a text: all words one vector. What prevents it."""

from explorer.ui.panels.structure import rank_collapse
from explorer.ui.parts import controls
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("rank_collapse", remarked=False) as visit:
    with controls.strip():
        kept = rank_collapse.kept(visit)
    rank_collapse.panel(visit, kept)
    links(
        visit.t,
        {
            "rank_collapse.try.skips": ("rank_collapse", rank_collapse.only("skips")),
            "rank_collapse.try.both": ("rank_collapse", rank_collapse.only("ffn", "norm")),
            "rank_collapse.try.text": ("rank_collapse", {"text": rank_collapse.paragraph(), **rank_collapse.only()}),
        },
    )
