"""Vectors of the input as strips, lengths of its parts, and what LayerNorm does to the values."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.input.sum import PARTS, Normalised, PartNorms, TokenSum
from explorer.figures.marks import above, bars, heat, line
from explorer.figures.text import plain, ticks
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator

BINS = 41


def token_strips(info: TokenSum, t: Translator, palette: Palette) -> go.Figure:
    """One strip a vector, one cell a dimension: those that add up on one scale, the normalised vector on its own."""
    rows = info.rows
    added = [name for name in (*PARTS, "embedding_sum") if name in rows]
    shared = _end(np.concatenate([rows[name] for name in added]))
    ranges = {name: shared if name in added else _end(vector) for name, vector in rows.items()}
    figure = make_subplots(rows=len(rows), cols=1, shared_xaxes=True, vertical_spacing=0.375 / len(rows))
    # On the sum: what this dimension is made of.
    told = [_told(values) for values in zip(*(rows[name].tolist() for name in added), strict=True)]
    for at, (name, vector) in enumerate(rows.items(), 1):
        limit = ranges[name] or 1.0
        hover, more = "%{x}: %{z:.4f}<extra></extra>", {}
        if name == "embedding_sum":
            hover, more = "%{x}: %{customdata}<extra></extra>", {"customdata": [told]}
        figure.add_trace(heat(vector[None], -limit, limit, palette.signed_scale, hovertemplate=hover, **more), at, 1)
    figure = layout(figure, palette, 20 + 100 * len(rows))
    figure.update_yaxes(showticklabels=False, ticks="")
    figure.update_xaxes(ticks="")
    for at, (name, limit) in enumerate(ranges.items(), 1):
        above(figure, t(f"sum.{name}", limit=limit), at, colour=getattr(palette, name, palette.ink))
    figure.update_xaxes(title_text=t("sum.dimension"), row=len(rows), col=1)
    return figure


def _told(values: tuple[float, ...]) -> str:
    """The sum as it is written: 0.021 + 0.010 + 0.004 = 0.035, negative numbers in brackets."""
    *parts, total = (f"{value:.3f}" for value in values)
    return " + ".join(f"({part})" if part[0] == "-" else part for part in parts) + f" = {total}"


def _end(values: np.ndarray) -> float:
    """End of the colour scale: a few components are ten times the rest, and would leave the rest white."""
    return float(np.quantile(np.abs(values), 0.985))


def part_bars(info: PartNorms, t: Translator, palette: Palette) -> go.Figure:
    """Lengths of the three vectors, token by token."""
    figure = layout(go.Figure(), palette, 340)
    for name, values in info.norms.items():
        bars(figure, values, getattr(palette, name), t(f"sum.part.{name}"))
    figure.update_layout(bargap=0.25)
    figure.update_xaxes(ticks(info.tokens), tickangle=-60)
    figure.update_yaxes(title_text=t("sum.length"))
    return figure


def normalised_lines(info: Normalised, t: Translator, palette: Palette) -> go.Figure:
    """How the values are spread before LayerNorm, between, and after γ and β; the outermost bins hold the rest."""
    top = 1.25 * _end(info.standard)
    edges = np.linspace(-top, top, BINS + 1)
    middles = ((edges[1:] + edges[:-1]) / 2).astype(np.float32)
    colours = {"before": palette.word, "standard": palette.masked, "after": palette.query}
    dashes = {"before": "solid", "standard": "dot", "after": "solid"}
    figure = layout(go.Figure(), palette, 340)
    for name, vector in info.steps.items():
        counts = np.histogram(np.clip(vector, -top, top), edges)[0].astype(np.float32)
        line(figure, counts, colours[name], t(f"sum.step.{name}"), x=middles, width=3, dash=dashes[name])
    figure.update_traces(line_shape="hvh")
    figure.update_xaxes(title_text=t("sum.value", token=plain(info.token)))
    figure.update_yaxes(title_text=t("sum.count"))
    return figure
