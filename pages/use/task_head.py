"""From text to label: frozen vectors against fine-tuning, live, on held-out texts."""

from explorer.ui import controls, task_head
from explorer.ui.navigation import links
from explorer.ui.page import page
from explorer.ui.show import say

with page("task_head") as visit:
    t = visit.t
    with controls.strip():
        view = controls.choice(t, "task_head", "view", tuple(task_head.VIEWS), bare=True)
        texts = task_head.source(visit)
    chosen = task_head.plan(visit, texts)
    task_head.work(visit, chosen, view)
    say(t("task_head.note"))
    links(t, task_head.tries(visit))
