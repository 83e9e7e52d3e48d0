"""The logit lens as a table of words, and the net shares of the masking recipe."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.masking import FATES, Shares
from explorer.analysis.predictions import Lens
from explorer.figures.text import plain
from explorer.figures.theme import LABEL, TEXT, Palette, layout
from explorer.i18n import Translator


def lens(info: Lens, t: Translator, palette: Palette) -> go.Figure:
    """Down: the embedding and every layer; across: the true word, then the likeliest words; colour: probability."""
    cells = [[f"{plain(w)}<br>{p:.1%}" for w, p in zip(*row, strict=True)] for row in _rows(info)]
    names = [t("masked.rank", rank=rank) for rank in range(1, info.probs.shape[1] + 1)]
    values = info.probs
    if info.truth_probs is not None and info.ranks is not None:
        own = zip(info.truth_probs, info.ranks, strict=True)
        cells = [
            [f"{t('masked.place', rank=rank)}<br>{p:.1%}", *row] for (p, rank), row in zip(own, cells, strict=True)
        ]
        names = [f"“{plain(info.truth or '')}”", *names]
        values = np.concatenate([info.truth_probs[:, None], values], axis=1)
    states = [t("masked.embedding"), *(t("masked.layer", layer=i) for i in range(len(info.words) - 1))]
    figure = go.Figure(
        go.Heatmap(
            z=values.astype(np.float32), zmin=0, zmax=1, colorscale=palette.attention_scale, text=cells, xgap=2, ygap=2,
            texttemplate="%{text}", textfont={"size": LABEL}, hoverinfo="skip", showscale=False,
        )
    )  # fmt: skip
    figure = layout(figure, palette, 120 + 52 * len(states))
    figure.update_xaxes(tickvals=list(range(len(names))), ticktext=names, side="top", tickfont={"size": TEXT})
    figure.update_yaxes(tickvals=list(range(len(states))), ticktext=states, autorange="reversed")
    return figure


def _rows(info: Lens) -> list[tuple[tuple[str, ...], np.ndarray]]:
    return list(zip(info.words, info.probs, strict=True))


def shares(info: Shares, t: Translator, palette: Palette) -> go.Figure:
    """What became of the chosen tokens, in percent of all tokens; the bracket is one standard deviation around the
    expected share."""
    names = [t(f"masked.fate.{name}") for name in FATES[1:]]
    found, expected = 100 * np.array(info.found[1:]), 100 * np.array(info.expected[1:])
    spread = np.sqrt(expected * (100 - expected) / info.n)
    colours = [palette.masked, palette.changed[1], palette.attention[1]]
    figure = go.Figure()
    figure.add_bar(
        x=found.astype(np.float32), y=names, orientation="h", marker_color=colours, name=t("masked.found"),
        text=[f"{x:.2f} %" for x in found], textposition="outside", textfont={"size": TEXT}, cliponaxis=False,
        hoverinfo="skip",
    )  # fmt: skip
    figure.add_scatter(
        x=expected.astype(np.float32), y=names, mode="markers", name=t("masked.expected"), hoverinfo="skip",
        marker={"symbol": "line-ns", "size": 34, "line": {"width": 3, "color": palette.ink}},
        error_x={"type": "data", "array": spread.astype(np.float32), "color": palette.ink, "thickness": 2},
    )  # fmt: skip
    figure = layout(figure, palette, 300)
    figure.update_layout(legend={"orientation": "h", "y": 1.18, "x": 0}, bargap=0.4)
    figure.update_xaxes(range=[0, max(1.0, 1.25 * max(found.max(), expected.max()))], title_text=t("masked.percent"))
    figure.update_yaxes(autorange="reversed", tickfont={"size": TEXT})
    return figure
