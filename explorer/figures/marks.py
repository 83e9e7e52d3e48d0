"""Lines, bars, heat maps and what is written on them, each made once.

Everything that a whole figure has (ground, type, axes, legend) is the theme's template.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from explorer.figures.theme import LABEL, TEXT, Palette

Number = int | float  # a literal 4 is no float to a strict reader of annotations

# What a bar or a column of words has instead of a tip: its numbers stand beside it.
WRITTEN: dict[str, Any] = {"textposition": "outside", "cliponaxis": False, "hoverinfo": "skip"}
# A range of shares or cosines: its ends and its middle are enough.
UNIT: dict[str, Any] = {"tickvals": [0, 0.5, 1]}
# Two bars of one colour are told apart by stripes.
STRIPES: dict[str, Any] = {"shape": "/", "fillmode": "replace", "solidity": 0.4}


def line(
    figure: go.Figure,
    y: Any,
    colour: str,
    name: str | None = None,
    *,
    x: Any = None,
    width: Number = 4,
    dash: str = "solid",
    points: int = 0,
    tip: str | None = None,
    **more: Any,
) -> None:
    """A line over x, or over 0, 1, 2 …

    points: size of the marks on it in pixels, 0 for none. tip: what a pointer is told, with %{x} and %{y}.
    more: what else `go.Scatter` takes, and row and col.
    """
    marker = {"marker": {"size": points} | more.pop("marker", {})} if points else {}
    figure.add_scatter(
        x=np.arange(len(y)) if x is None else x, y=np.asarray(y), name=name,
        mode="lines+markers" if points else "lines",
        line={"color": colour, "width": width, "dash": dash}, hovertemplate=tip and f"{tip}<extra></extra>",
        **marker, **more,
    )  # fmt: skip


def bars(figure: go.Figure, y: Any, colour: Any, name: str | None = None, *, shape: str = "", **more: Any) -> None:
    """Upright bars over 0, 1, 2 … shape: "/" for stripes."""
    mark = {"color": colour} | ({"pattern": {**STRIPES, "shape": shape}} if shape else {})
    figure.add_bar(x=np.arange(len(y)), y=np.asarray(y, dtype=np.float32), name=name, marker=mark, **more)


def beams(
    figure: go.Figure, values: Any, names: Any, colour: Any, texts: Sequence[str], name: str | None = None, **more: Any
) -> None:
    """Bars that lie, from the top down, with their numbers behind them."""
    figure.add_bar(
        x=np.asarray(values, dtype=np.float32), y=names, orientation="h", marker_color=colour, text=texts, name=name,
        textfont={"size": TEXT}, **WRITTEN, **more,
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", tickfont={"size": TEXT})


def heat(cells: Any, low: Number, high: Number, scale: list[list[object]], **more: Any) -> go.Heatmap:
    """Cells on a fixed range, without a bar of its own unless `colorbar` says how it looks."""
    return go.Heatmap(
        z=np.asarray(cells, dtype=np.float32), zmin=low, zmax=high, colorscale=scale, showscale="colorbar" in more,
        **more,
    )  # fmt: skip


def signed_levels(values: np.ndarray, limit: float) -> go.Heatmap:
    """Signed values as bytes, 0 … 254 for -limit … limit, for large tables on the axis of `signed_axis`."""
    levels = np.rint((np.clip(values / limit, -1, 1) + 1) * 127).astype(np.uint8)
    return go.Heatmap(z=levels if levels.ndim > 1 else levels[None], coloraxis="coloraxis", hoverinfo="skip")


def signed_axis(palette: Palette, limit: float, bar: dict[str, Any] | None = None) -> dict[str, Any]:
    """Layout's colour axis of `signed_levels`; bar: where its legend lies, None for none."""
    axis: dict[str, Any] = {"colorscale": palette.signed_scale, "cmin": 0, "cmax": 254, "showscale": bar is not None}
    if bar is not None:
        axis["colorbar"] = {"tickvals": [0, 127, 254], "ticktext": [f"−{limit:g}", "0", f"{limit:g}"], **bar}
    return axis


def bar_below(y: float, title: str | None = None, **more: Any) -> dict[str, Any]:
    """A colour scale's legend, lying under the picture."""
    named = {"title": {"text": title, "side": "bottom", "font": {"size": LABEL}}} if title else {}
    return {"orientation": "h", "y": y, "yanchor": "top", **named, **more}


def above(figure: go.Figure, text: str, number: int = 1, *, colour: str | None = None, size: int = TEXT) -> None:
    """Write over the panel with this number, from its left edge."""
    at = number if number > 1 else ""
    figure.add_annotation(
        text=text, x=0, xref=f"x{at} domain", xanchor="left", y=1, yref=f"y{at} domain", yanchor="bottom", yshift=4,
        showarrow=False, font={"size": size} | ({"color": colour} if colour else {}),
    )  # fmt: skip


def at_level(figure: go.Figure, text: str, y: float, colour: str, *, right: bool = False, **more: Any) -> None:
    """Write beside a level line; on a logarithmic axis y is the logarithm."""
    figure.add_annotation(
        text=text, x=int(right), xref="paper", xanchor="right" if right else "left", y=y, showarrow=False,
        font={"size": LABEL, "color": colour}, **more,
    )  # fmt: skip
