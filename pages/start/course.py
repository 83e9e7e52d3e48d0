"""The lessons: which there are, and what was asked, answered and right."""

from explorer.ui.panels.start.course import answers, ended, offers, title
from explorer.ui.shell.page import page

with page("course", title, remarked=False) as visit:
    first, last = (answers, offers) if ended(visit) else (offers, answers)
    first(visit)
    last(visit)
