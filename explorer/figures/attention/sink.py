"""What heads give the first token and what they hand on of it; the network with it closed."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.attention.sink import Closed, Sink, SinkHead
from explorer.figures.heads_map import heads_map
from explorer.figures.marks import beams, line
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator

# Tokens of a head that are drawn: those that get most.
DRAWN = 12


def maps(info: Sink, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """Two maps of heads on one range: the weight, and what is handed on."""
    token = plain(info.token)
    return {
        name: heads_map(cells, (0.0, 1.0), palette.attention_scale, t(f"sink.map.{name}", token=token), t, palette)
        for name, cells in (("weight", info.weight), ("handed", info.handed))
    }


def head_bars(info: SinkHead, t: Translator, palette: Palette) -> go.Figure:
    """For each token its weight and, under it, its share of weight × ‖v‖."""
    shown = np.sort(np.argsort(-info.weight, kind="stable")[:DRAWN])
    figure = layout(go.Figure(), palette, 84 + 32 * DRAWN)
    rows = np.arange(len(shown))
    for values, name, colour in (
        (info.weight, "sink.bar.weight", palette.attention[1]),
        (info.handed, "sink.bar.handed", palette.value),
    ):
        texts = [f"{values[at]:.0%}" for at in shown]
        beams(figure, values[shown], rows, colour, texts, t(name))
    names = [plain(info.tokens[at]) for at in shown]
    figure.update_yaxes(tickvals=rows, ticktext=names)
    figure.update_xaxes(range=[0, 1.1], showticklabels=False, title_text=None)
    figure.update_layout(bargap=0.3, bargroupgap=0, legend={"traceorder": "normal"}, margin={"t": 40})
    return figure


def closed_lines(info: Closed, t: Translator, palette: Palette) -> go.Figure:
    """How far the other states move, layer by layer, with the one token closed and with the other."""
    figure = layout(go.Figure(), palette, 340)
    for values, at, colour, dash in (
        (info.change, info.place, palette.changed[1], "solid"),
        (info.change_other, info.other, palette.quiet, "dash"),
    ):
        name = t("sink.closed.line", token=plain(info.tokens[at]))
        line(figure, values, colour, name, points=9, dash=dash, tip="%{x}: %{y:.0%}")
    if np.isfinite(info.apart):
        figure.add_hline(y=info.apart, line={"color": palette.ink, "dash": "dot", "width": 2})
        figure.add_annotation(
            text=t("sink.closed.apart"), x=0, xref="paper", xanchor="left", y=info.apart, yanchor="bottom",
            showarrow=False, font={"size": LABEL, "color": palette.ink},
        )  # fmt: skip
    top = float(np.nanmax([info.change.max(), info.change_other.max(), info.apart]))
    figure.update_yaxes(range=[0, top * 1.15], tickformat=".0%", title_text=t("sink.closed.axis"))
    figure.update_xaxes(tickvals=np.arange(len(info.change)), title_text=t("controls.layer"))
    return figure
