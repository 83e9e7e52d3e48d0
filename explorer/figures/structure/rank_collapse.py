"""Residuals and cosines over the layers for eight networks, and the cosines of the words as small matrices."""

from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.structure.rank_collapse import RankPaths
from explorer.capture.changes.rank import ALL_KEPT, Kept
from explorer.figures.marks import UNIT, at_level, bar_below, line, signed_axis, signed_levels
from explorer.figures.theme import Palette, layout
from explorer.i18n import Translator

# Relative distance of neighbouring numbers: below it, one precision cannot tell the words apart.
FLOAT32, FLOAT64 = 2.0**-23, 2.0**-52
SHOWN_DEPTHS = 7


def paths(info: RankPaths, t: Translator, palette: Palette) -> go.Figure:
    """The residual of every network on a logarithmic scale; the chosen one is amber, the full one purple."""
    figure = _lines(info.residual, info.chosen, t, palette)
    for level, name in ((FLOAT32, "float32"), (FLOAT64, "float64")):
        figure.add_hline(y=level, line={"color": palette.quiet, "dash": "dot", "width": 1})
        # On a logarithmic axis an annotation's place is the logarithm, a line's is the value.
        at_level(figure, name, float(np.log10(level)), palette.quiet, yanchor="bottom")
    lowest = min(float(path[path > 0].min(initial=1)) for path in info.residual.values())
    low = min(-2.2, float(np.log10(lowest)) - 0.5)
    ticks = [10.0**power for power in range(0, int(low) - 1, -1 if low > -6 else -4)]
    words = ["1" if tick == 1 else f"10<sup>{round(np.log10(tick))}</sup>" for tick in ticks]
    figure.update_yaxes(type="log", range=[low, 0.3], tickvals=ticks, ticktext=words, title_text=t("rank_collapse.y"))
    return figure


def mean_cosines(info: RankPaths, t: Translator, palette: Palette) -> go.Figure:
    """The mean cosine of two words in every network."""
    figure = _lines(info.cosine, info.chosen, t, palette)
    low = min(0.0, *(float(path.min()) for path in info.cosine.values()))
    figure.update_yaxes(range=[low - 0.03, 1.05], title_text=t("rank_collapse.cosine"), **UNIT)
    return figure.update_layout(showlegend=False)


def matrices(info: RankPaths, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of each word with each other, layer after layer: the full network above, the chosen one below."""
    depths = _spread(len(info.residual[ALL_KEPT]))
    titles = [str(depth - 1) if depth else t("rank_collapse.in") for depth in depths]
    figure = make_subplots(2, len(depths), column_titles=titles, horizontal_spacing=0.012, vertical_spacing=0.05)
    for row, kept in enumerate((ALL_KEPT, info.chosen), 1):
        for column, depth in enumerate(depths, 1):
            figure.add_trace(signed_levels(info.cosines[kept][depth], 1.0), row, column)
    figure = layout(figure, palette, 490)
    bar = bar_below(-0.1, t("rank_collapse.pair_cosine"), len=0.4)
    figure.update_layout(coloraxis=signed_axis(palette, 1.0, bar))
    figure.update_xaxes(showticklabels=False, ticks="")
    figure.update_xaxes(title_text=t("rank_collapse.x"), row=2, col=(len(depths) + 1) // 2)
    figure.update_yaxes(showticklabels=False, ticks="", autorange="reversed")
    for row, name in enumerate(("full", "chosen"), 1):
        figure.update_yaxes(title_text=t(f"rank_collapse.{name}"), row=row, col=1)
    return figure


def _lines(values: dict[Kept, np.ndarray], chosen: Kept, t: Translator, palette: Palette) -> go.Figure:
    figure = layout(go.Figure(), palette, 480)
    named: set[str] = set()
    # The chosen and the full network last, so that they lie on top.
    for kept in sorted(values, key=lambda kept: (kept == chosen, kept == ALL_KEPT)):
        kind, style = _style(kept, chosen, palette)
        what = t("rank_collapse.without", parts=_missing(kept, t)) if kept != ALL_KEPT else t("rank_collapse.full")
        line(
            figure, values[kept], name=t(f"rank_collapse.{kind}"), points=9 if kind in ("full", "chosen") else 4,
            legendgroup=kind, showlegend=kind not in named, legendrank={"full": 1, "chosen": 2}.get(kind, 3),
            tip=f"{what}: %{{y:.2e}}", **style,
        )  # fmt: skip
        named.add(kind)
    n = len(values[ALL_KEPT])
    every = -(-n // 13)
    depths = list(range(0, n, every))
    figure.update_xaxes(tickvals=depths, ticktext=[str(d - 1) if d else t("rank_collapse.in") for d in depths])
    return figure.update_xaxes(title_text=t("rank_collapse.x"))


def _style(kept: Kept, chosen: Kept, palette: Palette) -> tuple[str, dict[str, Any]]:
    """Which of the four kinds of line a network is, and how that is drawn."""
    if kept == ALL_KEPT:
        return "full", {"colour": palette.attention[1], "width": 4}
    if kept == chosen:
        return "chosen", {"colour": palette.changed[1], "width": 5}
    if kept.skips:
        return "with_skips", {"colour": palette.quiet, "width": 1.5}
    return "without_skips", {"colour": palette.quiet, "width": 1.5, "dash": "dash"}


def _missing(kept: Kept, t: Translator) -> str:
    parts = ("skips", "ffn", "norm")
    return ", ".join(t(f"rank_collapse.{part}") for part in parts if not getattr(kept, part))


def _spread(n: int) -> list[int]:
    """The first, the last, and some between."""
    return [int(depth) for depth in np.unique(np.linspace(0, n - 1, min(n, SHOWN_DEPTHS)).round())]
