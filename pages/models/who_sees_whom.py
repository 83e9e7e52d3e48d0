"""Who may look at whom: masks of five families, the same weights both ways, and a word exchanged to prove it."""

from explorer.ui.panels.models.who_sees_whom import TRIES, VIEWS
from explorer.ui.parts import controls
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("who_sees_whom") as visit:
    VIEWS[controls.choice(visit.t, "who_sees_whom", "show", tuple(VIEWS), bare=True)](visit)
    links(visit.t, {**TRIES, "who_sees_whom.compare": ("compare", {})})
