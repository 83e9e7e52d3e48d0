"""One head of one layer: the whole matrix of attention probabilities."""

from explorer.analysis.attention import head_matrix
from explorer.ui import controls
from explorer.ui.components.matrix import matrix
from explorer.ui.page import page

with page("heads") as visit:
    with controls.strip():
        layer = controls.layer(visit)
        head = controls.head(visit)
    info = head_matrix(visit.capture(), visit.layer(layer), head)
    matrix(
        info.probs,
        info.visible,
        info.tokens,
        info.tokens,
        scale="attention",
        low=0,
        high=1,
        key="head",
        param="query",
        chosen=1,
        label=visit.t("heads.lead"),
        height=640,
    )
