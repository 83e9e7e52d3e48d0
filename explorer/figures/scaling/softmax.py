"""Softmax under the microscope: bars of the probabilities, the Jacobian, and the curve of the textbook example."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.scaling.softmax import ExampleCurve, Microscope
from explorer.figures.marks import UNIT, heat, line
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator
from explorer.quantities import percent

_HEIGHT = 380


def bars(info: Microscope, t: Translator, palette: Palette) -> go.Figure:
    """Softmax as bars; a cross at the top where a naive computation in float32 gives nan."""
    labels = [f"{x:.6g}<br>({gap:.6g})" for x, gap in zip(info.values, info.shifted, strict=True)]
    here = np.arange(len(labels))
    figure = go.Figure(
        go.Bar(
            x=here, y=info.probs, name=t("softmax.stable"), marker_color=palette.attention[1],
            text=[percent(p, 1) for p in info.probs], textposition="outside", textfont_size=LABEL, cliponaxis=False,
            hovertemplate="%{y:.6g}<extra></extra>",
        )
    )  # fmt: skip
    broken = np.isnan(info.naive)
    if broken.any():
        marker = {"symbol": "x", "size": 12, "color": palette.changed[1]}
        top = np.ones(int(broken.sum()))
        figure.add_trace(go.Scatter(x=here[broken], y=top, mode="markers", marker=marker, name=t("softmax.nan")))
    figure = layout(figure, palette, _HEIGHT)
    figure.update_yaxes(UNIT, range=[0, 1.12], title_text=t("softmax.probability"))
    figure.update_xaxes(tickvals=here, ticktext=labels, title_text=t("softmax.entries"))
    return figure.update_layout(bargap=0.45)


def jacobian(info: Microscope, t: Translator, palette: Palette) -> go.Figure:
    """diag(p) - p pᵀ on the fixed range ±1/4, which no entry can leave."""
    n = len(info.probs)
    cells = info.jacobian.astype(np.float32)
    text = {"text": [[f"{x:.3f}" for x in row] for row in cells], "texttemplate": "%{text}"} if n <= 6 else {}
    bar = {"tickvals": [-0.25, 0, 0.25]}
    tip = "∂p<sub>%{y}</sub> / ∂x<sub>%{x}</sub> = %{z:.3g}<extra></extra>"
    figure = go.Figure(
        heat(
            cells, -0.25, 0.25, palette.signed_scale, colorbar=bar, textfont={"size": LABEL}, hovertemplate=tip, **text
        )
    )
    figure = layout(figure, palette, _HEIGHT)
    every = max(1, n // 8)
    figure.update_xaxes(tickvals=np.arange(1, n + 1, every) - 1, ticktext=[f"x{i + 1}" for i in range(0, n, every)])
    figure.update_xaxes(side="top", title_text=t("softmax.jacobian_x"))
    figure.update_yaxes(tickvals=np.arange(1, n + 1, every) - 1, ticktext=[f"p{i + 1}" for i in range(0, n, every)])
    figure.update_yaxes(autorange="reversed", title_text=t("softmax.jacobian_y"))
    return figure


def curve_of_example(info: ExampleCurve, t: Translator, palette: Palette) -> go.Figure:
    """p3 of [a, a, 2a] over a, where the naive formula ends, and the a that is chosen."""
    figure = layout(go.Figure(), palette, 300)
    line(figure, info.third, palette.attention[1], t("softmax.third"), x=info.a)
    line(figure, info.spectral, palette.query, t("softmax.spectral"), x=info.a, width=3)
    broken = info.a[np.isnan(info.naive)]
    figure.add_vrect(
        x0=broken[0], x1=info.a[-1], fillcolor=palette.changed[1], opacity=0.12, line_width=0,
        annotation={"text": t("softmax.nan_from", a=float(broken[0])), "font": {"size": LABEL}, "yshift": 24},
        annotation_position="bottom right",
    )  # fmt: skip
    figure.add_vline(x=info.chosen, line={"color": palette.ink, "dash": "dot", "width": 2})
    figure.update_xaxes(title_text="a", range=[0, info.a[-1]])
    return figure.update_yaxes(UNIT, range=[0, 1.05], title_text=t("softmax.curve_axis"))
