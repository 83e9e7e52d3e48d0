"""All pages of the app as small pictures."""

from explorer.ui.browser.around import around
from explorer.ui.shell.page import page

with page("around", remarked=False) as visit:
    around(visit.t, "around")
