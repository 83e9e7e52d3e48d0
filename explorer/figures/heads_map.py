"""One number for each head of each layer, as a map of layers and heads."""

import numpy as np
import plotly.graph_objects as go

from explorer.figures.marks import bar_below, heat
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator


def heads_map(
    cells: np.ndarray,
    limits: tuple[float, float],
    scale: list[list[object]],
    title: str,
    t: Translator,
    palette: Palette,
) -> go.Figure:
    """Layers down, heads across, on a range that maps to be compared share."""
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
