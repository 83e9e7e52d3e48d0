"""What heads do: simple patterns and their strongest heads; and what attention carries through the layers."""

from explorer.analysis.patterns import patterns
from explorer.analysis.rollout import rollout
from explorer.ui import controls, state
from explorer.ui.overview import draw_patterns, draw_rollout
from explorer.ui.page import Visit, fragment, page
from explorer.ui.show import numbers, reading


@fragment
def panel(visit: Visit) -> None:
    seen = visit.capture()
    layers = [visit.layer(number) for number in range(visit.handle.dims.n_layers)]
    if controls.choice(visit.t, "patterns", "show", ("heads", "rollout")) == "heads":
        info = patterns(seen, layers)
        draw_patterns(visit.t, info)
    else:
        with controls.strip():
            last = controls.layer(visit, "upto", len(layers))
            residual = state.toggle(visit.t("rollout.residual"), "residual", True)
        info = rollout(seen, layers, last, residual)
        draw_rollout(visit.t, info)
    reading(visit.t, info)
    numbers(visit.t, info, "patterns", False)


with page("patterns") as visit:
    panel(visit)
