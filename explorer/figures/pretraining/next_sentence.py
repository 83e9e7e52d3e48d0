"""Next sentence: the path of the pooled vector, the matrix of all orders, the runs with other segments."""

import textwrap

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.pretraining.next_sentence import Orders, PooledPath, Segments
from explorer.figures.marks import UNIT, above, beams, heat, signed_axis, signed_levels
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, TEXT, Palette, layout
from explorer.i18n import Translator

STATIONS = ("cls", "linear", "pooled", "weight", "parts")
# Characters in a line of a label.
WIDTH = 14


def path(info: PooledPath, t: Translator, palette: Palette) -> go.Figure:
    """Five strips: each vector on its own symmetric range, which is written above it."""
    figure = make_subplots(rows=len(STATIONS), cols=1, vertical_spacing=0.075)
    for row, name in enumerate(STATIONS, 1):
        values: np.ndarray = getattr(info, name)
        limit = 1.0 if name == "pooled" else max(float(np.quantile(np.abs(values), 0.98)), 1e-6)
        figure.add_trace(signed_levels(values, limit), row, 1)
        named = f"{plain(t(f'next_sentence.station.{name}'))}   <span style='opacity:.75'>±{limit:.2g}</span>"
        above(figure, named, row, size=LABEL)
    figure = layout(figure, palette, 440)
    figure.update_layout(coloraxis=signed_axis(palette, 1.0), margin={"t": 40})
    figure.update_yaxes(visible=False)
    figure.update_xaxes(showticklabels=False, ticks="")
    figure.update_xaxes(showticklabels=True, title_text=t("next_sentence.dimension"), row=len(STATIONS))
    return figure


def orders(info: Orders, t: Translator, palette: Palette) -> go.Figure:
    """First sentence down, second across; the number of a sentence stands on both sides."""
    n = len(info.sentences)
    names = [f"{i}  {_short(sentence)}" for i, sentence in enumerate(info.sentences, 1)]
    cells = [[f"{p:.0%}" for p in row] for row in info.probs]
    figure = go.Figure(
        heat(
            info.probs, 0, 1, palette.attention_scale, text=cells, texttemplate="%{text}", xgap=3, ygap=3,
            textfont={"size": TEXT}, hoverinfo="skip",
        )
    )  # fmt: skip
    for i in range(n - 1):  # the order in which they are listed
        edge = {"color": palette.query, "width": 3}
        figure.add_shape(type="rect", x0=i + 0.53, x1=i + 1.47, y0=i - 0.47, y1=i + 0.47, line=edge)
    figure = layout(figure, palette, 170 + 64 * n)
    across = {"tickvals": list(range(n)), "ticktext": [str(i + 1) for i in range(n)], "side": "top"}
    figure.update_xaxes(across, title_text=t("next_sentence.axes"), tickfont={"size": TEXT})
    figure.update_yaxes(tickvals=list(range(n)), ticktext=names, autorange="reversed", tickfont={"size": TEXT})
    return figure


def _short(sentence: str) -> str:
    """At most three lines, so that a phone has room for the cells."""
    lines = textwrap.wrap(sentence, WIDTH, max_lines=3, placeholder=" …")
    return "<br>".join(plain(line) for line in lines)


def segments(info: Segments, t: Translator, palette: Palette) -> go.Figure:
    """The run as it is in the model's colour, the changed ones in amber."""
    names = [t(f"next_sentence.segments.{name}") for name in info.probs]
    values = np.array(list(info.probs.values()), dtype=np.float32)
    colours = [palette.attention[1], *[palette.changed[1]] * (len(names) - 1)]
    figure = layout(go.Figure(), palette, 340)
    beams(figure, values, names, colours, [f"{p:.1%}" for p in values])
    ticks = UNIT | {"ticktext": ["0%", "50%", "100%"], "tickfont": {"size": LABEL}}
    figure.update_xaxes(ticks, range=[0, 1.12], title_text=t("next_sentence.probability"))
    figure.update_layout(bargap=0.4)
    return figure
