"""Variance of q·k against the head width on logarithmic axes, before and after the division by √d."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.scaling.score_variance import ScoreVariance
from explorer.figures.marks import line
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator


def score_variance(info: ScoreVariance, t: Translator, palette: Palette) -> go.Figure:
    """The lines var = d and var = 1, drawn vectors as large marks on them, the model's heads as small ones."""
    d = np.array(info.widths, dtype=np.float64)
    figure = go.Figure()
    lines = (
        (d, info.drawn, info.heads, "unscaled", palette.changed[1]),
        (np.ones_like(d), info.drawn / d, info.heads / info.d_head, "scaled", palette.attention[1]),
    )
    layers, heads = info.heads.shape
    # All heads have one width: they are spread a little to the sides so that none hides another.
    spread = info.d_head * 2 ** np.linspace(-0.25, 0.25, layers).repeat(heads)
    names = np.stack([np.arange(layers).repeat(heads), np.tile(np.arange(heads), layers)], axis=1)
    hover = (
        f"{t('controls.layer')} %{{customdata[0]}}, {t('controls.head')} %{{customdata[1]}}: %{{y:.3g}}<extra></extra>"
    )
    for expected, drawn, real, name, colour in lines:
        line(figure, expected, colour, x=d, width=2, dash="dash", showlegend=False, hoverinfo="skip")
        mark = {"color": colour, "size": 13}
        label = t(f"variance.drawn.{name}")
        tip = "d = %{x}: %{y:.3g}<extra></extra>"
        figure.add_trace(go.Scatter(x=d, y=drawn, mode="markers", marker=mark, name=label, hovertemplate=tip))
        mark = {"color": colour, "size": 8, "symbol": "circle-open", "line": {"width": 1.5}}
        figure.add_trace(
            go.Scatter(
                x=spread, y=real.ravel(), mode="markers", marker=mark, name=t(f"variance.heads.{name}"),
                customdata=names, hovertemplate=hover,
            )
        )  # fmt: skip
    figure = layout(figure, palette, 560)
    figure.update_xaxes(type="log", tickvals=info.widths, title_text=t("saturation.width"))
    figure.update_yaxes(type="log", dtick=1, title_text=t("variance.variance"), showgrid=True)
    return figure
