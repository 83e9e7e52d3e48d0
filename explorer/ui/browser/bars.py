"""Named values as horizontal bars, largest first or in any order that is given."""

from collections.abc import Callable
from typing import Literal

from explorer.quantities import percent, three
from explorer.ui.browser import register

_component = register("bars")


def share(value: float) -> str:
    """A probability or a weight."""
    return percent(value, 1)


def bars(
    rows: list[tuple[str, int, float]],
    *,
    key: str,
    title: str,
    scale: Literal["attention", "changed", "signed"] = "attention",
    high: float | int | None = None,
    written: Callable[[float], str] = three,
) -> None:
    """Rows are (name, position, value); high: the value of a full bar, by default the largest; written: the number."""
    largest = max([abs(value) for _, _, value in rows] or [0.0])
    data = {
        "rows": [[name, position, round(value, 5), written(value)] for name, position, value in rows],
        "title": title,
        "scale": scale,
        "high": high or largest or 1.0,
    }
    _component(key=f"bars-{key}", data=data)
