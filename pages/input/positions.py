"""How the model knows the order of the words, and what happens when it does not."""

from explorer.ui.panels.input.positions import panel
from explorer.ui.shell.page import page

with page("positions") as visit:
    panel(visit)
