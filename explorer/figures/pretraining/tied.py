"""Two copies drifting apart after they were untied, and the rows of a table against their strongest longer rivals."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.pretraining.own_argmax import OwnRows
from explorer.analysis.pretraining.untying import Untying
from explorer.figures.marks import line
from explorer.figures.text import plain
from explorer.figures.theme import TEXT, Palette, layout
from explorer.i18n import Translator

# Words written beside their points.
NAMED = 12


def drift(info: Untying, t: Translator, palette: Palette) -> go.Figure:
    """Left: how far the logits of the two models are apart; right: the two losses."""
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.12)
    lines = (
        (info.difference, "tied.line.difference", palette.changed[1], "solid", 1),
        (info.losses[0], "tied.line.tied", palette.attention[1], "solid", 2),
        (info.losses[1], "tied.line.untied", palette.changed[1], "dot", 2),
    )
    for values, name, colour, dash, column in lines:
        line(figure, values, colour, t(name), width=3, dash=dash, points=7, row=1, col=column)
    figure = layout(figure, palette, 420)
    figure.update_xaxes(title_text=t("tied.step"), rangemode="tozero")
    figure.update_yaxes(title_text=t("tied.distance"), rangemode="tozero", col=1)
    figure.update_yaxes(title_text=t("tied.loss"), rangemode="tozero", col=2)
    return figure


def rivals(info: OwnRows, t: Translator, palette: Palette) -> go.Figure:
    """Below the line the longer rival wins: its cosine is larger than what the row lacks in length."""
    figure = layout(go.Figure(), palette, 560)
    line(figure, np.array([0, 1], dtype=np.float32), palette.ink, t("tied.line.equal"), width=2, hoverinfo="skip")
    figure.add_scatter(
        x=info.cosine[info.drawn], y=info.ratio[info.drawn], mode="markers", name=t("tied.own"), hoverinfo="skip",
        marker={"size": 4, "color": palette.attention[1], "opacity": 0.45},
    )  # fmt: skip
    lost = info.losers
    names = [f"{plain(info.words[i])} → {plain(info.words[info.rival[i]])}" for i in lost]
    figure.add_scatter(
        x=info.cosine[lost], y=info.ratio[lost], mode="markers", name=t("tied.other", n=len(lost)),
        hovertext=names[:500], hoverinfo="text",
        marker={"size": 11, "color": palette.changed[1], "symbol": "diamond"},
    )  # fmt: skip
    low = float(np.floor(10 * min(info.ratio.min(), 0.9)) / 10)
    left = float(np.floor(10 * max(min(np.quantile(info.cosine, 0.001), 0.9), -1.0)) / 10)
    figure.update_layout(legend_itemsizing="constant")
    figure.update_xaxes(title_text=t("tied.cosine"), range=[left, 1.02], tickfont={"size": TEXT})
    figure.update_yaxes(title_text=t("tied.ratio"), range=[low, 1.03], tickfont={"size": TEXT})
    return figure
