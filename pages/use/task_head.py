"""From text to label: frozen vectors against fine-tuning, live, on held-out texts."""

from explorer.ui.panels.use import task_head
from explorer.ui.parts import controls
from explorer.ui.parts.show import say
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("task_head") as visit:
    t = visit.t
    with controls.strip():
        view = controls.choice(t, "task_head", "view", tuple(task_head.VIEWS), bare=True)
        texts = task_head.source(visit)
    chosen = task_head.plan(visit, texts)
    task_head.work(visit, chosen, view)
    say(t("task_head.note"))
    links(t, task_head.tries(visit))
