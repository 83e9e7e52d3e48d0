"""Who may look at whom: masks of five families, the same weights both ways, and a word exchanged to prove it."""

from explorer.ui.panels.models.who_sees_whom import TRIES, panel
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("who_sees_whom") as visit:
    panel(visit)
    links(visit.t, {**TRIES, "who_sees_whom.compare": ("compare", {})})
