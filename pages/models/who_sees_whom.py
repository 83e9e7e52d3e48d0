"""Who may look at whom: masks of five families, the same weights both ways, and a word exchanged to prove it."""

from explorer.ui import controls
from explorer.ui.navigation import link_if_there, links
from explorer.ui.page import page
from explorer.ui.who_sees_whom import TRIES, VIEWS

with page("who_sees_whom") as visit:
    VIEWS[controls.choice(visit.t, "who_sees_whom", "show", tuple(VIEWS), bare=True)](visit)
    links(visit.t, TRIES)
    link_if_there(visit.t, "who_sees_whom.compare", "compare")
