"""Which d: the same head's weights under each factor, and three measures of each."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.scaling.which_d import MEASURES, WAYS, WhichD
from explorer.figures.marks import UNIT, above, bar_below, bars, heat
from explorer.figures.text import FEW, SOME, plain, room, ticks
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator
from explorer.quantities import percent

_ACROSS = 3


def matrices(info: WhichD, t: Translator, palette: Palette) -> go.Figure:
    """One small matrix for each way, all on 0 … 1 in one hue, in two lines: five titles do not fit beside each other
    on a phone. The scale is in the empty place; each title has the entropy; some tokens are named, all in the tip."""
    down = -(-len(WAYS) // _ACROSS)
    figure = make_subplots(down, _ACROSS, horizontal_spacing=0.04, vertical_spacing=0.12, shared_yaxes=True)
    figure = layout(figure, palette, (45 + room(info.tokens, 240)) * down)
    words = np.array([plain(token) for token in info.tokens])
    pairs = np.stack(np.broadcast_arrays(words[:, None], words), -1)
    for at, way in enumerate(WAYS):
        bar = {"colorbar": bar_below(0.12, x=0.85, len=0.3, tickvals=[0, 0.5, 1])} if at == 0 else {}
        tip = f"{t(f'which_d.way.{way}')}<br>%{{customdata[0]}} → %{{customdata[1]}}: %{{z:.3g}}<extra></extra>"
        cells = heat(info.probs[way], 0, 1, palette.attention_scale, hovertemplate=tip, customdata=pairs, **bar)
        figure.add_trace(cells, at // _ACROSS + 1, at % _ACROSS + 1)
        share = percent(info.measures[way]["entropy"])
        above(figure, f"{t(f'which_d.way.{way}')}: {share}", at + 1, size=LABEL)
        low = at + _ACROSS >= len(WAYS)
        figure.update_xaxes(showticklabels=low, row=at // _ACROSS + 1, col=at % _ACROSS + 1)
    figure.update_xaxes(ticks="", **ticks(info.tokens, SOME))
    figure.update_yaxes(ticks="", autorange="reversed", **ticks(info.tokens, FEW // 2))
    figure.update_layout({f"{axis}axis{len(WAYS) + 1}": {"visible": False} for axis in "xy"})
    return figure


def measures(info: WhichD, t: Translator, palette: Palette) -> go.Figure:
    """Entropy, rows over 0.9 and dead rows of each way, as bars on 0 … 1."""
    figure = layout(go.Figure(), palette, 330)
    colours = {"entropy": palette.attention[1], "peaked": palette.changed[1], "dead": palette.masked}
    for name in MEASURES:
        values = [info.measures[way][name] for way in WAYS]
        bars(
            figure, values, colours[name], t(f"which_d.measure.{name}"), shape="/" if name == "dead" else "",
            hovertemplate="%{y:.1%}<extra></extra>",
        )  # fmt: skip
    ticks = {"tickvals": list(range(len(WAYS))), "ticktext": [t(f"which_d.way.{way}") for way in WAYS]}
    figure.update_xaxes(title_text=t("which_d.factor"), **ticks)
    return figure.update_yaxes(UNIT, range=[0, 1.02], title_text=t("which_d.share"))
