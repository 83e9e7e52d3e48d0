"""The net shares of the masking recipe."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.pretraining.masked import FATES, Shares
from explorer.figures.marks import beams
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator


def shares(info: Shares, t: Translator, palette: Palette) -> go.Figure:
    """What became of the chosen tokens, in percent of all tokens; the bracket is one standard deviation around the
    expected share."""
    names = [t(f"masked.fate.{name}") for name in FATES[1:]]
    found, expected = 100 * np.array(info.found[1:]), 100 * np.array(info.expected[1:])
    spread = np.sqrt(expected * (100 - expected) / info.n)
    colours = [palette.masked, palette.changed[1], palette.attention[1]]
    figure = layout(go.Figure(), palette, 300)
    beams(figure, found, names, colours, [f"     {x:.2f}%" for x in found], t("masked.found"))
    figure.add_scatter(
        x=expected.astype(np.float32), y=names, mode="markers", name=t("masked.expected"), hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 34, "line": {"width": 3, "color": palette.ink}},
        error_x={"type": "data", "array": spread.astype(np.float32), "color": palette.ink, "thickness": 2},
    )  # fmt: skip
    figure.update_layout(bargap=0.4)
    figure.update_xaxes(range=[0, max(1.0, 1.25 * max(found.max(), expected.max()))], title_text=t("masked.percent"))
    return figure
