"""Saturation: layers x heads with the scale, without it, and the change; and the sweep over the head width."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.scaling.drawn_vectors import SyntheticSweep
from explorer.analysis.scaling.saturation import SaturationMap
from explorer.figures.marks import bar_below, heat, line
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator

# These are shares or ratios: their range is fixed.
_UNIT = ("entropy", "max_prob", "peaked", "trace", "dead")


def maps(info: SaturationMap, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """Three heat maps on one range; the change is symmetric around 0 with the same width."""
    own, changed = info.own[info.measure], info.changed[info.measure]
    top = 1.0 if info.measure in _UNIT else float(max(own.max(), changed.max()))
    return {
        "saturation-scaled": _map(own, (0.0, top), palette.attention_scale, t("saturation.own"), t, palette),
        f"saturation-{info.way}": _map(
            changed, (0.0, top), palette.attention_scale, t(f"saturation.changed.{info.way}"), t, palette
        ).update_layout(title_font_color=palette.changed[1]),
        "saturation-change": _map(changed - own, (-top, top), palette.signed_scale, t("saturation.change"), t, palette),
    }


def _map(
    cells: np.ndarray,
    limits: tuple[float, float],
    scale: list[list[object]],
    title: str,
    t: Translator,
    palette: Palette,
) -> go.Figure:
    low, high = limits
    bar = bar_below(-0.14, tickvals=[low, (low + high) / 2, high], tickformat=".3~g")
    place = t("journey.layer_name", layer="%{y}") + t("controls.and") + t("journey.head_name", head="%{x}")
    tip = place + ": %{z:.3g}<extra></extra>"
    figure = go.Figure(heat(cells, low, high, scale, colorbar=bar, xgap=2, ygap=2, hovertemplate=tip))
    layers, heads = cells.shape
    figure = layout(figure, palette, 120 + max(200, min(34 * layers, 480)))
    figure.update_layout(
        title={"text": title, "x": 0, "xanchor": "left", "y": 0.97, "yanchor": "top"}, margin={"t": 84}
    )
    every = 1 if heads <= 12 else -(-heads // 12)
    figure.update_xaxes(tickvals=np.arange(0, heads, every), side="top", title_text=t("controls.head"), ticks="")
    figure.update_yaxes(tickvals=np.arange(layers), autorange="reversed", title_text=t("controls.layer"), ticks="")
    return figure


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
