"""Small models with and without intermediate layers: their losses, their likeness and what probes read off them."""

from collections.abc import Callable

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.structure.without_ffn import KINDS, Alike, Miniature, Small
from explorer.figures.marks import UNIT, line
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator


def curves(info: Miniature, live: dict[str, list[tuple[int, float]]], t: Translator, palette: Palette) -> go.Figure:
    """Training loss over the steps: the seeds' mean on the band of their range, and what is being trained here.

    live: by kind, the curve so far.
    """
    figure = layout(go.Figure(), palette, 460)
    for kind in KINDS[:3]:
        models = info.of(kind)
        if not models:
            continue
        steps = np.array([step for step, _ in models[0].curve])
        losses = np.array([[loss for _, loss in model.curve] for model in models])
        style = _style(kind, palette)
        if len(models) > 1:
            around = np.concatenate([losses.max(0), losses.min(0)[::-1]])
            figure.add_scatter(
                x=np.concatenate([steps, steps[::-1]]), y=around, fill="toself", fillcolor=style["color"], opacity=0.18,
                mode="none", showlegend=False, hoverinfo="skip",
            )  # fmt: skip
        name = t(f"without_ffn.kind.{kind}")
        line(figure, losses.mean(0), style["color"], name, x=steps, dash=style["dash"], tip="%{x}: %{y:.3f}")
    for kind, points in live.items():
        steps, losses = (np.array(column) for column in zip(*points, strict=True)) if points else (np.array([]),) * 2
        name, star = t("without_ffn.here", kind=t(f"without_ffn.kind.{kind}")), {"symbol": "star"}
        line(figure, losses, _style(kind, palette)["color"], name, x=steps, width=2, points=7, marker=star)
    last = info.models[0].curve[-1][0]
    figure.update_xaxes(title_text=t("without_ffn.steps"), range=[0, last])
    return figure.update_yaxes(title_text=t("without_ffn.loss"), range=[0.6, 4.2])


def likeness(info: Alike, live: dict[str, Small], t: Translator, palette: Palette) -> go.Figure:
    """CKA with the reference, hidden state by hidden state; the two reference lines are dashed and dotted."""
    figure = _by_depth(info.of.compared, lambda model: model.alike, "compared", t, palette)
    _stars(figure, {kind: model.alike for kind, model in live.items() if kind != "full"}, t, palette)
    figure.update_yaxes(UNIT, range=[0, 1.05], title_text=t("without_ffn.cka"))
    return figure.update_layout(title_text=t("without_ffn.cka_title"))


def probes(info: Alike, live: dict[str, Small], t: Translator, palette: Palette) -> go.Figure:
    """Held-out accuracy of the probe at the hidden verb, with shuffled labels as the floor."""
    probed = info.of.probed

    def accuracies(model: Small) -> tuple[float, ...]:
        return tuple(score.accuracy for score in model.probes[probed])

    figure = _by_depth({kind: info.of.of(kind) for kind in KINDS}, accuracies, "kind", t, palette)
    _stars(figure, {kind: accuracies(model) for kind, model in live.items()}, t, palette)
    floor = np.mean([[score.control for score in model.probes[probed]] for model in info.of.models], axis=0)
    shuffled = t("without_ffn.control")
    line(figure, floor, palette.masked, width=3, tip=f"{shuffled}: %{{y:.2f}}", showlegend=False)
    figure.add_annotation(
        x=len(floor) - 1, y=float(floor[-1]), text=shuffled, showarrow=False, xanchor="right",
        yanchor="top", font={"size": LABEL, "color": palette.quiet},
    )  # fmt: skip
    figure.update_yaxes(UNIT, range=[-0.07, 1.05], title_text=t("without_ffn.accuracy"))
    return figure.update_layout(title_text=t(f"without_ffn.probe_title.{probed}"))


def _by_depth(
    models: dict[str, tuple[Small, ...]],
    of: Callable[[Small], tuple[float, ...]],
    named: str,
    t: Translator,
    palette: Palette,
) -> go.Figure:
    """A line for each kind, the mean over its seeds, and a dot for each seed."""
    figure, depths = go.Figure(), 0
    for kind, members in models.items():
        if not members:
            continue
        values = np.array([of(member) for member in members])
        depths, style, name = values.shape[1], _style(kind, palette), t(f"without_ffn.{named}.{kind}")
        colour, tip = style["color"], f"{name}: %{{y:.2f}}"
        line(figure, values.mean(0), colour, name, dash=style["dash"], legendgroup=kind, tip=tip)
        figure.add_scatter(
            x=np.tile(np.arange(depths), len(values)), y=values.ravel(), mode="markers", showlegend=False,
            legendgroup=kind, marker={"size": 8, "color": colour}, hoverinfo="skip",
        )  # fmt: skip
    figure = layout(figure, palette, 520)
    words = [t("without_ffn.embedding"), *(t("journey.layer_name", layer=depth) for depth in range(depths - 1))]
    figure.update_xaxes(tickvals=list(range(depths)), ticktext=words, range=[-0.15, depths - 0.85])
    return figure.update_layout(legend={"y": -0.12, "yanchor": "top"})


def _stars(figure: go.Figure, values: dict[str, tuple[float, ...]], t: Translator, palette: Palette) -> None:
    for kind, path in values.items():
        name = t("without_ffn.here", kind=t(f"without_ffn.kind.{kind}"))
        marker = {"size": 15, "symbol": "star", "color": _style(kind, palette)["color"]}
        marker["line"] = {"width": 1, "color": palette.ink}
        figure.add_scatter(x=np.arange(len(path)), y=np.array(path), mode="markers", name=name, marker=marker)


def _style(kind: str, palette: Palette) -> dict[str, str]:
    """The model as BERT has it purple, the one without the block amber; what has learnt nothing is grey."""
    return {
        "full": {"color": palette.attention[1], "dash": "dash"},
        "without": {"color": palette.changed[1], "dash": "solid"},
        "unscaled": {"color": palette.ink, "dash": "dashdot"},
        "untrained": {"color": palette.quiet, "dash": "dot"},
    }[kind]
