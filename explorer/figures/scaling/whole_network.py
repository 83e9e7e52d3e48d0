"""How far every hidden state moves when the scale is changed in the whole network, and the curve over the factor."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.scaling.whole_network import FactorCurve, NetworkChange
from explorer.figures.marks import UNIT, bar_below, heat, line
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator

MAX_LABELS, MAX_GAPS = 26, 128


def states(info: NetworkChange, t: Translator, palette: Palette) -> go.Figure:
    """Outputs of the layers down, tokens across; the more amber, the further from the untouched run. Fixed 0 … 1."""
    depths, n = info.states.shape
    scale = [[0, palette.changed[1]], [1, palette.changed[0]]]
    bar = bar_below(-0.04, t("network.cosine"), **UNIT, ticktext=["≤ 0", "0.5", "1"])
    figure = go.Figure(
        heat(
            info.states, 0, 1, scale, colorbar=bar, ygap=2, hovertemplate="%{y}, %{x}: %{z:.3f}<extra></extra>",
            xgap=1 if n <= MAX_GAPS else 0,  # where columns are a pixel wide, a gap would leave nothing of them
        )
    )  # fmt: skip
    figure = layout(figure, palette, 160 + max(240, min(40 * depths, 640)))
    every = -(-n // MAX_LABELS)
    words = [plain(token) for token in info.tokens]
    figure.update_xaxes(tickvals=list(range(0, n, every)), ticktext=words[::every], side="top", tickangle=-60)
    figure.update_yaxes(tickvals=list(range(depths)), ticktext=_depths(depths, t), autorange="reversed")
    return figure


def paths(info: NetworkChange, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of [CLS] and of the mean vector over the layers."""
    depths = len(info.states)
    figure = layout(go.Figure(), palette, 160 + max(240, min(40 * depths, 640)))
    _both(figure, info, info.tokens[info.place], None, t, palette)
    figure.update_xaxes(tickvals=list(range(depths)), ticktext=_depths(depths, t), tickangle=-60)
    figure.update_yaxes(range=[min(0.0, float(info.cls.min()), float(info.pooled.min())) - 0.02, 1.04])
    return figure.update_yaxes(UNIT, title_text=t("network.cosine"))


def curve(info: FactorCurve, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of the last [CLS] and mean vector over the factor, with the model's own marked."""
    figure = layout(go.Figure(), palette, 360)
    _both(figure, info, info.first, info.factors, t, palette)
    if info.own_factor is not None:
        figure.add_vline(x=info.own_factor, line={"color": palette.attention[1], "dash": "dot", "width": 3})
        # On a logarithmic axis an annotation's place is the logarithm, a line's is the value.
        figure.add_annotation(
            x=float(np.log10(info.own_factor)), y=0.04, text=t("network.own"), showarrow=False, xanchor="left",
            xshift=8, font={"size": LABEL, "color": palette.attention[1]},
        )  # fmt: skip
    marks = info.factors[::2]
    figure.update_xaxes(
        type="log", tickvals=marks, ticktext=[f"{f:.3g}" for f in marks], title_text=t("network.factor")
    )
    low = min(0.0, float(info.cls.min()), float(info.pooled.min()))
    return figure.update_yaxes(UNIT, range=[low - 0.02, 1.1], title_text=t("network.cosine"))


def _both(
    figure: go.Figure, info: NetworkChange | FactorCurve, first: str, x: Any, t: Translator, palette: Palette
) -> None:
    for y, name, colour in ((info.cls, "cls", palette.ink), (info.pooled, "pooled", palette.changed[1])):
        line(figure, y, colour, t(f"network.{name}", token=plain(first)), x=x, points=9, tip="%{x:.3g}: %{y:.3f}")


def _depths(depths: int, t: Translator) -> list[str]:
    return [t("network.embedding"), *(t("atlas.row", layer=i) for i in range(depths - 1))]
