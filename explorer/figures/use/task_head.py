"""Ways to classify side by side, how fine-tuning learns, what is confused with what, and one text's probabilities."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.use.task_head import Comparison, Outcome
from explorer.figures.marks import UNIT, at_level, beams, heat, line
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, TEXT, Palette, layout
from explorer.i18n import Translator

# More counts in a confusion matrix than this could not be read.
WRITTEN = 20


def colours(palette: Palette) -> dict[str, str]:
    """One colour for each way."""
    return {"majority": palette.quiet, "frozen": palette.query, "tuned": palette.ffn}


def ways(info: Comparison, t: Translator, palette: Palette) -> go.Figure:
    """Held-out accuracy of the three ways; what is not trained yet is an empty place."""
    accuracy: dict[str, float | None] = {"majority": info.majority}
    accuracy |= {name: None if o is None else o.accuracy for name, o in info.outcomes.items()}
    parameters = {name: o.parameters for name, o in info.outcomes.items() if o is not None}
    figure = go.Figure()
    for place, (name, value) in enumerate(accuracy.items()):
        text = t("task_head.untrained") if value is None else f"<b>{value:.0%}</b>"
        if name in parameters:
            text += "  " + t("task_head.trained_parameters", n=parameters[name])
        figure.add_bar(
            x=[value or 0.0], y=[place], orientation="h", marker_color=colours(palette)[name], width=0.44,
            hoverinfo="skip", cliponaxis=False,
        )  # fmt: skip
        for words, shift, size in ((t(f"task_head.way.{name}"), 38, TEXT), (text, -38, LABEL)):
            figure.add_annotation(
                x=0, y=place, text=words, showarrow=False, xanchor="left", yshift=shift,
                font={"size": size, "color": palette.ink},
            )  # fmt: skip
    figure = layout(figure, palette, 400)
    figure.update_layout(showlegend=False, margin={"t": 16, "r": 40})
    figure.update_yaxes(range=[2.6, -0.6], showticklabels=False)
    figure.update_xaxes(range=[0, 1], tickformat=".0%", title_text=t("task_head.accuracy"), **UNIT)
    return figure


def curve(
    info: Comparison, epochs: list[tuple[int, float]], n_epochs: int, t: Translator, palette: Palette
) -> go.Figure:
    """Held-out accuracy after every pass, with the other two ways as lines."""
    figure = layout(go.Figure(), palette, 400)
    frozen = info.outcomes["frozen"]
    lines = {"majority": info.majority} | ({} if frozen is None else {"frozen": frozen.accuracy})
    for name, value in lines.items():
        figure.add_hline(value, line={"color": colours(palette)[name], "width": 2, "dash": "dot"})
        left = name == "frozen"  # where the curve is low
        label, colour = t(f"task_head.short.{name}"), colours(palette)[name]
        at_level(figure, label, value, colour, right=not left, xshift=6 if left else 0, yshift=12)
    x, y = [number for number, _ in epochs], [value for _, value in epochs]
    line(figure, y, colours(palette)["tuned"], x=x, points=10, tip="%{x}: %{y:.0%}")
    figure.update_layout(showlegend=False, margin={"t": 16})
    figure.update_xaxes(
        range=[-0.2, n_epochs + 0.2], title_text=t("task_head.passes_done"), dtick=1 if n_epochs < 13 else 5
    )
    return figure.update_yaxes(UNIT, range=[0, 1.03], tickformat=".0%", title_text=t("task_head.short.tuned"))


def confusion(info: Outcome, t: Translator, palette: Palette) -> go.Figure:
    """True labels down, predicted across; the colour is the share of the row, the number the count."""
    counts = info.confusion
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    names = [plain(name[:18]) for name in info.data.names]
    n = len(names)
    text = None
    if n <= WRITTEN:
        text = [[str(count) if count else "" for count in row] for row in counts]
    places = np.arange(n)
    figure = go.Figure(
        heat(
            shares, 0, 1, palette.attention_scale, x=places, y=places, xgap=1, ygap=1, text=text,
            texttemplate="%{text}", textfont={"size": TEXT}, hoverinfo="skip",
        )
    )  # fmt: skip
    figure = layout(figure, palette, 160 + max(240, 34 * n))
    figure.update_xaxes(tickvals=places, ticktext=names, side="top", tickangle=-50, title_text=t("task_head.predicted"))
    figure.update_yaxes(tickvals=places, ticktext=names, autorange="reversed", title_text=t("task_head.label"))
    return figure


def chances(
    names: tuple[str, ...],
    found: Mapping[str, Sequence[float] | np.ndarray],
    t: Translator,
    palette: Palette,
    most: int = 6,
) -> go.Figure:
    """The labels of one text by probability, a bar for each way; the likeliest first."""
    shares = {name: np.asarray(values) for name, values in found.items()}
    order = np.argsort(-np.max(list(shares.values()), axis=0))[:most]
    figure = layout(go.Figure(), palette, 120 + 60 * len(order)).update_layout(bargap=0.3)
    for name, values in shares.items():
        texts = [f"{value:.0%}" for value in values[order]]
        beams(figure, values[order], np.arange(len(order)), colours(palette)[name], texts, t(f"task_head.short.{name}"))
    figure.update_yaxes(tickvals=np.arange(len(order)), ticktext=[plain(names[at]) + " " for at in order])
    return figure.update_xaxes(UNIT, range=[0, 1.08], tickformat=".0%", title_text=t("task_head.probability"))
