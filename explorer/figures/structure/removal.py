"""Blocks removed from a trained model: likeness by layer, probes by layer, and every single removal."""

import numpy as np
import plotly.graph_objects as go

from explorer.analysis.structure.removal import Removal, Sweep
from explorer.figures.marks import UNIT, WRITTEN, line
from explorer.figures.theme import LABEL, Palette, layout
from explorer.i18n import Translator


def likeness(info: Removal, t: Translator, palette: Palette) -> go.Figure:
    """Cosine of the mean vectors and CKA of the words with the untouched model, after each layer."""
    figure = _by_layer(len(info.own), t, palette)
    for name, values, dash in (("cosine", info.likeness.cosine, "solid"), ("cka", info.likeness.cka, "dash")):
        _line(figure, values, t(f"without_ffn.{name}_name"), palette.changed[1], dash)
    low = min(0.0, float(info.likeness.cosine.min()), float(np.nanmin(info.likeness.cka)))
    return figure.update_yaxes(UNIT, range=[low - 0.03, 1.05], title_text=t("without_ffn.likeness"))


def probes(info: Removal, t: Translator, palette: Palette) -> go.Figure:
    """Held-out accuracy before and after the removal, with the majority class and shuffled labels as floors."""
    figure = _by_layer(len(info.own), t, palette)
    for name, scores, colour, dash in (
        ("own", info.own, palette.attention[1], "dash"),
        ("left", info.left, palette.changed[1], "solid"),
    ):
        _line(figure, np.array([s.accuracy for s in scores]), t(f"without_ffn.{name}"), colour, dash)
    for name in ("majority", "control"):
        floor = np.array([getattr(score, name) for score in info.left])
        _line(figure, floor, t(f"without_ffn.{name}"), palette.quiet, "dot" if name == "majority" else "longdash", 2)
    return figure.update_yaxes(UNIT, range=[0, 1.05], title_text=t("without_ffn.accuracy"))


def sweep(info: Sweep, chosen: tuple[int, ...], t: Translator, palette: Palette) -> go.Figure:
    """Cosine and CKA after the last layer, for each removal; the chosen one stands out."""
    figure, last = layout(go.Figure(), palette, 380), info.removals[-1].removed
    words = [t("without_ffn.all") if one.removed == last else str(one.removed[0]) for one in info.removals]
    strength = [1.0 if one.removed == chosen else 0.5 for one in info.removals]
    for name, shape in (("cosine", ""), ("cka", "/")):
        values = np.array([getattr(one, name)[-1] for one in info.removals])
        marker = {"color": palette.changed[1], "opacity": strength, "pattern": {"shape": shape, "fillmode": "replace"}}
        marker["line"] = {"color": palette.changed[1], "width": 1}
        figure.add_bar(
            x=np.arange(len(values)), y=values, name=t(f"without_ffn.{name}_name"), marker=marker,
            text=[f"{v:.2f}" for v in values], textfont={"size": LABEL, "color": palette.ink}, **WRITTEN,
        )  # fmt: skip
    figure.update_xaxes(tickvals=np.arange(len(words)), ticktext=words, title_text=t("without_ffn.removed"))
    figure.update_yaxes(UNIT, range=[0, 1.12], title_text=t("without_ffn.likeness"))
    return figure.update_layout(bargap=0.25)


def _line(figure: go.Figure, values: np.ndarray, name: str, colour: str, dash: str, width: int = 4) -> None:
    line(figure, values, colour, name, dash=dash, width=width, points=9 if width > 2 else 0, tip=f"{name}: %{{y:.3f}}")


def _by_layer(depths: int, t: Translator, palette: Palette) -> go.Figure:
    figure = layout(go.Figure(), palette, 480)
    words = [t("without_ffn.embedding"), *(str(depth) for depth in range(depths - 1))]
    every = -(-depths // 13)
    figure.update_xaxes(tickvals=list(range(0, depths, every)), ticktext=words[::every], title_text=t("without_ffn.x"))
    return figure.update_layout(legend={"y": -0.16, "yanchor": "top"})
