"""Position tables, their similarities, one wave, and outputs without or with other positions."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.input.positions import Shuffle, Swapped, Tables, Wave
from explorer.figures.marks import STRIPES, above, bar_below, bars, line, signed_axis, signed_levels
from explorer.figures.text import ticks
from explorer.figures.theme import TEXT, Palette, layout
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
    figure = layout(go.Figure(), palette, 480)
    colours = {"learned": palette.position, "sinusoidal": palette.changed[1]}
    for name, values in info.by_distance.items():
        dash = "solid" if name == "learned" else "dash"
        line(figure, values.astype(np.float32), colours[name], t(f"positions.{name}"), width=3, dash=dash)
    figure.update_xaxes(title_text=t("positions.distance"))
    figure.update_yaxes(title_text=t("positions.cosine"), range=[-1.02, 1.02])
    return figure


def wave_line(info: Wave, t: Translator, palette: Palette) -> go.Figure:
    """The wave of one dimension, with the chosen position marked."""
    at, value = info.position, info.values[info.position]
    figure = layout(go.Figure(), palette, 420)
    line(figure, info.values, palette.position, width=3, hoverinfo="x+y")
    figure.add_scatter(
        x=np.array([at]), y=np.array([value]), mode="markers+text", text=[f"{value:.4f}"], textposition="top center",
        textfont={"size": TEXT, "color": palette.ink}, marker={"size": 16, "color": palette.query}, hoverinfo="skip",
    )  # fmt: skip
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text=t("positions.position"))
    figure.update_yaxes(range=[-1.15, 1.3], title_text=t("positions.value", dimension=info.dimension))
    return figure


def shuffle_bars(info: Shuffle, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of each word's output before and after shuffling; amber is the model without its positions."""
    series = {"with": (info.with_positions, palette.position), "without": (info.without_positions, palette.changed[1])}
    named = {t(f"positions.{name}"): made for name, made in series.items()}
    return _by_token(info.tokens, named, t, palette)


def swap_bars(info: Swapped, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of each token's output with its own under the learned table; every one of these runs is a changed one."""
    colours = (palette.masked, palette.changed[1], palette.changed[1])
    series = zip(info.cosine.items(), colours, strict=True)
    named = {t(f"positions.swap.{name}"): (values, colour) for (name, values), colour in series}
    figure = _by_token(info.tokens, named, t, palette)
    figure.data[1].marker.pattern = STRIPES
    return figure


def _by_token(
    tokens: tuple[str, ...], named: dict[str, tuple[np.ndarray, str]], t: Translator, palette: Palette
) -> go.Figure:
    lowest = 0.0
    figure = layout(go.Figure(), palette, 340)
    for name, (values, colour) in named.items():
        lowest = min(lowest, float(values.min()))
        bars(figure, values, colour, name)
    figure.update_layout(bargap=0.25)
    figure.update_xaxes(ticks(tokens), tickangle=-60)
    figure.update_yaxes(range=[lowest * 1.1, 1.04], title_text=t("positions.output_cosine"))
    return figure


def _two(pictures: list[np.ndarray], limit: float, t: Translator, palette: Palette, across: str, bar: str) -> go.Figure:
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.06, shared_yaxes=True)
    for at, values in enumerate(pictures, 1):
        figure.add_trace(signed_levels(values, limit), 1, at)
    figure = layout(figure, palette, 620)
    axis = signed_axis(palette, limit, bar_below(-0.14, t(bar), len=0.5))
    figure.update_layout(coloraxis=axis, margin={"t": 48})
    figure.update_yaxes(autorange="reversed")
    figure.update_yaxes(title_text=t("positions.position"), col=1)
    figure.update_xaxes(title_text=t(across))
    for at, name in enumerate(NAMES, 1):
        above(figure, t(f"positions.{name}"), at)
    return figure
