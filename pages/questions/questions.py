"""The questions of every course, each with an answer in three sentences and an experiment on the visitor's text."""

from explorer.ui.page import page
from explorer.ui.questions import panel

with page("questions") as visit:
    panel(visit)
