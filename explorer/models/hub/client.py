"""The one door to the network. Closed, huggingface_hub is as offline as `HF_HUB_OFFLINE` makes it; open, it is bounded.

The library's own client waits for ever when a server accepts a connection and stays silent, and an explicit
`timeout=None` of a caller overrides a client's default. So the limits are written into every request, and into every
body as it is read. The door is a ContextVar: open for the thread that asked, closed for all others.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from threading import Thread
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2
from huggingface_hub import set_client_factory
from huggingface_hub.errors import (
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils._http import hf_request_event_hook

from explorer.errors import HubClosed, HubGated, HubIdInvalid, HubMissing, HubRefused, HubSilent, HubUnreachable
from explorer.models import settings

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
REACH_SECONDS = 4.5  # names included: a resolver that does not answer is bounded by no socket option


@dataclass(frozen=True)
class Door:
    """What the requests of one visit may do: all together until `end` (monotonic seconds), each at most `n_bytes`."""

    end: float
    n_bytes: int


_door: ContextVar[Door | None] = ContextVar("explorer_hub_door", default=None)


class _Body(httpx2.SyncByteStream):
    """A response's body that ends with an error when there is more of it, or it takes longer, than the door allows."""

    def __init__(self, inner: httpx2.SyncByteStream, door: Door, host: str) -> None:
        self.inner, self.door, self.host = inner, door, host

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for chunk in self.inner:
            received += len(chunk)
            if received > self.door.n_bytes:
                raise HubRefused(host=self.host, reason=f"> {self.door.n_bytes:,} B")
            if time.monotonic() > self.door.end:
                raise HubSilent(host=self.host)
            yield chunk

    def close(self) -> None:
        self.inner.close()


class Client(httpx2.Client):
    """The library's default client outside the door, a bounded one inside."""

    def __init__(self) -> None:
        super().__init__(event_hooks={"request": [_before]}, follow_redirects=True, timeout=None)

    def send(self, request: httpx2.Request, *, stream: bool = False, **settings: object) -> httpx2.Response:
        """As httpx2's, with the body bounded when the door is open."""
        door = _door.get()
        if door is None:
            return super().send(request, stream=stream, **settings)  # type: ignore[arg-type]
        response = super().send(request, stream=True, **settings)  # type: ignore[arg-type]
        assert isinstance(response.stream, httpx2.SyncByteStream)
        response.stream = _Body(response.stream, door, request.url.host)
        if not stream:
            try:
                response.read()
            finally:
                response.close()
        return response


def _before(request: httpx2.Request) -> None:
    """Called for each hop of a request, redirects included."""
    door = _door.get()
    if door is None:
        hf_request_event_hook(request)  # honours HF_HUB_OFFLINE
        return
    left = door.end - time.monotonic()
    if left <= 0:
        raise HubSilent(host=request.url.host)
    read, connect = min(READ_SECONDS, left), min(CONNECT_SECONDS, left)
    request.extensions["timeout"] = {"connect": connect, "read": read, "write": read, "pool": connect}


@cache
def _install() -> None:
    set_client_factory(Client)


@contextmanager
def door(seconds: float, n_bytes: int, about: str) -> Iterator[None]:
    """Open the network for this block: its requests end within so many seconds, in success or in a sentence.

    about: the id that the block asks for; it stands in the sentences.

    Raises:
        HubClosed, HubUnreachable, HubSilent, HubMissing, HubGated, HubRefused.
    """
    if not settings.hub_open():
        raise HubClosed()
    _install()
    host = _reach()
    token = _door.set(Door(time.monotonic() + seconds, n_bytes))
    try:
        yield
    except (GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError, RemoteEntryNotFoundError) as error:
        raise (HubGated if isinstance(error, GatedRepoError) else HubMissing)(found=about) from error
    except HfHubHTTPError as error:
        raise HubRefused(host=host, reason=f"HTTP {error.response.status_code}") from error
    except HFValidationError as error:
        raise HubIdInvalid(found=about[:96]) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise HubUnreachable(host=host) from error
    except httpx2.TimeoutException as error:
        raise HubSilent(host=host) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
        # An answer that is no answer of a hub: broken HTTP, no JSON, JSON of another shape.
        raise HubRefused(host=host, reason=type(error).__name__) from error
    finally:
        _door.reset(token)


def _reach() -> str:
    """The hub's host, after one connection within seconds; in a thread, because a name server may never answer.

    Skipped where a proxy is set: then only the proxy knows the hub's address.

    Raises:
        HubUnreachable: when there is none.
    """
    try:
        address = urlsplit(settings.hub_endpoint())
        host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
    except ValueError as error:
        raise HubUnreachable(host=settings.hub_endpoint()) from error
    if address.scheme in getproxies() and not proxy_bypass(host):
        return host
    answers: list[bool] = []

    def knock() -> None:
        try:
            socket.create_connection((host, port), CONNECT_SECONDS).close()
            answers.append(True)
        except (OSError, UnicodeError):
            answers.append(False)

    thread = Thread(target=knock, daemon=True, name="hub-reach")
    thread.start()
    thread.join(REACH_SECONDS)
    if answers != [True]:
        raise HubUnreachable(host=host)
    return host
