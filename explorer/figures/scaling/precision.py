"""Precision: one head in four formats, how far each is from float32, all heads, and a softmax in tiles."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.scaling.online_softmax import OnlineSoftmax
from explorer.analysis.scaling.precision import LINES, TIMES, Formats, OverGrowth, PrecisionMap
from explorer.capture.rounded import FORMATS
from explorer.figures.heads_map import heads_map
from explorer.figures.marks import above, bar_below, bars, heat, line
from explorer.figures.text import FEW, SOME, room, ticks
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator

# Distances below this are rounding of rows that look at one token only.
_SMALLEST = -12


def formats(info: Formats, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """The weights in each format on 0 … 1 in one hue, float16 first; rows without weights are hatched."""
    figures = {}
    names = ticks(info.tokens, FEW)
    n = len(info.tokens)
    for name in sorted(FORMATS, key="float16".__ne__):
        cells = info.weights[name]
        bar = bar_below(-0.34, tickvals=[0, 0.5, 1])
        tip = "%{y} → %{x}: %{z:.3g}<extra></extra>"
        figure = layout(
            go.Figure(heat(cells, 0, 1, palette.attention_scale, colorbar=bar, hovertemplate=tip)),
            palette,
            180 + room(info.tokens, 264),
        )
        lost = np.isnan(cells).any(1).nonzero()[0]
        if len(lost):
            _hatch(figure, lost, n, palette)
        above(figure, t(f"precision.format.{name}"), colour=None if name == "float32" else palette.changed[1])
        figure.update_xaxes(title_text=t("which_d.key"), range=[-0.5, n - 0.5], **ticks(info.tokens, SOME))
        figure.update_yaxes(range=[n - 0.5, -0.5], tickfont={"size": LABEL}, **names)
        figures[f"precision-{name}"] = figure
    return figures


def _hatch(figure: go.Figure, rows: np.ndarray, n: int, palette: Palette) -> None:
    x: list[float | None] = []
    y: list[float | None] = []
    for row in rows:
        x += [-0.5, n - 0.5, n - 0.5, -0.5, None]
        y += [row - 0.5, row - 0.5, row + 0.5, row + 0.5, None]
    pattern = {"shape": "/", "fgcolor": palette.masked, "bgcolor": "rgba(0,0,0,0)", "size": 6}
    figure.add_scatter(
        x=x, y=y, fill="toself", fillpattern=pattern, mode="none", name="NaN", hoverinfo="name", showlegend=False
    )


def growth(info: OverGrowth, t: Translator, palette: Palette) -> go.Figure:
    """Mean KL over the size of q·k on two logarithms; a dotted upright line where float16 has lost a row."""
    figure = layout(go.Figure(), palette, 420)
    colours = {"bfloat16": palette.query, "float16": palette.changed[1], "float16_first": palette.value,
               "int8": palette.segment}  # fmt: skip
    dashes = {"bfloat16": "solid", "float16": "dash", "float16_first": "dot", "int8": "dashdot"}
    for name in LINES:
        values = np.array(info.kl[name])
        with np.errstate(invalid="ignore"):
            shown = np.where(values > 10.0**_SMALLEST, values, np.nan)
        line(
            figure, shown, colours[name], t(f"precision.line.{name}"), x=TIMES, width=3, dash=dashes[name], points=7,
            tip=f"{t(f'precision.line.{name}')}, ×%{{x}}: %{{y:.1e}}",
        )  # fmt: skip
        ended = np.isnan(values).nonzero()[0]
        if len(ended):
            figure.add_vline(x=TIMES[ended[0]], line={"color": colours[name], "dash": "dot", "width": 2})
    some = TIMES[::3]
    figure.update_xaxes(type="log", tickvals=some, ticktext=[f"{x:g}" for x in some])
    figure.update_xaxes(title_text=t("after_sqrt_d.times"))
    return figure.update_yaxes(type="log", exponentformat="power", title_text=t("precision.kl"), dtick=2)


def heads(info: PrecisionMap, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """Two maps of all heads: the distance of the weights in millionths of a nat, and the share of ranks that change."""
    found = {"kl": info.kl * 1e6, "ranks": info.ranks / info.cells}
    return {
        f"precision-map-{name}": heads_map(
            cells, (0.0, max(float(cells.max()), 1e-12)), palette.changed_scale, t(f"precision.map.{name}"), t, palette
        )
        for name, cells in found.items()
    }


def online(info: OnlineSoftmax, t: Translator, palette: Palette) -> go.Figure:
    """Scores of the row, those read so far in colour, under the running maximum; below, the running sum."""
    figure = layout(
        make_subplots(2, 1, shared_xaxes=True, row_heights=[0.62, 0.38], vertical_spacing=0.1), palette, 460
    )
    n = len(info.scores)
    of = np.arange(n) // info.tile
    read = of <= info.step
    colours = np.where(read, palette.key, palette.masked).tolist()
    bars(figure, info.scores, colours, hovertemplate="%{x}: %{y:.3g}<extra></extra>", showlegend=False, row=1, col=1)
    for row, (name, values, colour) in enumerate(
        (("top", info.top, palette.changed[1]), ("total", info.total, palette.attention[1])), 1
    ):
        line(
            figure, np.asarray(values)[of[read]], colour, t(f"precision.{name}"), width=3, points=5,
            tip="%{y:.4g}", row=row, col=1,
        )  # fmt: skip
    for edge in range(info.tile, n, info.tile):
        figure.add_vline(x=edge - 0.5, line={"color": palette.rule, "width": 1})
    figure.update_xaxes(row=2, col=1, **ticks(info.tokens))
    figure.update_yaxes(title_text=t("precision.score"), row=1, col=1)
    return figure.update_yaxes(title_text=t("precision.total"), rangemode="tozero", row=2, col=1)
