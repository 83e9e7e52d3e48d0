"""A page with scripts of a package, in a frame without an origin: it can neither read the app nor speak for it."""

from explorer.ui.browser import register

_component = register("sandbox")


def sandbox(page: str, height: int, label: str) -> None:
    """Show the HTML of a whole page, so many pixels high; label: what it is, for those who do not see it."""
    _component(key="sandbox", data={"page": page, "height": height, "label": label})
