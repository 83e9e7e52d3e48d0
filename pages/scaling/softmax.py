"""Softmax of one small vector: the textbook example with a slider, or any vector that the visitor types."""

from explorer.analysis.softmax import example, example_curve, microscope
from explorer.figures.softmax import curve_of_example
from explorer.ui import controls, scaling
from explorer.ui.navigation import links
from explorer.ui.page import page
from explorer.ui.show import show

with page("softmax") as visit:
    t = visit.t
    with controls.strip():
        a = scaling.stretch(visit)
        vector = scaling.typed_vector(visit)
    info = example(a) if vector is None else microscope(vector)
    scaling.microscope_panel(visit, info)
    if vector is None:
        curve = example_curve(a)
        show(t, curve_of_example(curve, t, visit.palette), curve, "softmax-example")
    links(
        t,
        {
            "softmax.try.shifted": ("softmax", {"vector": "1000,1000,1001"}),
            "softmax.try.small": ("softmax", {"vector": "0,0,1"}),
            "softmax.try.equal": ("softmax", {"vector": "7,7,7,7"}),
            "softmax.try.nan": ("softmax", {"a": "45.0"}),
        },
    )
