"""Named values as horizontal bars, largest first or in any order that is given."""

from typing import Literal

from explorer.ui.browser import register

_component = register("bars")


def bars(
    rows: list[tuple[str, int, float]],
    *,
    key: str,
    title: str,
    scale: Literal["attention", "changed", "signed"] = "attention",
    high: float | int | None = None,
) -> None:
    """Rows are (name, position, value); high: the value of a full bar, by default the largest."""
    largest = max([abs(value) for _, _, value in rows] or [0.0])
    data = {
        "rows": [[name, position, round(value, 5)] for name, position, value in rows],
        "title": title,
        "scale": scale,
        "high": high or largest or 1.0,
    }
    _component(key=f"bars-{key}", data=data)
