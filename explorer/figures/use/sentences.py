"""Similarity matrices on one scale, a score over the layers, and the sentences on a map."""

from itertools import pairwise
from unicodedata import east_asian_width

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.use.classifier_input import ClassifierInput
from explorer.analysis.use.sentences import ByDepth, SentenceList, SentenceMap, Similarities
from explorer.figures.marks import UNIT, at_level, bar_below, beams, heat, line
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, TEXT, Palette, layout
from explorer.i18n import Translator
from explorer.quantities import percent

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon")
# So many rows have their words beside them, and so much of each sentence stands there.
ROWS, LETTERS = 24, 24
DASHES = {"cls": "dash", "pooler": "dot", "mean": "solid", "max": "dashdot"}


def group_colours(palette: Palette) -> tuple[str, ...]:
    """Colours of the groups, repeated where there are more; the symbol on the map tells them apart as well."""
    return (
        palette.query, palette.changed[1], palette.value, palette.key, palette.position, palette.attention[1],
        palette.segment, palette.word,
    )  # fmt: skip


def pooling_colours(palette: Palette) -> dict[str, str]:
    """One colour for each pooling."""
    return {"cls": palette.key, "pooler": palette.segment, "mean": palette.value, "max": palette.position}


def matrices(info: Similarities, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """One heat map for each pooling, all on the scale -1 … 1; thin lines separate the groups."""
    first = next(iter(info.cosine), None)
    return {f"sentences-{name}": _matrix(name, info, t, palette, name == first) for name in info.cosine}


def _matrix(name: str, info: Similarities, t: Translator, palette: Palette, scaled: bool) -> go.Figure:
    values = info.cosine[name]
    n = len(values)
    # With its number each is another category, also where two sentences are alike.
    said = [f"{at + 1} {plain(sentence)}" for at, sentence in enumerate(info.listed.sentences)]
    bar = {"colorbar": bar_below(-0.04, tickvals=[-1, 0, 1])} if scaled else {}
    tip = "%{y}<br>%{x}<br>%{z:.2f}<extra></extra>"
    figure = go.Figure(heat(values, -1, 1, palette.signed_scale, **bar, x=said, y=said, hovertemplate=tip))
    score = "" if info.scores is None else t("sentences.score", pairs=info.scores[name]["pairs"])
    figure = layout(figure, palette, 440)
    lines = [
        {
            "text": line, "x": 0, "xref": "x domain", "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "bottom",
            "yshift": shift, "showarrow": False, "font": {"size": TEXT, "color": palette.ink},
        }
        for line, shift in ((f"<b>{plain(t(f'sentences.pooling.{name}'))}</b>", 26), (score, 4))
    ]  # fmt: skip
    figure.update_layout(margin={"t": 60, "b": 72}, annotations=lines, shapes=_borders(info.listed, palette))
    every = -(-n // ROWS)
    shown = {"tickvals": np.arange(0, n, every), "ticktext": [_begun(one) for one in info.listed.sentences[::every]]}
    figure.update_xaxes(side="bottom", showticklabels=False, ticks="", range=[-0.5, n - 0.5])
    figure.update_yaxes(shown, ticks="", range=[n - 0.5, -0.5], tickfont={"size": LABEL})
    return figure


def _begun(sentence: str) -> str:
    """The beginning of a sentence, as wide as fits beside its row; a Chinese character is as wide as two letters."""
    room, kept = LETTERS, ""
    for letter in sentence:
        room -= 2 if east_asian_width(letter) in "WF" else 1
        if room < 0:
            return plain(kept.rstrip() + "…") + " "
        kept += letter
    return plain(kept) + " "


def _borders(listed: SentenceList, palette: Palette) -> list[dict[str, object]]:
    """Lines where a new group begins. All in one list: Plotly takes 3 ms for each `add_hline`."""
    places = [at + 0.5 for at, (a, b) in enumerate(pairwise(listed.groups)) if a != b]
    line = {"type": "line", "line": {"color": palette.ink, "width": 1}}
    rows = [line | {"xref": "x domain", "x0": 0, "x1": 1, "yref": "y", "y0": at, "y1": at} for at in places]
    columns = [line | {"xref": "x", "x0": at, "x1": at, "yref": "y domain", "y0": 0, "y1": 1} for at in places]
    return [shape for pair in zip(rows, columns, strict=True) for shape in pair]


def depth_lines(info: ByDepth, depth: int, t: Translator, palette: Palette) -> go.Figure:
    """The score over the layers passed, one line for each pooling, the chosen depth, and what chance reaches."""
    figure = layout(go.Figure(), palette, 480)
    for name, values in info.scores.items():
        label = plain(t(f"sentences.pooling.{name}"))
        line(figure, values, pooling_colours(palette)[name], label, dash=DASHES[name], points=9, tip="%{x}: %{y:.0%}")
    figure.add_vline(depth, line={"color": palette.rule, "width": 2})
    figure.add_hline(info.chance, line={"color": palette.quiet, "width": 2, "dash": "dot"})
    at_level(figure, t("sentences.chance"), info.chance, palette.quiet, right=True, yshift=12)
    figure.update_xaxes(title_text=t("sentences.passed"), dtick=1)
    low = min(0.4, info.chance - 0.05, *(float(values.min()) - 0.03 for values in info.scores.values()))
    low = low if info.measure == "pairs" else 0.0
    figure.update_yaxes(range=[low, 1.03], tickformat=".0%", title_text=t(f"sentences.measure.{info.measure}"))
    return figure


def map_points(info: SentenceMap, t: Translator, palette: Palette) -> go.Figure:
    """The sentences by number on two axes; colour and symbol name the group."""
    figure = go.Figure()
    colours = group_colours(palette)
    groups = np.array(info.listed.groups)
    for group in sorted(set(info.listed.groups)):
        rows = np.flatnonzero(groups == group)
        numbers = [f"<b>{row + 1}</b>" for row in rows]
        figure.add_scatter(
            x=info.points[rows, 0].astype(np.float32), y=info.points[rows, 1].astype(np.float32), mode="markers+text",
            text=numbers, textposition="middle right", textfont={"size": TEXT, "color": palette.ink}, cliponaxis=False,
            marker={"size": 14, "color": colours[group % len(colours)], "symbol": SYMBOLS[group % len(SYMBOLS)]},
            hovertext=[plain(info.listed.sentences[row]) for row in rows], hoverinfo="text",
        )  # fmt: skip
    figure = layout(figure, palette, 560)
    figure.update_layout(showlegend=False)
    reach = np.abs(info.points).max(axis=0) * 1.3 + 1e-6
    figure.update_xaxes(range=[-reach[0], reach[0]], title_text=t("neighbours.component", n=1))
    figure.update_yaxes(range=[-reach[1], reach[1]], title_text=t("neighbours.component", n=2))
    return figure


def input_bars(info: ClassifierInput, t: Translator, palette: Palette) -> go.Figure:
    """Held-out texts that got their label, by the vector that was read; a dot a split, a line for the baseline."""
    names = [t("sentences.input.word") if name == "word" else t(f"sentences.pooling.{name}") for name in info.right]
    means = [float(shares.mean()) for shares in info.right.values()]
    figure = layout(go.Figure(), palette, 380).update_layout(showlegend=False, bargap=0.35, margin={"r": 72})
    texts = [f"\u2003\u2003<b>{percent(mean)}</b>" for mean in means]  # clear of the dots
    beams(figure, means, names, palette.value, texts)
    for name, shares in zip(names, info.right.values(), strict=True):
        dot = {"color": palette.ink, "size": 7, "symbol": "line-ns-open", "line": {"width": 2}}
        x, y = shares.astype(np.float32), [name] * len(shares)
        figure.add_scatter(x=x, y=y, mode="markers", marker=dot, hoverinfo="skip")
    figure.add_vline(x=info.majority, line={"color": palette.ink, "dash": "dot", "width": 2})
    said = f"{t('sentences.input.axis')}<br>{t('sentences.input.marks')}"  # one line would not fit on a phone
    return figure.update_xaxes(UNIT, range=[0, 1.08], tickformat=".0%", title_text=said)
