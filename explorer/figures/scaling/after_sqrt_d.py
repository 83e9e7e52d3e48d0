"""After √d: one head's scores, weights and slopes under two rules, all rules small, and two curves."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from explorer.analysis.scaling.after_sqrt_d import OWN, RULES, TIMES, AfterRoot, OverLength
from explorer.figures.marks import UNIT, Number, above, bar_below, heat, line
from explorer.figures.text import FEW, room, ticks
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator

_ACROSS = 5
_TIP = "%{y} → %{x}: %{z:.3g}<extra></extra>"


def weights(info: AfterRoot, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """The weights of the own and the chosen rule on 0 … 1, in one hue."""
    cells = (info.weights[OWN], info.weights[info.chosen])
    return _pair("weights", cells, (0.0, 1.0), palette.attention_scale, info, t, palette)


def scores(info: AfterRoot, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """The scores of both on one signed scale; hidden cells stay empty."""
    known = [np.abs(s[np.isfinite(s)]) for s in info.scores]
    top = max([1e-6, *(float(found.max()) for found in known if len(found))])
    return _pair("scores", info.scores, (-top, top), palette.signed_scale, info, t, palette)


def _pair(
    what: str,
    cells: tuple[np.ndarray, np.ndarray],
    limits: tuple[float, float],
    scale: list[list[object]],
    info: AfterRoot,
    t: Translator,
    palette: Palette,
) -> dict[str, go.Figure]:
    low, high = limits
    figures = {}
    for number, (rule, found) in enumerate(zip((OWN, info.chosen), cells, strict=True)):
        name = t(f"after_sqrt_d.rule.{rule}")
        bar = bar_below(-0.3, tickvals=[low, (low + high) / 2, high], tickformat=".3~g")
        figure = layout(
            go.Figure(heat(found, low, high, scale, hovertemplate=_TIP, colorbar=bar)),
            palette,
            170 + room(info.tokens, 290),
        )
        above(figure, name, colour=palette.changed[1] if number else None)
        figure.update_xaxes(title_text=t("which_d.key"), **ticks(info.tokens, FEW // 2))
        figure.update_yaxes(autorange="reversed", title_text=t("which_d.query"), **ticks(info.tokens, FEW))
        figures[f"after-{what}-{('own', 'chosen')[number]}"] = figure
    return figures


def passed(info: AfterRoot, t: Translator, palette: Palette) -> go.Figure:
    """Trace of the Jacobian of each row, under both rules."""
    figure = layout(go.Figure(), palette, 300)
    top = max(1.0, float(info.passed[info.chosen].max()))
    for rule, colour, dash in ((OWN, palette.attention[1], "solid"), (info.chosen, palette.changed[1], "dot")):
        name = t(f"after_sqrt_d.rule.{rule}")
        line(figure, info.passed[rule], colour, name, width=3, dash=dash, points=7, tip="%{y:.3g}")
    figure.update_xaxes(title_text=t("after_sqrt_d.row"))
    return figure.update_yaxes(range=[-0.02, top * 1.04], title_text=t("after_sqrt_d.passed"))


def small(info: AfterRoot, t: Translator, palette: Palette) -> go.Figure:
    """The weights under every rule, small, on 0 … 1 in one hue; the chosen one has an amber title."""
    down = -(-len(RULES) // _ACROSS)
    figure = layout(make_subplots(down, _ACROSS, horizontal_spacing=0.03, vertical_spacing=0.08), palette, 180 * down)
    for at, rule in enumerate(RULES):
        tip = f"{t(f'after_sqrt_d.rule.{rule}')}: %{{z:.3g}}<extra></extra>"
        cells = heat(info.weights[rule], 0, 1, palette.attention_scale, hovertemplate=tip)
        figure.add_trace(cells, at // _ACROSS + 1, at % _ACROSS + 1)
        colour = palette.changed[1] if rule == info.chosen else None
        above(figure, t(f"after_sqrt_d.short.{rule}"), at + 1, colour=colour, size=LABEL)
    figure.update_xaxes(showticklabels=False, ticks="")
    return figure.update_yaxes(showticklabels=False, ticks="", autorange="reversed")


def spread(info: AfterRoot, t: Translator, palette: Palette) -> go.Figure:
    """The mean largest weight when q·k grows, each rule a line; the own and the chosen one stand out."""
    figure = layout(go.Figure(), palette, 380)
    for rule in RULES:
        _rule(figure, rule, info.chosen, TIMES, info.largest[rule], t, palette)
    figure.update_xaxes(
        type="log", tickvals=TIMES, ticktext=[f"{x:.4g}" for x in TIMES], title_text=t("after_sqrt_d.times")
    )
    return figure.update_yaxes(UNIT, range=[-0.02, 1.04], title_text=t("after_sqrt_d.max_prob"))


def lengths(info: OverLength, t: Translator, palette: Palette) -> dict[str, go.Figure]:
    """Entropy, largest weight and share of the first token over the number of tokens, for every rule."""
    figures = {}
    for name in ("entropy", "max_prob", "first"):
        figure = layout(go.Figure(), palette, 380)
        for rule in RULES:
            _rule(figure, rule, info.chosen, info.lengths, info.values[rule][name], t, palette)
        ticks = {"tickvals": info.lengths, "ticktext": [str(n) for n in info.lengths]}
        figure.update_xaxes(type="log", title_text=t("after_sqrt_d.tokens"), **ticks)
        figure.update_yaxes(UNIT, range=[-0.02, 1.04], title_text=t(f"after_sqrt_d.{name}"))
        figures[f"after-length-{name}"] = figure
    return figures


def _rule(
    figure: go.Figure, rule: str, chosen: str, x: Sequence[Number], y: Sequence[float], t: Translator, palette: Palette
) -> None:
    """The own rule in attention's colour, the chosen one dotted in amber over it, the others thin and grey."""
    stands = rule in (OWN, chosen)
    colour = palette.changed[1] if rule == chosen else palette.attention[1] if rule == OWN else palette.masked
    name = t(f"after_sqrt_d.rule.{rule}")
    line(
        figure, y, colour, name, x=x, width=4 if stands else 1.5, dash="dot" if rule == chosen else "solid",
        points=7 if stands else 0, tip=f"{name}: %{{y:.3g}}", showlegend=stands,
    )  # fmt: skip
