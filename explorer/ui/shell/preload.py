"""The heavy imports, by one thread at a time, so that the first visitor and the warm-up do not meet inside them."""

from threading import Lock

_importing = Lock()


def imports() -> None:
    """Import torch, transformers and what stands on them.

    transformers fills its modules as names are asked for; two threads that do so at once get ImportErrors.
    """
    with _importing:
        import explorer.capture.run
        import explorer.models.menu
        import explorer.ui.shell.cached
        import explorer.ui.shell.page  # noqa: F401


def model() -> None:
    """Also load the default model."""
    imports()
    from explorer.models.registry import OFFERS
    from explorer.ui.shell import cached

    cached.model(next(iter(OFFERS.values())))
