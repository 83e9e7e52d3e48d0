"""Which words lie near which: in the word table, on the way through the layers, and in two contexts."""

from explorer.ui.panels.input.neighbours import panel
from explorer.ui.shell.page import page

with page("neighbours") as visit:
    panel(visit)
