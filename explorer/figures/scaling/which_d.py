"""Which d: the same head's weights under each factor, and three measures of each."""

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.scaling.which_d import MEASURES, WAYS, WhichD
from explorer.figures.marks import UNIT, above, bar_below, bars, heat
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator


def matrices(info: WhichD, t: Translator, palette: Palette) -> go.Figure:
    """One small matrix for each way, all on 0 … 1 in one hue."""
    figure = layout(make_subplots(1, len(WAYS), horizontal_spacing=0.03), palette, 330)
    for number, way in enumerate(WAYS, 1):
        bar = {"colorbar": bar_below(-0.2, tickvals=[0, 0.5, 1])} if number == 1 else {}
        tip = f"{t(f'which_d.way.{way}')}: %{{z:.3g}}<extra></extra>"
        figure.add_trace(heat(info.probs[way], 0, 1, palette.attention_scale, hovertemplate=tip, **bar), 1, number)
        above(figure, t(f"which_d.way.{way}"), number, size=LABEL)
    figure.update_xaxes(showticklabels=False, ticks="", title_text=t("which_d.key"))
    figure.update_yaxes(showticklabels=False, ticks="", autorange="reversed")
    return figure.update_yaxes(title_text=t("which_d.query"), col=1)


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
