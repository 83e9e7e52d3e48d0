"""Long texts: word scores normalised in two ways, the cost of windows, who sees whom across segments."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.use.segment_memory import CACHED, WAYS, Reach
from explorer.analysis.use.window_cost import WindowCost
from explorer.analysis.use.windows import Normalised
from explorer.figures.marks import beams, heat, line
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator


def best_words(info: Normalised, t: Translator, palette: Palette) -> go.Figure:
    """Each window's best word: its probability in its own window, and among the words of all windows."""
    names = [t("long_text.window_word", window=b.window, word=plain(b.word)) for b in info.best]
    figure = layout(go.Figure(), palette, 140 + 84 * len(names))
    for key, values, colour in (
        ("own", [b.local for b in info.best], palette.masked),
        ("all", [b.overall for b in info.best], palette.attention[1]),
    ):
        texts = [f"{100 * value:.2f}%" for value in values]
        beams(figure, values, names, colour, texts, t(f"long_text.softmax.{key}"))
    figure.update_layout(bargap=0.35, margin={"r": 72})
    return figure.update_xaxes(title_text=t("long_text.probability"), rangemode="tozero", tickformat=".1%")


def cost_lines(info: WindowCost, t: Translator, palette: Palette) -> go.Figure:
    """Operations against the length of the document, both axes logarithmic."""
    figure = layout(go.Figure(), palette, 480)
    for values, key, colour in (
        (info.one, "one", palette.changed[1]),
        (info.windows, "windows", palette.attention[1]),
    ):
        dash = "dash" if key == "one" else "solid"
        line(figure, values, colour, t(f"long_text.cost.{key}"), x=info.lengths, dash=dash)
    dots = np.array([info.here_one, info.here_windows])
    figure.add_scatter(
        x=np.array([info.here, info.here]), y=dots, mode="markers", name=t("long_text.cost.here"),
        marker={"size": 15, "color": palette.query},
    )  # fmt: skip
    ticks = [10**k for k in range(1, 7)]
    names = [f"{tick:,}" for tick in ticks]
    figure.update_xaxes(type="log", title_text=t("long_text.cost.length"), tickvals=ticks, ticktext=names)
    return figure.update_yaxes(type="log", title_text=t("cost.flops_axis"), exponentformat="SI", dtick=1)


def reach_maps(info: Reach, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """Four small maps, queries down and keys across; cells from the cache are hatched."""
    return {f"reach-{way}": _reach_map(info, way, t, palette) for way in WAYS}


def _reach_map(info: Reach, way: str, t: Translator, palette: Palette) -> go.Figure:
    scale = [[0, palette.ground], [0.5, palette.attention[1]], [1, palette.position]]
    cells = info.sees[way]
    figure = go.Figure(heat(cells, 0, 2, scale, xgap=2, ygap=2, hoverinfo="skip"))
    rows, keys = np.nonzero(cells == CACHED)
    mark = {"symbol": "line-ne-open", "size": 9, "color": palette.ground, "line": {"width": 2}}
    figure.add_scatter(x=keys, y=rows, mode="markers", marker=mark, hoverinfo="skip")
    for cut in range(info.segment, len(cells), info.segment):
        dots = {"color": palette.quiet, "width": 1, "dash": "dot"}
        figure.add_vline(cut - 0.5, line=dots)
        figure.add_hline(cut - 0.5, line=dots)
    figure = layout(figure, palette, 340)
    figure.update_layout(title_text=t(f"long_text.way.{way}"), showlegend=False, margin={"t": 44})
    bare = {"showticklabels": False, "ticks": "", "title_font": {"size": LABEL}}
    figure.update_xaxes(range=[-0.5, len(cells) - 0.5], title_text=t("long_text.reach.keys"), **bare)
    return figure.update_yaxes(range=[len(cells) - 0.5, -0.5], title_text=t("long_text.reach.queries"), **bare)
