"""The downloads of this process: each in a thread of its own, shared by the visitors who asked for the same model."""

from threading import Lock
from weakref import WeakSet

from explorer.errors import HubBusy
from explorer.models.strangers.hub.download import download
from explorer.models.strangers.hub.plan import Plan
from explorer.work import Watch, shared

MAX_RUNNING = 2

_begun: WeakSet[Watch] = WeakSet()
_guard = Lock()


def start(plan: Plan) -> Watch:
    """Watch the download of this plan, in bytes: the one that runs already, or a new one.

    Raises:
        HubBusy: when others are running and no place is free.
    """
    with _guard:
        others = {watch.about for watch in _begun if watch.running and watch.about != plan}
        if len(others) >= MAX_RUNNING:
            raise HubBusy(running=len(others))
        watch = shared(lambda: download(plan), plan.n_bytes, plan, again=True, done=lambda came: max(came, default=0))
        _begun.add(watch)
        return watch
