"""The same projection, cut into heads, and the maps that the cut makes."""

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.structure.reshape import Reshape, divisors
from explorer.figures.marks import heat
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator


def cut(info: Reshape, t: Translator, palette: Palette) -> go.Figure:
    """Above, q with a line between heads; below, one attention map for each head."""
    titles = (t("reshape.strip", n=info.q.shape[0], d=info.width), t("reshape.maps", heads=info.heads))
    figure = make_subplots(2, 1, row_heights=[0.38, 0.62], vertical_spacing=0.1, subplot_titles=titles)
    bound = float(np.abs(info.q).max()) or 1.0
    tip = "%{x}: %{z:.2f}<extra></extra>"
    figure.add_trace(heat(info.q, -bound, bound, palette.signed_scale, hovertemplate=tip), 1, 1)
    own = info.heads == info.own_heads
    scale = palette.attention_scale if own else palette.changed_scale
    tiles = np.rint(_tiled(info.maps) * 255).astype(np.uint8)
    figure.add_trace(go.Heatmap(z=tiles, zmin=0, zmax=255, colorscale=scale, showscale=False, hoverinfo="skip"), 2, 1)
    figure = layout(figure, palette, 560)
    _lines(figure, info, palette)
    figure.update_annotations(font_size=LABEL)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, autorange="reversed")
    # Where the screen is narrow, all that is left over stands below the maps, and nothing between them and their title.
    return figure.update_yaxes(scaleanchor="x2", constrain="domain", constraintoward="top", row=2, col=1)


def columns(heads: int) -> int:
    """Maps in one row: wide rows, since the picture is wide, and all of them full."""
    return min(divisors(heads), key=lambda wide: abs(np.log(wide / np.sqrt(heads * 3.5))))


def _tiled(maps: np.ndarray) -> np.ndarray:
    """heads x n x n as one matrix of tiles."""
    heads, n, _ = maps.shape
    wide = columns(heads)
    high = heads // wide
    return maps.reshape(high, wide, n, n).transpose(0, 2, 1, 3).reshape(high * n, wide * n)


def _lines(figure: go.Figure, info: Reshape, palette: Palette) -> None:
    """Lines between heads, in the strip and between the maps."""
    ink = {"color": palette.ink, "width": 2 if info.heads <= 48 else 0.5}
    edges = range(info.d_head, info.width, info.d_head) if info.heads <= 96 else ()
    shapes = [_line(x - 0.5, x - 0.5, -0.5, info.q.shape[0] - 0.5, "", ink) for x in edges]
    n, wide = info.maps.shape[1], columns(info.heads)
    high = info.heads // wide
    # As wide as the ground between two pictures: without it two maps look like one.
    frame = {"color": palette.ground, "width": 8 if info.heads <= 24 else 2 if info.heads <= 96 else 0.5}
    shapes += [_line(i * n - 0.5, i * n - 0.5, -0.5, high * n - 0.5, "2", frame) for i in range(wide + 1)]
    shapes += [_line(-0.5, wide * n - 0.5, i * n - 0.5, i * n - 0.5, "2", frame) for i in range(high + 1)]
    figure.update_layout(shapes=shapes)
    if info.heads <= 24:
        for head in range(info.heads):
            figure.add_annotation(
                text=str(head), x=head % wide * n, y=head // wide * n, xref="x2", yref="y2", xanchor="left",
                yanchor="top", showarrow=False, bgcolor=palette.ground, borderpad=1,
                font={"size": LABEL, "color": palette.ink},
            )  # fmt: skip


def _line(x0: float, x1: float, y0: float, y1: float, axes: str, line: Mapping[str, object]) -> dict[str, object]:
    return {
        "type": "line", "x0": x0, "x1": x1, "y0": y0, "y1": y1, "xref": f"x{axes}", "yref": f"y{axes}", "line": line,
    }  # fmt: skip
