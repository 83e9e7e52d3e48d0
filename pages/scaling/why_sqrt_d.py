"""Why √d: the variance of q·k grows with the width, and the division takes the growth away."""

from explorer.analysis.scaling.why_sqrt_d import score_variance
from explorer.figures.scaling.why_sqrt_d import score_variance as draw
from explorer.ui.parts.show import say, show
from explorer.ui.shell.navigation import links
from explorer.ui.shell.page import page

with page("why_sqrt_d") as visit:
    t = visit.t
    layers = [visit.layer(number) for number in range(visit.handle.dims.n_layers)]
    info = score_variance(layers, visit.capture().encoded.n_tokens)
    show(t, draw(info, t, visit.palette), info, "why-sqrt-d")
    say(t("why_sqrt_d.note"))
    links(
        t,
        {
            "why_sqrt_d.try.rows": ("saturation", {"regime": "drawn", "d": "512"}),
            "why_sqrt_d.try.softmax": ("softmax", {"a": "10.0"}),
        },
    )
