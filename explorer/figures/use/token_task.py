"""A probe's score layer by layer, with what chance and what the most frequent label reach."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.use.token_task import TokenScores
from explorer.figures.marks import line
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator


def score_lines(info: TokenScores, t: Translator, palette: Palette) -> go.Figure:
    """Held-out accuracy over the layers passed, the probe on shuffled labels, the majority, the chosen depth."""
    figure = layout(go.Figure(), palette, 420)
    figure.add_vline(info.depth, line={"color": palette.rule, "width": 2})
    for name, values, colour, dash in (
        ("accuracy", info.accuracy, palette.query, "solid"),
        ("control", info.control, palette.changed[1], "dot"),
        ("majority", np.full(len(info.scores), info.majority), palette.quiet, "dash"),
    ):
        points = 0 if name == "majority" else 10
        line(figure, values, colour, t(f"token_task.{name}"), dash=dash, points=points, tip="%{x}: %{y:.1%}")
    figure.update_xaxes(title_text=t("sentences.passed"), dtick=1)
    low = min(float(info.control.min()), float(info.accuracy.min()), info.majority)
    figure.update_yaxes(range=[max(0.0, low - 0.08), 1.02], tickformat=".0%", title_text=t("token_task.share"))
    return figure
