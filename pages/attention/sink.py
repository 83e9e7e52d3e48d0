"""Why everything looks at the first token: what it gets, what it hands on, what is lost without it."""

from explorer.ui.panels.attention.sink import all_heads, in_the_network, instead, one_head, shown, title
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("sink", title) as visit:
    seen = shown(visit)
    layer, head = all_heads(seen).strongest
    instead(visit, seen)
    one_head(seen, layer, head)
    in_the_network(seen)
    links(
        visit.t,
        {
            "sink.try.heads": ("heads", {"layer": layer, "head": head}),
            "sink.try.atlas": ("atlas", {"view": "patterns", "order": "first"}),
            "sink.try.random": ("sink", {"model": "minilm-random"}),
        },
    )
