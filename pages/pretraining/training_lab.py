"""Two tiny BERTs trained side by side, live: with and without the scale, or whatever else the visitor changes."""

from explorer.ui import training
from explorer.ui.navigation import links
from explorer.ui.page import page
from explorer.ui.show import say

with page("training_lab") as visit:
    t = visit.t
    pair = training.chosen_pair(visit)
    training.panel(visit, pair)
    say(t("training_lab.note"))
    links(t, training.tries())
    training.sweep_panel(visit, pair)
