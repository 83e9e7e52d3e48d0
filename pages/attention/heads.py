"""One head of one layer: the whole matrix of attention probabilities."""

from explorer.analysis.attention import head_matrix
from explorer.figures.matrix import matrix
from explorer.ui import controls
from explorer.ui.page import page
from explorer.ui.show import show

with page("heads") as visit:
    with controls.strip():
        layer = controls.layer(visit)
        head = controls.head(visit)
    info = head_matrix(visit.capture(), visit.layer(layer), head)
    show(visit.t, matrix(info, visit.t, visit.palette), info, "head")
