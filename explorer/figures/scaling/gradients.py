"""Gradient norms of W_Q, W_K and W_V over the layers, with the scale and without it, on one logarithmic axis."""

import math

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.scaling.gradients import GradientNorms
from explorer.figures.marks import line
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator


def gradients(info: GradientNorms, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """Three panels with the same range, so that a height means the same in each."""
    everything = np.concatenate([info.scaled.ravel(), info.unscaled.ravel()])
    positive = np.log10(everything[everything > 0]) if (everything > 0).any() else np.zeros(1)
    limits = [float(positive.min()) - 0.25, float(positive.max()) + 0.25]
    colours = (palette.query, palette.key, palette.value)
    return {
        f"gradients-{letter}": _panel(info, index, (f"W<sub>{letter}</sub>", colours[index]), limits, t, palette)
        for index, letter in enumerate("QKV")
    }


def _panel(
    info: GradientNorms, index: int, title: tuple[str, str], limits: list[float], t: Translator, palette: Palette
) -> go.Figure:
    figure = layout(go.Figure(), palette, 360)
    layers, tip = np.arange(len(info.scaled)), t("journey.layer_name", layer="%{x}") + ": %{y:.3g}"
    for norms, name, colour, symbol in (
        (info.scaled, "scaled", palette.attention[1], "circle"),
        (info.unscaled, "unscaled", palette.changed[1], "diamond"),
    ):
        symbols = {"symbol": symbol}
        line(figure, norms[:, index], colour, t(f"gradients.{name}"), points=11, marker=symbols, tip=tip)
    text, colour = title
    figure.update_layout(title={"text": text, "font": {"size": 24, "color": colour}}, margin={"t": 64})
    figure.update_layout(showlegend=False)
    figure.update_xaxes(title_text=t("controls.layer"), tickvals=layers[:: -(-len(layers) // 12)])
    figure.update_yaxes(
        type="log", range=limits, showgrid=True, exponentformat="power", dtick=1, title_text=t("gradients.norm")
    )
    if limits[1] - limits[0] <= 2:
        figure.update_yaxes(tickvals=_marks(limits), ticktext=[f"{mark:g}" for mark in _marks(limits)])
    return figure


def _marks(limits: list[float]) -> list[float]:
    """1, 2 and 5 of every power of ten between the limits (decimal logarithms): Plotly's own marks drop the power."""
    powers = range(math.floor(limits[0]), math.ceil(limits[1]) + 1)
    marks = (digit * 10.0**power for power in powers for digit in (1, 2, 5))
    return [mark for mark in marks if limits[0] <= math.log10(mark) <= limits[1]]
