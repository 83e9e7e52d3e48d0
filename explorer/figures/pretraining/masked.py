"""The net shares of the masking recipe."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.pretraining.masked import FATES, Shares
from explorer.figures.theme import LEGEND_ABOVE, TEXT, Palette, layout
from explorer.i18n import Translator


def shares(info: Shares, t: Translator, palette: Palette) -> go.Figure:
    """What became of the chosen tokens, in percent of all tokens; the bracket is one standard deviation around the
    expected share."""
    names = [t(f"masked.fate.{name}") for name in FATES[1:]]
    found, expected = 100 * np.array(info.found[1:]), 100 * np.array(info.expected[1:])
    spread = np.sqrt(expected * (100 - expected) / info.n)
    colours = [palette.masked, palette.changed[1], palette.attention[1]]
    figure = go.Figure()
    figure.add_bar(
        x=found.astype(np.float32), y=names, orientation="h", marker_color=colours, name=t("masked.found"),
        text=[f"     {x:.2f}%" for x in found], textposition="outside", textfont={"size": TEXT}, cliponaxis=False,
        hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=expected.astype(np.float32), y=names, mode="markers", name=t("masked.expected"), hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 34, "line": {"width": 3, "color": palette.ink}},
        error_x={"type": "data", "array": spread.astype(np.float32), "color": palette.ink, "thickness": 2},
    )  # fmt: skip
    figure = layout(figure, palette, 300)
    figure.update_layout(legend=LEGEND_ABOVE, bargap=0.4)
    figure.update_xaxes(range=[0, max(1.0, 1.25 * max(found.max(), expected.max()))], title_text=t("masked.percent"))
    figure.update_yaxes(autorange="reversed", tickfont={"size": TEXT})
    return figure
