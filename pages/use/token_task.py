"""A label for every token: what can be read off its state, layer by layer, on texts that were held out."""

from explorer.ui.panels.use import token_task
from explorer.ui.parts.show import say
from explorer.ui.shell.navigation import link_if_there, links
from explorer.ui.shell.page import page

with page("token_task") as visit:
    t = visit.t
    task, depth, seed = token_task.chosen(visit)
    say(t(f"token_task.what.{task}"))
    token_task.lines(visit, task, depth, seed)
    token_task.on_text(visit, task, depth, seed)
    links(
        t,
        {
            "token_task.try.before": ("token_task", {"task": "before"}),
            "token_task.try.lot": ("token_task", {"task": "lot"}),
            "token_task.try.role": ("token_task", {"task": "role"}),
            "token_task.try.number": ("token_task", {"task": "number"}),
            "token_task.try.random": ("token_task", {"task": "before", "model": "minilm-random"}),
        },
    )
    link_if_there(t, "token_task.compare", "compare")
