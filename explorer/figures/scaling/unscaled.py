"""How far every hidden state moves when the scale is changed in the whole network, and the curve over the factor."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.scaling.unscaled import FactorCurve, NetworkChange
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, LEGEND_ABOVE, Palette, layout
from explorer.i18n import Translator

MAX_LABELS, MAX_GAPS = 26, 128


def states(info: NetworkChange, t: Translator, palette: Palette) -> go.Figure:
    """Outputs of the layers down, tokens across; the more amber, the further from the untouched run. Fixed 0 … 1."""
    depths, n = info.states.shape
    scale = [[0, palette.changed[1]], [1, palette.changed[0]]]
    title = {"text": t("unscaled.cosine"), "side": "bottom", "font": {"size": LABEL, "color": palette.quiet}}
    bar = {"title": title, "tickvals": [0, 0.5, 1], "thickness": 12, "tickfont": {"size": LABEL}}
    below = {"orientation": "h", "y": -0.04, "yanchor": "top"}
    figure = go.Figure(
        go.Heatmap(
            z=info.states.astype(np.float32), zmin=0, zmax=1, colorscale=scale, colorbar=bar | below, ygap=2,
            xgap=1 if n <= MAX_GAPS else 0,  # where columns are a pixel wide, a gap would leave nothing of them
            hovertemplate="%{y}, %{x}: %{z:.3f}<extra></extra>",
        )
    )  # fmt: skip
    figure = layout(figure, palette, 160 + max(240, min(40 * depths, 640)))
    every = -(-n // MAX_LABELS)
    words = [token.replace("&", "&amp;").replace("<", "&lt;") for token in info.tokens]
    figure.update_xaxes(tickvals=list(range(0, n, every)), ticktext=words[::every], side="top", tickangle=-60)
    figure.update_yaxes(tickvals=list(range(depths)), ticktext=_depths(depths, t), autorange="reversed")
    return figure


def paths(info: NetworkChange, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of [CLS] and of the mean vector over the layers."""
    depths = len(info.states)
    figure = go.Figure()
    for y, name, colour in ((info.cls, "cls", palette.ink), (info.pooled, "pooled", palette.changed[1])):
        line = {"color": colour, "width": 4}
        label = t(f"unscaled.{name}", token=plain(info.tokens[info.place]))
        trace = go.Scatter(x=np.arange(depths), y=y, mode="lines+markers", name=label, line=line)
        figure.add_trace(trace.update(marker={"size": 9}, hovertemplate="%{x}: %{y:.3f}<extra></extra>"))
    figure = layout(figure, palette, 160 + max(240, min(40 * depths, 640)))
    figure.update_xaxes(tickvals=list(range(depths)), ticktext=_depths(depths, t), tickangle=-60)
    figure.update_yaxes(range=[min(0.0, float(info.cls.min()), float(info.pooled.min())) - 0.02, 1.04])
    figure.update_yaxes(title_text=t("unscaled.cosine"), tickvals=[0, 0.5, 1])
    figure.update_layout(legend=LEGEND_ABOVE | {"font": {"size": LABEL}})
    return figure


def curve(info: FactorCurve, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of the last [CLS] and mean vector over the factor, with the model's own marked."""
    figure = go.Figure()
    for y, name, colour in ((info.cls, "cls", palette.ink), (info.pooled, "pooled", palette.changed[1])):
        line = {"color": colour, "width": 4}
        label = t(f"unscaled.{name}", token=plain(info.first))
        trace = go.Scatter(x=info.factors, y=y, mode="lines+markers", name=label, line=line)
        figure.add_trace(trace.update(marker={"size": 10}, hovertemplate="%{x:.3g}: %{y:.3f}<extra></extra>"))
    if info.own_factor is not None:
        figure.add_vline(x=info.own_factor, line={"color": palette.attention[1], "dash": "dot", "width": 3})
        # On a logarithmic axis an annotation's place is the logarithm, a line's is the value.
        figure.add_annotation(
            x=float(np.log10(info.own_factor)), y=0.04, text=t("unscaled.own"), showarrow=False, xanchor="left",
            xshift=8, font={"size": LABEL, "color": palette.attention[1]},
        )  # fmt: skip
    figure = layout(figure, palette, 360)
    marks = info.factors[::2]
    figure.update_xaxes(
        type="log", tickvals=marks, ticktext=[f"{f:.3g}" for f in marks], title_text=t("unscaled.factor")
    )
    low = min(0.0, float(info.cls.min()), float(info.pooled.min()))
    figure.update_yaxes(range=[low - 0.02, 1.1], tickvals=[0, 0.5, 1], title_text=t("unscaled.cosine"))
    figure.update_layout(legend=LEGEND_ABOVE | {"font": {"size": LABEL}})
    return figure


def _depths(depths: int, t: Translator) -> list[str]:
    return [t("unscaled.embedding"), *(t("atlas.row", layer=i) for i in range(depths - 1))]
