"""The ways to do a task beside each other with their intervals, and how fine-tuning learns it."""

import plotly.graph_objects as go

from explorer.analysis.use.task_texts import HELD_OUT
from explorer.analysis.use.trained_task import WAYS, TaskScores
from explorer.figures.marks import UNIT, line
from explorer.figures.theme import LABEL, TEXT, Palette, layout
from explorer.i18n import Translator


def scores(info: TaskScores, t: Translator, palette: Palette) -> go.Figure:
    """For each side that is held out a bar for every way, with its 95 % interval; an empty place is not trained yet."""
    figure = layout(go.Figure(), palette, 480)
    ways = WAYS[info.task]
    colours = dict(zip(ways, (palette.quiet, palette.word, palette.position, palette.query), strict=False))
    for way in ways:
        found = info.scores.get(way)
        values = [None if found is None else found[side].value for side in HELD_OUT]
        spread = None
        if found is not None:
            each = [found[side] for side in HELD_OUT]
            spread = {
                "type": "data", "symmetric": False, "array": [one.high - one.value for one in each],
                "arrayminus": [one.value - one.low for one in each], "color": palette.ink, "thickness": 1.5, "width": 4,
            }  # fmt: skip
        text = ["" if value is None else f"<b>{value:.0%}</b>" for value in values]
        figure.add_bar(
            x=[t(f"trained_task.side.{side}") for side in HELD_OUT], y=values, name=t(f"trained_task.way.{way}"),
            marker_color=palette.ffn if way == "tuned" else colours[way], error_y=spread, text=text,
            textposition="inside", insidetextanchor="start", textangle=0, textfont={"size": LABEL},
            hovertemplate="%{y:.1%}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="group", bargap=0.25)
    figure.update_xaxes(tickfont={"size": TEXT}, title_text=t("trained_task.held_out"))
    return figure.update_yaxes(
        UNIT, range=[0, 1.03], tickformat=".0%", title_text=t(f"trained_task.measure.{info.task}")
    )


def passes(info: TaskScores, epochs: list[tuple[int, float]], n: int, t: Translator, palette: Palette) -> go.Figure:
    """Share right on the held-out templates after every pass of fine-tuning."""
    figure = layout(go.Figure(), palette, 480)
    x, y = [number for number, _ in epochs], [value for _, value in epochs]
    line(figure, y, palette.ffn, x=x, points=10, tip="%{x}: %{y:.0%}")
    figure.update_layout(showlegend=False)
    figure.update_xaxes(range=[-0.2, n + 0.2], title_text=t("task_head.passes_done"), dtick=1 if n < 13 else 5)
    title = t(f"trained_task.curve.{info.task}")
    return figure.update_yaxes(UNIT, range=[0, 1.03], tickformat=".0%", title_text=title)
