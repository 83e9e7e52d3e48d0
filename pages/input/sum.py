"""Every token's three vectors, their sum, and what LayerNorm makes of it."""

from explorer.analysis.input.sum import normalised, one_hot, part_norms, token_sum
from explorer.figures.input.sum import normalised_lines, part_bars, token_strips
from explorer.ui.browser.pieces import pieces
from explorer.ui.parts.show import check, reading, show
from explorer.ui.shell.page import Visit, fragment, page


@fragment
def token(visit: Visit) -> None:
    seen = visit.capture()
    index = pieces(seen.encoded, visit.t("sum.choose"))
    info = token_sum(seen, index)
    show(visit.t, token_strips(info, visit.t, visit.palette), info, "token")
    if seen.embedding is not None:
        spread = normalised(visit.handle, seen, index)
        show(visit.t, normalised_lines(spread, visit.t, visit.palette), spread, "layernorm")


with page("sum") as visit:
    norms = part_norms(visit.capture())
    token(visit)
    show(visit.t, part_bars(norms, visit.t, visit.palette), norms, "parts")
    product = one_hot(visit.handle, visit.capture())
    reading(visit.t, product)
    check(visit.t, product.difference)
