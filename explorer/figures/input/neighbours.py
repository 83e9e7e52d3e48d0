"""Neighbours as bars, tokens on their way through the layers, one word in two texts."""

from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.input.neighbours import Neighbours, Paths, TwoContexts
from explorer.figures.marks import beams, line
from explorer.figures.text import MAX_LABELS, plain
from explorer.figures.theme import LABEL, TEXT, Palette, layout
from explorer.i18n import Translator


def neighbour_bars(info: Neighbours, t: Translator, palette: Palette) -> go.Figure:
    """The nearest entries, on the fixed scale 0 … 1."""
    places = np.arange(len(info.entries))
    values = info.cosine.astype(np.float32)
    text = [f"{value:.2f}" for value in values]
    figure = layout(go.Figure(), palette, 76 + 29 * len(places))
    beams(figure, values, places, palette.word, text)
    figure.update_layout(margin={"t": 8})
    figure.update_yaxes(tickvals=places.tolist(), ticktext=[plain(entry) + " " for entry in info.entries])
    figure.update_xaxes(range=[min(0.0, float(values.min())), 1.05], title_text=t("neighbours.cosine"))
    return figure


def path_map(info: Paths, t: Translator, palette: Palette) -> go.Figure:
    """All tokens at one layer, with the way they have come; a slider and a button move through the layers."""
    n_layers = len(info.points)
    figure = go.Figure(
        data=_traces(info, n_layers - 1, palette),
        frames=[go.Frame(data=_traces(info, layer, palette), name=str(layer)) for layer in range(n_layers)],
    )
    figure = layout(figure, palette, 580)
    reach = np.abs(info.points).max(axis=(0, 1)) * 1.2 + 1e-6
    figure.update_xaxes(range=[-reach[0], reach[0]], title_text=t("neighbours.component", n=1))
    figure.update_yaxes(range=[-reach[1], reach[1]], title_text=t("neighbours.component", n=2))
    figure.update_layout(showlegend=False, sliders=[_slider(n_layers, t, palette)], updatemenus=[_button(t, palette)])
    return figure


def context_lines(info: TwoContexts, t: Translator, palette: Palette) -> go.Figure:
    """Two lines over the layers: the word with itself, and what different words have."""
    figure = layout(go.Figure(), palette, 380)
    for name, values, colour, dash in (
        ("same", info.same, palette.query, "solid"),
        ("others", info.others, palette.word, "dot"),
    ):
        label = t(f"neighbours.{name}", token=plain(info.token)) if name == "same" else t("neighbours.others")
        line(figure, values.astype(np.float32), colour, label, width=3, dash=dash, points=6)
    low = float(np.nanmin([info.same.min(), np.nanmin(info.others, initial=1), 0]))
    figure.update_yaxes(range=[low - 0.02, 1.04], title_text=t("neighbours.cosine"))
    figure.update_xaxes(title_text=t("neighbours.after"), dtick=1)
    return figure


def _traces(info: Paths, layer: int, palette: Palette) -> list[go.Scatter]:
    """Ways up to this layer (a gap between two tokens), the points, and the chosen token with its way."""
    ways = np.full((len(info.tokens), layer + 2, 2), np.nan)
    ways[:, : layer + 1] = info.points[: layer + 1].transpose(1, 0, 2)
    flat, here = ways.reshape(-1, 2).astype(np.float32), info.points[layer].astype(np.float32)
    own, chosen = ways[info.chosen].astype(np.float32), here[[info.chosen]]
    labelled = len(info.tokens) <= MAX_LABELS
    names = [plain(token) for token in info.tokens]
    style: dict[str, Any] = {"hoverinfo": "skip", "mode": "lines"}
    return [
        go.Scatter(x=flat[:, 0], y=flat[:, 1], line={"color": palette.rule, "width": 1.5}, **style),
        go.Scatter(
            x=here[:, 0], y=here[:, 1], mode="markers+text" if labelled else "markers", text=names,
            textposition="top center", textfont={"size": LABEL, "color": palette.ink},
            marker={"size": 9, "color": palette.word}, cliponaxis=False,
             hovertemplate="%{text}<extra></extra>",
        ),
        go.Scatter(x=own[:, 0], y=own[:, 1], line={"color": palette.query, "width": 3}, **style),
        go.Scatter(
            x=chosen[:, 0], y=chosen[:, 1], mode="markers", marker={"size": 15, "color": palette.query},
            hoverinfo="skip",
        ),
    ]  # fmt: skip


def _slider(n_layers: int, t: Translator, palette: Palette) -> dict[str, Any]:
    go_to = {"mode": "immediate", "frame": {"duration": 0, "redraw": False}, "transition": {"duration": 300}}
    steps = [{"method": "animate", "label": str(i), "args": [[str(i)], go_to]} for i in range(n_layers)]
    shown = {"prefix": t("neighbours.layer") + " ", "font": {"size": TEXT, "color": palette.ink}}
    return {
        "steps": steps, "active": n_layers - 1,
         "currentvalue": shown, "x": 0.22, "len": 0.78, "pad": {"t": 56}, "bgcolor": palette.rule,
        "bordercolor": palette.rule, "font": {"size": LABEL, "color": palette.ink},
    }  # fmt: skip


def _button(t: Translator, palette: Palette) -> dict[str, Any]:
    play = {"frame": {"duration": 700, "redraw": False}, "transition": {"duration": 400}, "fromcurrent": False}
    return {
        "type": "buttons", "x": 0, "y": 0, "xanchor": "left", "yanchor": "top", "pad": {"t": 72}, "showactive": False,
        "bgcolor": palette.ground, "bordercolor": palette.rule, "font": {"size": LABEL, "color": palette.ink},
        "buttons": [{"label": t("neighbours.play"), "method": "animate", "args": [None, play]}],
    }  # fmt: skip
