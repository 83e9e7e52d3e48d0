"""What wakes a visit in a class room: nothing to be seen, a request that waits (see `ui.shell.news`)."""

from explorer.ui.browser import register

_component = register("room_news")


def room_news(code: str, held: str, at: str, whole: bool) -> None:
    """Run again when something has changed since `at`: the whole page, or the fragment that this stands in."""
    data = {"code": code, "held": held, "at": at, "whole": whole}
    _component(key="room-news", data=data, on_news_change=lambda: None)
