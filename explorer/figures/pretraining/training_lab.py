"""Pictures of the training lab: two trainings and their instruments over bands of other seeds, and what all came to."""

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.figures.marks import UNIT, above, line
from explorer.figures.theme import LABEL, TEXT, Palette, layout
from explorer.i18n import Translator
from explorer.training.bands import Band
from explorer.training.compared import KINDS, Compared
from explorer.training.curves import PROBES, Curve, RateSweep, TwoTrainings
from explorer.training.dial_curves import DialCurves

# The range of the loss is fixed, so that nothing jumps while the lines grow; the first steps (about 6) are above it.
LOSS = (0.7, 4.0)
CHANCE = {"verb": 1 / 32, "agreement": 1 / 2, "place": 1 / 16}
HEIGHT = 360


def losses(info: TwoTrainings, called: tuple[str, str], t: Translator, palette: Palette) -> go.Figure:
    """Loss against steps; the faint bands are other seeds of the same settings, trained beforehand.

    called: A and B, with what each is.
    """
    figure = layout(go.Figure(), palette, HEIGHT)
    for words, (name, curve, colour, dash) in zip(called, _both(info, palette), strict=True):
        if curve.band is not None:
            _band(figure, curve.band, colour, t("training_lab.band", name=words, n=curve.band.n_seeds))
        steps = np.array([p.step for p in curve.points], dtype=np.int32)
        values = np.array([p.loss for p in curve.points], dtype=np.float32)
        line(figure, values, colour, t("training_lab.model", name=name), x=steps, width=3, dash=dash)
        if curve.points:
            place = {"x": curve.step, "y": min(max(curve.points[-1].loss, LOSS[0]), LOSS[1])}
            font = {"color": colour, "size": TEXT}
            figure.add_annotation(place, text=f"<b>{name}</b>", showarrow=False, xanchor="left", xshift=6, font=font)
    figure.update_layout(legend_traceorder="normal")
    longest = max(info.a.setting.steps, info.b.setting.steps)
    figure.update_xaxes(title_text=t("training_lab.step"), range=[0, longest * 1.04])
    figure.update_yaxes(title_text=t("training_lab.loss"), range=list(LOSS), showgrid=True)
    return figure


def probes(info: TwoTrainings, t: Translator, palette: Palette) -> go.Figure:
    """Three accuracies on fresh sentences against steps; dotted: what guessing would give."""
    titles = [t(f"training_lab.probe.{name}") for name in PROBES]
    figure = make_subplots(rows=3, cols=1, shared_xaxes=True, vertical_spacing=0.12, subplot_titles=titles)
    longest = max(info.a.setting.steps, info.b.setting.steps)
    for row, probe in enumerate(PROBES, 1):
        for name, curve, colour, dash in _both(info, palette):
            steps, shares = curve.probe(probe)
            symbol = {"symbol": "circle" if name == "A" else "diamond"}
            line(
                figure, shares, colour, name, x=steps, width=2, dash=dash, points=8, marker=symbol, cliponaxis=False,
                showlegend=False, row=row, col=1,
            )  # fmt: skip
        figure.add_hline(CHANCE[probe], line={"color": palette.quiet, "width": 1, "dash": "dot"}, row=row, col=1)
    figure = layout(figure, palette, HEIGHT)
    figure.update_xaxes(range=[0, longest * 1.04])
    figure.update_xaxes(title_text=t("training_lab.step"), row=3)
    figure.update_yaxes(UNIT, range=[0, 1.04], tickformat=".0%")
    figure.update_annotations(font={"size": LABEL, "color": palette.ink}, x=0, xanchor="left")
    return figure


def gradients(info: DialCurves, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """Norms of the gradients of W_Q, W_K and W_V against steps, on one logarithmic axis."""
    names = ("w_q", "w_k", "w_v")
    figures = {f"training-{name}": _dial(info, name, t, palette) for name in names}
    seen = [values[values > 0] for name in names for curve in (info.a, info.b) for values in curve.shown(name)]
    powers = np.log10(np.concatenate([np.array([0.1, 1.0]), *seen]))
    for figure in figures.values():
        figure.update_yaxes(type="log", dtick=1, range=[np.floor(powers.min()), np.ceil(powers.max())])
    return figures


def softness(info: DialCurves, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """How even the rows are, the largest score that enters the softmax, and how many rows pass no gradient."""
    figures = {f"training-{name}": _dial(info, name, t, palette) for name in ("entropy", "largest", "dead")}
    for name in ("entropy", "dead"):
        figures[f"training-{name}"].update_yaxes(UNIT, range=[0, 1.04], tickformat=".0%")
    figures["training-largest"].update_yaxes(rangemode="tozero")
    return figures


def _dial(info: DialCurves, name: str, t: Translator, palette: Palette) -> go.Figure:
    """One instrument: the trainings as lines, the stored seeds as bands."""
    figure = layout(go.Figure(), palette, 240)
    for letter, curve, colour, dash in (
        ("A", info.a, palette.attention[1], "solid"),
        ("B", info.b, palette.changed[1], "dash"),
    ):
        if name in curve.bands:
            _band(figure, curve.bands[name], colour)
        if name in curve.values:
            line(figure, curve.values[name], colour, letter, x=curve.steps, width=2, dash=dash, showlegend=False)
    longest = max(info.a.setting.steps, info.b.setting.steps)
    figure.update_xaxes(title_text=t("training_lab.step_short"), range=[0, longest * 1.04])
    above(figure, t(f"training_lab.dial.{name}"))
    return figure.update_yaxes(showgrid=True)


def examination(info: Compared, t: Translator, palette: Palette) -> go.Figure:
    """Every seed of every option as a dot, the best option on top; a line joins what one seed did."""
    figure = layout(go.Figure(), palette, 120 + 34 * len(info.options))
    field = KINDS[info.kind][0]
    names = [f"{option:.0%}" if field == "rate" else t(f"training_lab.{field}.{option}") for option in info.options]
    for seed, values in zip(info.seeds, np.array(info.losses, dtype=np.float32).T, strict=True):
        figure.add_scatter(
            x=values, y=names, mode="lines+markers", line={"width": 1, "color": palette.rule},
            marker={"size": 10, "color": palette.attention[1], "opacity": 0.7}, name=f"#{seed}", showlegend=False,
        )  # fmt: skip
    figure.update_xaxes(title_text=t("training_lab.exam"), showgrid=True)
    figure.update_yaxes(type="category", autorange="reversed", tickfont={"size": TEXT})
    return figure


def rates(info: RateSweep, t: Translator, palette: Palette) -> go.Figure:
    """Final loss against the learning rate, with the range of the seeds."""
    figure = layout(go.Figure(), palette, 380)
    places = np.arange(len(info.rates))
    series = (
        ("scaled", info.scaled, palette.attention[1], -0.04),
        ("unscaled", info.unscaled, palette.changed[1], 0.04),
    )
    for name, values, colour, shift in series:
        low, mean, high = np.array(values, dtype=np.float32).T
        error = {"array": high - mean, "arrayminus": mean - low, "thickness": 2, "width": 8}
        dash, symbol = ("solid", "circle") if name == "scaled" else ("dash", "diamond")
        line(
            figure, mean, colour, t(f"training_lab.{name}"), x=places + shift, width=3, dash=dash, points=10,
            marker={"symbol": symbol}, error_y=error,
        )  # fmt: skip
    figure.update_xaxes(
        title_text=t("training_lab.rate_axis"), tickvals=places, ticktext=[f"{r:g}" for r in info.rates]
    )
    figure.update_yaxes(title_text=t("training_lab.final"), showgrid=True)
    return figure


def _both(info: TwoTrainings, palette: Palette) -> tuple[tuple[str, Curve, str, str], ...]:
    return (("A", info.a, palette.attention[1], "solid"), ("B", info.b, palette.changed[1], "dash"))


def _band(figure: go.Figure, band: Band, colour: str, name: str | None = None, **at: int) -> None:
    """From the lowest to the highest seed, and a thin line through their mean."""
    around = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip"} | at
    shown = name is not None
    figure.add_scatter(x=band.steps, y=band.high, showlegend=False, **around)
    figure.add_scatter(
        x=band.steps, y=band.low, fill="tonexty", fillcolor=_faint(colour), name=name, showlegend=shown, **around
    )
    thin = {"width": 1, "color": colour}
    figure.add_scatter(x=band.steps, y=band.mean, mode="lines", line=thin, hoverinfo="skip", showlegend=False, **at)


def _faint(colour: str) -> str:
    """A `#rrggbb` colour with little opacity."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, 0.2)"
