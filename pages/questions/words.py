"""What the words mean that the app uses."""

from explorer.ui.panels.questions.words import panel
from explorer.ui.shell.page import page

with page("words", remarked=False) as visit:
    panel(visit)
