"""The small pictures of the thirteen questions; each is one idea, readable at a glance."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.questions.additive import Additive
from explorer.analysis.questions.block_sizes import BlockSizes
from explorer.analysis.questions.cls_token import ClsToken
from explorer.analysis.questions.lookup_tables import Rows
from explorer.analysis.questions.nonlinear import NonLinear
from explorer.analysis.questions.self_weight import SelfWeight
from explorer.analysis.questions.softmax_shift import FACTOR, SHIFT, Shifted
from explorer.figures.marks import bars, beams, line
from explorer.figures.text import ticks
from explorer.figures.theme import TEXT, Palette, layout
from explorer.i18n import Translator

HEIGHT = 380


def self_weights(info: SelfWeight, t: Translator, palette: Palette) -> go.Figure:
    """Weight of a token on itself, by layer: trained heads, and the two ways without matrices."""
    series = (
        ("trained", info.trained, palette.attention[1], ""),
        ("narrow", info.narrow, palette.changed[1], "/"),
        ("wide", info.wide, palette.changed[1], ""),
    )
    figure = layout(go.Figure(), palette, HEIGHT).update_layout(bargap=0.3)
    for name, values, colour, shape in series:
        label = t(f"questions.qkv.{name}", heads=info.n_heads, d_head=info.d_head, d=info.n_heads * info.d_head)
        bars(figure, values, colour, label, shape=shape)
    ends, even = np.array([-0.5, len(info.wide) - 0.5]), np.full(2, info.even, dtype=np.float32)
    line(figure, even, palette.ink, t("questions.qkv.even"), x=ends, width=2, dash="dot", hoverinfo="skip")
    figure.update_xaxes(title_text=t("controls.layer"), dtick=1)
    return figure.update_yaxes(title_text=t("questions.qkv.axis"), range=[0, 1], tickformat=".0%")


def table_rows(info: Rows, t: Translator, palette: Palette) -> go.Figure:
    """One bar for each row of the two tables; those that the text looks up are in the table's colour."""
    widths = [0.86, 0.14] if len(info.segments) else [1.0]
    figure = make_subplots(1, len(widths), column_widths=widths, shared_yaxes=True, horizontal_spacing=0.04)
    for column, (values, used, colour) in enumerate(
        ((info.positions, info.used[0], palette.position), (info.segments, info.used[1], palette.segment))[
            : len(widths)
        ],
        1,
    ):
        colours = [colour if at < used else palette.masked for at in range(len(values))]
        figure.add_trace(
            go.Bar(
                x=np.arange(len(values)), y=values.astype(np.float32), marker={"color": colours, "line": {"width": 0}},
                showlegend=False, hovertemplate="%{x}: %{y:.3f}<extra></extra>",
            ),
            1,
            column,
        )  # fmt: skip
    figure = layout(figure, palette, HEIGHT)
    figure.update_layout(bargap=0)
    last = len(info.positions) - 1
    figure.update_xaxes(title_text=t("questions.limits.positions", n=len(info.positions)), col=1)
    figure.update_xaxes(tickvals=[0, last], col=1)
    segments = list(range(len(info.segments)))
    names = {"tickvals": segments, "ticktext": ["A", "B"] if len(segments) == 2 else segments}
    if not segments:
        figure.update_layout(margin={"r": 32})  # room for the number of the last row
    else:
        figure.update_xaxes(title_text=t("questions.limits.segments", n=len(info.segments)), **names, col=2)
    return figure.update_yaxes(title_text=t("questions.limits.axis"), rangemode="tozero", col=1)


def cls_bars(info: ClsToken, t: Translator, palette: Palette) -> go.Figure:
    """Weight of [CLS] on every token."""
    figure = layout(go.Figure(), palette, HEIGHT).update_layout(bargap=0.25)
    bars(figure, info.weights, palette.attention[1])
    figure.update_xaxes(ticks(info.tokens), tickangle=-60)
    return figure.update_yaxes(title_text=t("questions.cls.axis"), tickformat=".0%", rangemode="tozero")


def replaced_bars(info: NonLinear, t: Translator, palette: Palette) -> go.Figure:
    """For each replacement: how far the outputs are from the model's own, and in how many directions they differ."""
    names = [t(f"questions.nonlinear.{run.name}") for run in info.runs]
    panels = [t("questions.nonlinear.distance"), t("questions.nonlinear.rank")]
    figure = make_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.06, subplot_titles=panels)
    colours = [palette.attention[1] if run.name == "model" else palette.changed[1] for run in info.runs]
    for column, field in ((1, "distance"), (2, "rank")):
        values = np.array([getattr(run, field) for run in info.runs], dtype=np.float64)
        known = np.isfinite(values)
        # The wide space keeps the number clear of the mark of the pooled vector.
        text = [
            f"\u2003\u2003{v:.2f}" if ok else t("questions.nonlinear.overflow")
            for v, ok in zip(values, known, strict=True)
        ]
        beams(figure, np.where(known, values, 0), names, colours, text, panels[0], showlegend=False, row=1, col=column)
    pooled = np.array([run.pooled for run in info.runs])
    if np.isfinite(pooled).any():
        mark = {"symbol": "diamond-open", "size": 12, "color": palette.ink, "line": {"width": 2}}
        label = t("questions.nonlinear.pooled")
        figure.add_trace(go.Scatter(x=pooled, y=names, mode="markers", marker=mark, name=label), 1, 1)
    figure = layout(figure, palette, 440)
    figure.update_annotations(font_size=TEXT)
    figure.update_layout(bargap=0.35, legend={"y": -0.08, "yanchor": "top"}, margin={"t": 48, "r": 64})
    top = float(np.nanmax([*(run.distance for run in info.runs), *pooled[np.isfinite(pooled)], 1.0]))
    figure.update_xaxes(range=[0, 1.4 * top], col=1)
    return figure.update_xaxes(rangemode="tozero", col=2)


def added_dots(info: Additive, t: Translator, palette: Palette) -> go.Figure:
    """One dot a component: f(x) + f(y) across, f(x + y) up; a linear block has all of them on the dotted line."""
    series = (
        ("identity", info.straight_apart, info.straight_together, palette.changed[1], "diamond-open"),
        ("own", info.apart, info.together, palette.ffn, "circle"),
    )
    figure = layout(go.Figure(), palette, 440)
    end = 1.05 * max(float(np.abs(values).max()) for _, *both, _, _ in series for values in both)
    ends = np.array([-end, end], dtype=np.float32)
    line(figure, ends, palette.ink, t("questions.additive.linear"), x=ends, width=2, dash="dot", hoverinfo="skip")
    for name, across, up, colour, symbol in series:
        marker = {"color": colour, "symbol": symbol, "size": 8}
        label = t(f"questions.additive.{name}")
        x, y = across.astype(np.float32), up.astype(np.float32)
        figure.add_scatter(x=x, y=y, mode="markers", marker=marker, name=label, hovertemplate="%{x:.2f}, %{y:.2f}")
    figure.update_xaxes(title_text=t("questions.additive.apart"), range=[-end, end])
    return figure.update_yaxes(title_text=t("questions.additive.together"), range=[-end, end])


def block_bars(info: BlockSizes, t: Translator, palette: Palette) -> go.Figure:
    """Length of what each block adds to a token's state."""
    figure = layout(go.Figure(), palette, HEIGHT).update_layout(bargap=0.3)
    bars(figure, info.attention, palette.attention[1], t("questions.ffn.attention"))
    bars(figure, info.ffn, palette.ffn, t("questions.ffn.ffn"))
    figure.update_xaxes(title_text=t("controls.layer"), dtick=1)
    return figure.update_yaxes(title_text=t("questions.ffn.axis"), rangemode="tozero")


def shifted_bars(info: Shifted, t: Translator, palette: Palette) -> go.Figure:
    """The same row three times: as it is, shifted, stretched."""
    figure = layout(go.Figure(), palette, HEIGHT).update_layout(bargap=0.3)
    series = (
        (info.own, t("questions.saturate.own"), palette.attention[1], ""),
        (info.shifted, t("questions.saturate.shifted", shift=f"{SHIFT:g}"), palette.attention[1], "/"),
        (info.stretched, t("questions.saturate.stretched", factor=f"{FACTOR:g}"), palette.changed[1], ""),
    )
    for values, name, colour, shape in series:
        bars(figure, values, colour, name, shape=shape)
    figure.update_xaxes(ticks(info.tokens), tickangle=-60)
    return figure.update_yaxes(title_text=t("questions.saturate.axis"), range=[0, 1], tickformat=".0%")
