"""Two tiny BERTs trained side by side, live: with and without the scale, or whatever else the visitor changes."""

from explorer.ui.panels.pretraining import training_lab
from explorer.ui.parts.show import say
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("training_lab") as visit:
    t = visit.t
    links(t, training_lab.tries())
    pair = training_lab.chosen_pair(visit)
    training_lab.panel(visit, pair)
    say(t("training_lab.note"))
    training_lab.sweep_panel(visit, pair)
