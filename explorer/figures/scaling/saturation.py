"""Saturation: layers x heads with the scale, without it, and the change; and the sweep over the head width."""

import plotly.graph_objects as go

from explorer.analysis.scaling.drawn_vectors import SyntheticSweep
from explorer.analysis.scaling.saturation import SaturationMap
from explorer.figures.heads_map import heads_map
from explorer.figures.marks import line
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator

# These are shares or ratios: their range is fixed.
_UNIT = ("entropy", "max_prob", "peaked", "trace", "dead")


def maps(info: SaturationMap, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """Three heat maps on one range; the change is symmetric around 0 with the same width."""
    own, changed = info.own[info.measure], info.changed[info.measure]
    top = 1.0 if info.measure in _UNIT else float(max(own.max(), changed.max()))
    change = t("saturation.change")
    return {
        "saturation-scaled": heads_map(own, (0.0, top), palette.attention_scale, t("saturation.own"), t, palette),
        f"saturation-{info.way}": heads_map(
            changed, (0.0, top), palette.attention_scale, t(f"saturation.changed.{info.way}"), t, palette
        ).update_layout(title_font_color=palette.changed[1]),
        "saturation-change": heads_map(changed - own, (-top, top), palette.signed_scale, change, t, palette),
    }


def sweep(info: SyntheticSweep, measure: str, t: Translator, palette: Palette) -> go.Figure:
    """The measure over d, scaled and unscaled, with the chosen width marked."""
    figure = layout(go.Figure(), palette, 420)
    for values, name, colour in (
        (info.scaled[measure], "saturation.drawn.scaled", palette.attention[1]),
        (info.unscaled[measure], "saturation.drawn.unscaled", palette.changed[1]),
    ):
        line(figure, values, colour, t(name), x=info.widths, points=10, tip="d = %{x}: %{y:.3g}")
    figure.add_vline(x=info.chosen, line={"color": palette.ink, "dash": "dot", "width": 2})
    figure.update_xaxes(type="log", tickvals=info.widths, title_text=t("saturation.width"))
    top = 1.04 if measure in _UNIT else float(max(info.scaled[measure].max(), info.unscaled[measure].max())) * 1.1
    figure.update_yaxes(range=[-0.02, top], title_text=t(f"saturation.measure.{measure}"))
    return figure
