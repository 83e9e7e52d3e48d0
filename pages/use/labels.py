"""From vectors to labels: of a whole text, of every token, of two sentences, of names; and answers in a passage."""

from explorer.ui.panels.use import task_head, token_task, trained_task
from explorer.ui.parts import controls
from explorer.ui.parts.show import say
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("labels") as visit:
    t = visit.t
    # There are no intents in the small Chinese language, and none of the English ones' words.
    first = "token" if visit.speaks == "toy_zh" else "text"
    line = controls.strip()
    with line:
        what = controls.choice(t, "labels", "what", ("text", "token", "span", "pair", "name"), default=first, bare=True)
    if what == "text":
        with line:
            view = controls.listed(t, "task_head", "view", tuple(task_head.VIEWS), width=224)
            with controls.more(t):
                settings = task_head.settings(visit)
        chosen = task_head.plan(visit, settings)
        task_head.work(visit, chosen, view)
        say(t("task_head.note"))
        links(t, task_head.tries(visit, view))
    elif what == "token":
        with line:
            task, depth, seed = token_task.chosen(visit)
        say(t(token_task.about(visit, task)))
        token_task.lines(visit, task, depth, seed)
        token_task.on_text(visit, task, depth, seed)
        links(t, token_task.TRIES)
    else:
        trained_task.panel(visit, what, line)
        links(t, trained_task.tries(what))
