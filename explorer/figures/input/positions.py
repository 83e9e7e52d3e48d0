"""Position tables, their similarities, one wave, and outputs without or with other positions."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.input.positions import Shuffle, Swapped, Tables, Wave
from explorer.figures.text import ticks
from explorer.figures.theme import LABEL, LEGEND_ABOVE, TEXT, Palette, layout
from explorer.i18n import Translator

NAMES = ("learned", "sinusoidal")
# Values beyond three times the table's root mean square are drawn as that.
LIMIT = 3.0


def table_pictures(info: Tables, t: Translator, palette: Palette) -> go.Figure:
    """Both tables, each in units of its own root mean square: learned values are a thirtieth of the sines."""
    pictures = [values / (np.sqrt((values**2).mean()) or 1.0) for values in (info.learned, info.sinusoidal)]
    return _two(pictures, LIMIT, t, palette, "positions.dimension", "positions.rms")


def similarity_pictures(info: Tables, t: Translator, palette: Palette) -> go.Figure:
    """Cosines of all pairs of positions, both on the scale -1 … 1."""
    pictures = [info.learned_cosine, info.sinusoidal_cosine]
    return _two(pictures, 1.0, t, palette, "positions.position", "positions.cosine")


def distance_lines(info: Tables, t: Translator, palette: Palette) -> go.Figure:
    """Mean cosine against the distance of two positions."""
    figure = go.Figure()
    colours = {"learned": palette.position, "sinusoidal": palette.changed[1]}
    for name, values in info.by_distance.items():
        x = np.arange(len(values), dtype=np.float32)
        line = {"color": colours[name], "width": 3, "dash": "solid" if name == "learned" else "dash"}
        figure.add_scatter(x=x, y=values.astype(np.float32), name=t(f"positions.{name}"), line=line)
    figure = layout(figure, palette, 480)
    figure.update_layout(legend=LEGEND_ABOVE)
    figure.update_xaxes(title_text=t("positions.distance"))
    figure.update_yaxes(title_text=t("positions.cosine"), range=[-1.02, 1.02])
    return figure


def wave_line(info: Wave, t: Translator, palette: Palette) -> go.Figure:
    """The wave of one dimension, with the chosen position marked."""
    x = np.arange(len(info.values), dtype=np.float32)
    at, value = info.position, info.values[info.position]
    figure = go.Figure()
    figure.add_scatter(x=x, y=info.values, mode="lines", line={"color": palette.position, "width": 3}, hoverinfo="x+y")
    figure.add_scatter(
        x=np.array([at]), y=np.array([value]), mode="markers+text", text=[f"{value:.4f}"], textposition="top center",
        textfont={"size": TEXT, "color": palette.ink}, marker={"size": 16, "color": palette.query}, hoverinfo="skip",
    )  # fmt: skip
    figure = layout(figure, palette, 420)
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text=t("positions.position"))
    figure.update_yaxes(range=[-1.15, 1.3], title_text=t("positions.value", dimension=info.dimension))
    return figure


def shuffle_bars(info: Shuffle, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of each word's output before and after shuffling; amber is the model without its positions."""
    series = {"with": (info.with_positions, palette.position), "without": (info.without_positions, palette.changed[1])}
    named = {t(f"positions.{name}"): bars for name, bars in series.items()}
    return _by_token(info.tokens, named, t, palette)


def swap_bars(info: Swapped, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of each token's output with its own under the learned table; every one of these runs is a changed one."""
    colours = (palette.masked, palette.changed[1], palette.changed[1])
    series = zip(info.cosine.items(), colours, strict=True)
    named = {t(f"positions.swap.{name}"): (values, colour) for (name, values), colour in series}
    figure = _by_token(info.tokens, named, t, palette)
    figure.data[1].marker.pattern = {"shape": "/", "fillmode": "replace", "solidity": 0.35}
    return figure


def _by_token(
    tokens: tuple[str, ...], named: dict[str, tuple[np.ndarray, str]], t: Translator, palette: Palette
) -> go.Figure:
    places, lowest = np.arange(len(tokens)), 0.0
    figure = go.Figure()
    for name, (values, colour) in named.items():
        lowest = min(lowest, float(values.min()))
        figure.add_bar(x=places, y=values.astype(np.float32), name=name, marker_color=colour)
    figure = layout(figure, palette, 460)
    figure.update_layout(barmode="group", bargap=0.25, legend=LEGEND_ABOVE)
    figure.update_xaxes(ticks(tokens), tickangle=-60)
    figure.update_yaxes(range=[lowest * 1.1, 1.04], title_text=t("positions.output_cosine"))
    return figure


def _two(pictures: list[np.ndarray], limit: float, t: Translator, palette: Palette, across: str, bar: str) -> go.Figure:
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.06, shared_yaxes=True)
    for at, values in enumerate(pictures, 1):
        levels = np.rint((np.clip(values / limit, -1, 1) + 1) * 127).astype(np.uint8)
        figure.add_trace(go.Heatmap(z=levels, coloraxis="coloraxis", hoverinfo="skip"), 1, at)
    figure = layout(figure, palette, 620)
    words = [f"−{limit:g}", "0", f"{limit:g}"]
    title = {"text": t(bar), "side": "bottom", "font": {"size": LABEL}}
    bar_style = {"title": title, "tickvals": [0, 127, 254], "ticktext": words, "thickness": 12}
    bar_style |= {"orientation": "h", "y": -0.14, "yanchor": "top", "len": 0.5}
    axis = {"colorscale": palette.signed_scale, "cmin": 0, "cmax": 254, "colorbar": bar_style}
    figure.update_layout(coloraxis=axis, margin={"t": 48})
    figure.update_yaxes(autorange="reversed")
    figure.update_yaxes(title_text=t("positions.position"), col=1)
    figure.update_xaxes(title_text=t(across))
    for at, name in enumerate(NAMES, 1):
        figure.add_annotation(
            text=t(f"positions.{name}"), x=0, xref=f"x{at if at > 1 else ''} domain", xanchor="left", y=1,
            yref="paper", yanchor="bottom", yshift=8, showarrow=False, font={"size": TEXT, "color": palette.ink},
        )  # fmt: skip
    return figure
