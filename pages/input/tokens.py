"""How the text was cut into word pieces, and how the tokenizer found them."""

from explorer.analysis.input.tokens import pieces_of
from explorer.ui.browser.cards import cards
from explorer.ui.panels.input.tokens import search, side_by_side, vocabulary
from explorer.ui.parts.show import show
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def text(visit: Visit) -> None:
    encoded = visit.scene.encoded
    info = pieces_of(visit.handle, encoded)
    chosen: list[int] = []
    show(visit.t, lambda: chosen.append(cards(info, encoded, visit.t)), info, "pieces")
    search(visit, chosen[0])


with page("tokens") as visit:
    text(visit)
    side_by_side(visit)
    vocabulary(visit)
