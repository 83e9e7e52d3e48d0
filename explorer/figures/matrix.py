"""A matrix of attention probabilities as a heat map, its tokens along both sides."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.attention import HeadMatrix
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator

# Above this many tokens, labels along an axis would touch each other.
MAX_LABELS = 64


def matrix(info: HeadMatrix, t: Translator, palette: Palette) -> go.Figure:
    """Queries down, keys across, on the fixed scale 0 … 1."""
    n = len(info.tokens)
    # Eight bits are 0.4 % of the scale, finer than a screen shows, and a quarter of the bytes.
    levels = np.where(info.visible, np.rint(info.probs * 255), 0).astype(np.uint8)
    bar = {"title": t("heads.probability"), "tickvals": [0, 127.5, 255], "ticktext": ["0", "0.5", "1"], "thickness": 12}
    figure = go.Figure(
        go.Heatmap(
            z=levels, zmin=0, zmax=255, colorscale=palette.attention_scale, colorbar=bar, hoverongaps=False,
            hovertemplate="%{y} → %{x}<extra></extra>",
        )
    )  # fmt: skip
    figure = layout(figure, palette, 720)
    every = -(-n // MAX_LABELS)
    ticks = {"tickvals": list(range(0, n, every)), "ticktext": [_plain(token) for token in info.tokens[::every]]}
    figure.update_xaxes(ticks, title_text=t("heads.keys"), side="top", tickangle=-60)
    figure.update_yaxes(ticks, title_text=t("heads.queries"), autorange="reversed")
    return figure


def _plain(token: str) -> str:
    """Plotly reads some HTML in labels; a visitor's text must stay text."""
    return token.replace("&", "&amp;").replace("<", "&lt;")
