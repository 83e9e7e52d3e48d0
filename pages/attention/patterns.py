"""What heads do: simple patterns and their strongest heads; and what attention carries through the layers."""

from explorer.analysis.attention.patterns import patterns
from explorer.analysis.attention.rollout import rollout
from explorer.ui.parts import controls
from explorer.ui.parts.overview import draw_patterns, draw_rollout
from explorer.ui.parts.show import numbers, reading
from explorer.ui.shell import state
from explorer.ui.shell.page import Visit, fragment, page


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
