"""How much of two tables lies within a few directions."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.input.apart import TakenApart
from explorer.figures.marks import UNIT, line
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator


def apart_lines(info: TakenApart, t: Translator, palette: Palette) -> go.Figure:
    """Share of the variance of positions and of words within the first directions, and where positions are read."""
    count = np.arange(1, len(info.word) + 1)
    figure = layout(go.Figure(), palette, 340)
    for name, values in (("position", info.position), ("word", info.word)):
        tip = "%{x}: %{y:.1%}"
        label, colour = t(f"sum.apart.{name}"), getattr(palette, name)
        line(
            figure,
            values.astype(np.float32),
            colour,
            label,
            x=count,
            tip=tip,
            dash="solid" if name == "word" else "dash",
        )
    even = (count / len(count)).astype(np.float32)
    line(figure, even, palette.quiet, t("sum.apart.even"), x=count, width=2, dash="dot", hoverinfo="skip")
    figure.add_vline(x=info.few, line={"color": palette.ink, "dash": "dot", "width": 2})
    figure.update_xaxes(title_text=t("sum.apart.directions"), type="log", tickvals=[1, 2, 5, 10, 20, 50, 100, 200, 500])
    return figure.update_yaxes(UNIT, range=[0, 1.02], title_text=t("sum.apart.share"))
