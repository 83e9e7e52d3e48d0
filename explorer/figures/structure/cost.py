"""Cost against the length of the text: shares, operations, memory, measured time."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.structure.cost import Cost, activations, attention_matrices
from explorer.analysis.structure.measured_time import Measured
from explorer.figures.marks import line
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator

HEIGHT = 520
# From the bottom up: products with weights first, so that the n² part grows down from the top.
ORDER = ("qkv", "attn_out", "ffn", "widen", "head", "embeddings", "softmax", "context", "scores")
TICKS = [16, 64, 256, 1_024, 4_096, 16_384, 65_536]
MIDDLE = 512  # of the axis; what is written right of it must not leave the picture


def shares(info: Cost, t: Translator, palette: Palette) -> go.Figure:
    """Parts stacked to 100 %, with the chosen length and the length at which the n² products reach one half."""
    figure, colours = go.Figure(), _colours(palette)
    for part in ORDER:
        if not info.flops[part].any():
            continue
        figure.add_trace(
            go.Scatter(
                x=info.lengths, y=info.flops[part].astype(float), name=t(f"cost.part.{part}"), stackgroup="one",
                groupnorm="percent", mode="lines", line={"width": 0.5, "color": colours[part]},
                fillcolor=colours[part], hovertemplate="%{y:.1f}%<extra>%{fullData.name}</extra>",
            )
        )  # fmt: skip
    figure = _against_length(figure, info, t, palette)
    _mark(figure, info, t, palette)
    figure.update_layout(legend_traceorder="reversed")  # as they lie, from the top
    return figure.update_yaxes(title_text=t("cost.share_axis"), range=[0, 100], ticksuffix="%")


def operations(info: Cost, t: Translator, palette: Palette) -> go.Figure:
    """Operations of each part, both axes logarithmic: slope 1 is n, slope 2 is n²."""
    figure, colours = go.Figure(), _colours(palette)
    for part in ORDER:
        if info.flops[part].any():
            y, dash = info.flops[part].astype(float), "dot" if part in ("softmax", "embeddings") else "solid"
            line(figure, y, colours[part], t(f"cost.part.{part}"), x=info.lengths, width=3, dash=dash)
    figure = _against_length(figure, info, t, palette)
    _mark(figure, info, t, palette)
    return figure.update_yaxes(title_text=t("cost.flops_axis"), type="log", exponentformat="SI", dtick=1)


def memory(info: Cost, t: Translator, palette: Palette) -> go.Figure:
    """Bytes that must be kept for a backward pass: vectors grow with n, attention matrices with n²."""
    figure = go.Figure()
    for name, function, colour in (
        ("vectors", activations, palette.ffn),
        ("matrices", attention_matrices, palette.attention[1]),
    ):
        y = np.array([function(info.shape, int(n), info.batch) for n in info.lengths], dtype=float) / 2**20
        line(figure, y, colour, t(f"cost.{name}"), x=info.lengths)
    figure = _against_length(figure, info, t, palette)
    figure.add_vline(info.here, line={"color": palette.ink, "width": 2})
    return figure.update_yaxes(title_text=t("cost.memory_axis"), type="log", dtick=1)


def times(info: Measured, t: Translator, palette: Palette) -> go.Figure:
    """Measured medians as dots over the line that the counted operations predict."""
    figure = layout(go.Figure(), palette, 420)
    line(figure, 1e3 * info.predicted, palette.quiet, t("cost.predicted"), x=info.n, width=3, dash="dash")
    dots = {"color": palette.attention[1], "size": 14}
    figure.add_trace(go.Scatter(x=info.n, y=1e3 * info.seconds, name=t("cost.dots"), mode="markers", marker=dots))
    figure.update_xaxes(title_text=t("cost.length_axis"), range=[0, 530])
    return figure.update_yaxes(title_text=t("cost.time_axis"), rangemode="tozero", showgrid=True)


def _colours(palette: Palette) -> dict[str, str]:
    return {
        "qkv": palette.query,
        "attn_out": palette.quiet,
        "ffn": palette.ffn,
        "widen": palette.position,
        "head": palette.word,
        "embeddings": palette.segment,
        "softmax": palette.masked,
        "context": palette.value,
        "scores": palette.attention[1],
    }


def _against_length(figure: go.Figure, info: Cost, t: Translator, palette: Palette) -> go.Figure:
    figure = layout(figure, palette, HEIGHT)
    # Above the picture stand the numbers of its lines.
    figure.update_layout(margin_t=80, legend={"y": -0.16, "yanchor": "top"})
    ticks = {"tickvals": TICKS, "ticktext": [f"{tick:,}" for tick in TICKS]}
    ends = [float(np.log10(n)) for n in (info.lengths[0], info.lengths[-1])]
    return figure.update_xaxes(ticks, type="log", range=ends, title_text=t("cost.length_axis"))


def _mark(figure: go.Figure, info: Cost, t: Translator, palette: Palette) -> None:
    """The chosen length, the model's own limit and the crossover, as lines with their numbers above the picture."""
    marks = [
        (round(info.shape.crossover), "cost.crossover", palette.changed[1], "dash", 2),
        (info.here, "cost.here", palette.ink, "solid", 0),
    ]
    if info.shape.positions and info.shape.positions <= info.lengths[-1]:
        marks.append((info.shape.positions, "cost.positions", palette.ink, "dot", 1))
    for n, key, colour, dash, row in marks:
        figure.add_vline(n, line={"color": colour, "width": 2, "dash": dash})
        figure.add_annotation(
            x=float(np.log10(n)),  # on a logarithmic axis an annotation stands at the logarithm
            y=1.0,
            yref="paper",
            yanchor="bottom",
            yshift=20 * row,
            xanchor="right" if n > MIDDLE else "left",
            text=t(key, n=f"{n:,}"),
            showarrow=False,
            font={"size": LABEL, "color": palette.ink},
        )
