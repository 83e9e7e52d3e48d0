"""The questions of every course, each with an answer in three sentences and an experiment on the visitor's text."""

from explorer.ui.panels.questions.questions import panel
from explorer.ui.shell.page import page

with page("questions") as visit:
    panel(visit)
