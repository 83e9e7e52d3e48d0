"""Rows that pass nothing on, and gradient norms of W_Q, W_K and W_V, over the layers, with the scale and without it."""

import math
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.scaling.gradients import GradientNorms
from explorer.figures.marks import line
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator


def gradients(info: GradientNorms, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """The share of dead rows; then three panels with the same range, so that a height means the same in each."""
    everything = np.concatenate([info.scaled.ravel(), info.unscaled.ravel()])
    positive = np.log10(everything[everything > 0]) if (everything > 0).any() else np.zeros(1)
    limits = [float(positive.min()) - 0.25, float(positive.max()) + 0.25]
    colours = (palette.query, palette.key, palette.value)
    return {"gradients-rows": _rows(info, t, palette)} | {
        f"gradients-{letter}": _panel(info, index, (f"W<sub>{letter}</sub>", colours[index]), limits, t, palette)
        for index, letter in enumerate("QKV")
    }


def _panel(
    info: GradientNorms, index: int, title: tuple[str, str], limits: list[float], t: Translator, palette: Palette
) -> go.Figure:
    text, colour = title
    both = info.scaled[:, index], info.unscaled[:, index]
    figure = _both(both, {"text": text, "font": {"size": 24, "color": colour}}, "%{y:.3g}", t, palette)
    figure.update_yaxes(
        type="log", range=limits, showgrid=True, exponentformat="power", dtick=1, title_text=t("gradients.norm")
    )
    if limits[1] - limits[0] <= 2:
        figure.update_yaxes(tickvals=_marks(limits), ticktext=[f"{mark:g}" for mark in _marks(limits)])
    return figure


def _rows(info: GradientNorms, t: Translator, palette: Palette) -> go.Figure:
    """What suffers without the scale."""
    title = {"text": t("gradients.rows"), "font": {"size": 18, "color": palette.ink}}
    figure = _both((info.rows[:, 0], info.rows[:, 1]), title, "%{y:.0%}", t, palette)
    return figure.update_yaxes(
        range=[-0.03, 1.03], tickvals=[0, 0.5, 1], tickformat=".0%", showgrid=True, title_text=t("gradients.share")
    )


def _both(
    both: tuple[np.ndarray, np.ndarray], title: dict[str, Any], value: str, t: Translator, palette: Palette
) -> go.Figure:
    """A line for each run over the layers."""
    figure = layout(go.Figure(), palette, 360)
    layers, tip = np.arange(len(both[0])), t("journey.layer_name", layer="%{x}") + ": " + value
    for found, name, colour, symbol in zip(
        both, ("scaled", "unscaled"), (palette.attention[1], palette.changed[1]), ("circle", "diamond"), strict=True
    ):
        line(figure, found, colour, t(f"gradients.{name}"), points=11, marker={"symbol": symbol}, tip=tip)
    figure.update_layout(title=title, margin={"t": 64}, showlegend=False)
    return figure.update_xaxes(title_text=t("controls.layer"), tickvals=layers[:: -(-len(layers) // 12)])


def _marks(limits: list[float]) -> list[float]:
    """1, 2 and 5 of every power of ten between the limits (decimal logarithms): Plotly's own marks drop the power."""
    powers = range(math.floor(limits[0]), math.ceil(limits[1]) + 1)
    marks = (digit * 10.0**power for power in powers for digit in (1, 2, 5))
    return [mark for mark in marks if limits[0] <= math.log10(mark) <= limits[1]]
