"""The lessons: which there are, and what was asked, answered and right."""

from explorer.ui.panels.start.course import answers, offers
from explorer.ui.shell.page import page

with page("course", remarked=False) as visit:
    offers(visit.t)
    answers(visit)
