"""What happens to the visitor's sentence, from word pieces to the outputs."""

from explorer.ui.page import page

with page("journey") as visit:
    visit.capture()
