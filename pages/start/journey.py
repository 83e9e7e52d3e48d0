"""What happens to the visitor's sentence, from word pieces to the outputs, drawn with the numbers of this run."""

from explorer.analysis.journey import journey
from explorer.ui.components.journey import flow, place
from explorer.ui.page import Visit, page
from explorer.ui.show import show


def title(visit: Visit) -> str:
    """BERT is named where the model is one."""
    return "journey.title" if "bert" in visit.handle.config.model_type else "journey.title.other"


with page("journey", title) as visit:
    seen = visit.capture()
    token, layer, head = place(seen.encoded, visit.handle.dims)
    info = journey(visit.handle, seen, visit.layer(layer), token, head)
    show(visit.t, lambda: flow(info, seen.encoded, visit.t), info, "journey")
