"""The class room: open one, join one, and what is left of it at the end."""

from explorer.ui.panels.start.room import class_room
from explorer.ui.shell.page import page

with page("room", remarked=False) as visit:
    class_room(visit)
