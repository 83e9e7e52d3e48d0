"""The one door to the network. Closed, huggingface_hub is as offline as `HF_HUB_OFFLINE` makes it; open, it is bounded.

The library's own client waits for ever when a server accepts a connection and stays silent, and an explicit
`timeout=None` of a caller overrides a client's default. So the limits are written into every request, and into every
body as it is read. The door is a ContextVar: open for the thread that asked, closed for all others.
"""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from ipaddress import ip_address
from threading import Thread, Timer
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx2
from huggingface_hub import set_client_factory
from huggingface_hub.errors import (
    DisabledRepoError,
    GatedRepoError,
    HfHubHTTPError,
    HFValidationError,
    RemoteEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)
from huggingface_hub.utils._http import hf_request_event_hook, parse_ratelimit_headers

from explorer.errors import (
    ExplorerError,
    HubClosed,
    HubGated,
    HubIdInvalid,
    HubLimited,
    HubMissing,
    HubRefused,
    HubSilent,
    HubTroubled,
    HubUnreachable,
)
from explorer.models.strangers import settings

CONNECT_SECONDS = 3.0
READ_SECONDS = 10.0
HEAD_SECONDS = 20.0  # from a request to the complete head of its last answer, redirects included
REDIRECT_BYTES = 100_000
LIMIT_SECONDS = 300  # the window over which the hub counts requests
REACH_SECONDS = 4.5  # names included: a resolver that does not answer is bounded by no socket option

# No answer of a hub: broken HTTP, no JSON, JSON of another shape or of a thousand levels.
_SHAPES = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
NO_ANSWER = (httpx2.HTTPError, httpx2.InvalidURL, *_SHAPES)


@dataclass(frozen=True)
class Door:
    """What the requests of one visit may do: all together until `end` (monotonic seconds), each at most `n_bytes`.

    within: whether they may reach addresses of a network of one's own, as those of a mirror there must. A hub outside
    could otherwise send the server to its own neighbours.
    """

    end: float
    n_bytes: int
    within: bool


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


class _Watch:
    """Ends the connections of one request when no complete head of an answer has come in time.

    A read timeout is met by any byte: one header line a second, or "100 Continue" for ever, never ends.
    """

    def __init__(self, door: Door, host: str) -> None:
        self.late, self.host, self.within = False, host, door.within
        self._sockets: list[socket.socket] = []
        self._timer = Timer(max(0.0, min(HEAD_SECONDS, door.end - time.monotonic())), self._end)
        self._timer.daemon = True

    def __enter__(self) -> "_Watch":
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: object) -> None:
        self._timer.cancel()
        if self.late and isinstance(error, httpx2.TransportError):
            raise HubSilent(host=self.host) from error

    def trace(self, event: str, facts: dict[str, Any]) -> None:
        """Called by the library with each step of a request; notes the connection, also the encrypted one."""
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self._sockets.append(facts["return_value"].get_extra_info("socket"))
        if event.endswith(".connect_tcp.complete") and not self.within and is_within(self._sockets[-1]):
            raise HubRefused(host=self._sockets[-1].getpeername()[0], reason="private")

    def _end(self) -> None:
        self.late = True
        for found in reversed(self._sockets):
            with suppress(OSError):
                socket.socket.shutdown(found, socket.SHUT_RDWR)  # wakes a read; closing would not


def is_within(connection: socket.socket) -> bool:
    """Whether the other end has an address of no public network."""
    return not ip_address(connection.getpeername()[0]).is_global


class Client(httpx2.Client):
    """The library's default client outside the door, a bounded one inside."""

    def __init__(self) -> None:
        super().__init__(event_hooks={"request": [_before], "response": [_after]}, follow_redirects=True, timeout=None)

    def send(self, request: httpx2.Request, *, stream: bool = False, **settings: object) -> httpx2.Response:
        """As httpx2's, with the time of its head bounded when the door is open."""
        door = _door.get()
        if door is None:
            return super().send(request, stream=stream, **settings)  # type: ignore[arg-type]
        with _Watch(door, request.url.host) as watch:
            request.extensions["trace"] = watch.trace
            response = super().send(request, stream=True, **settings)  # type: ignore[arg-type]
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
    if settings.hub_endpoint().startswith("https:") and request.url.scheme != "https":
        raise HubRefused(host=request.url.host, reason=f"{request.url.scheme}:")
    # A body that unpacks to a thousand times its size would pass the bound on what comes; a connection that was opened
    # for an earlier request is not known to the watch.
    request.headers.update({"Accept-Encoding": "identity", "Connection": "close"})


def _after(response: httpx2.Response) -> None:
    """Called for each hop's answer before its body is read; the library reads those of redirects to their end."""
    door = _door.get()
    if door is None:
        return
    host = response.url.host
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise HubRefused(host=host, reason="Content-Encoding")
    assert isinstance(response.stream, httpx2.SyncByteStream)
    response.stream = _Body(
        response.stream, replace(door, n_bytes=REDIRECT_BYTES) if response.is_redirect else door, host
    )


@cache
def _install() -> None:
    set_client_factory(Client)


@contextmanager
def door(seconds: float, n_bytes: int, about: str) -> Iterator[None]:
    """Open the network for this block: its requests end within so many seconds, in success or in a sentence.

    about: the id that the block asks for; it stands in the sentences.

    Raises:
        HubClosed, HubUnreachable, HubSilent, HubMissing, HubGated, HubLimited, HubTroubled, HubRefused.
    """
    if not settings.hub_open():
        raise HubClosed()
    _install()
    host, within = _reach()
    token = _door.set(Door(time.monotonic() + seconds, n_bytes, within))
    try:
        yield
    except GatedRepoError as error:
        raise HubGated(found=about) from error
    except (RepositoryNotFoundError, RevisionNotFoundError, RemoteEntryNotFoundError, DisabledRepoError) as error:
        raise HubMissing(found=about) from error
    except HfHubHTTPError as error:
        raise no_answer(error.response) from error
    except HFValidationError as error:
        raise HubIdInvalid(found=about[:96]) from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise HubUnreachable(host=error.request.url.host) from error  # a hub leads to other hosts for large files
    except httpx2.TimeoutException as error:
        raise HubSilent(host=error.request.url.host) from error
    except NO_ANSWER as error:
        raise HubRefused(host=host, reason=type(error).__name__) from error
    finally:
        _door.reset(token)


def no_answer(response: httpx2.Response) -> ExplorerError:
    """What an answer means that is neither the one asked for nor one about the repository."""
    host, status = response.url.host, response.status_code
    if status == 429:
        return HubLimited(host=host, seconds=seconds_to_wait(response))
    return HubTroubled(host=host, status=status) if status >= 500 else HubRefused(host=host, reason=f"HTTP {status}")


def seconds_to_wait(response: httpx2.Response) -> int:
    """How long the hub asks to be left alone: by its own header, by the common one, or one whole window."""
    limit, after = parse_ratelimit_headers(response.headers), response.headers.get("Retry-After", "")
    told = limit.reset_in_seconds if limit else int(after) if after.isascii() and after.isdigit() else LIMIT_SECONDS
    return min(told + 1, 10 * LIMIT_SECONDS)


def _reach() -> tuple[str, bool]:
    """The hub's host, and whether it lies in a network of one's own, after one connection within seconds.

    In a thread, because a name server may never answer. Skipped where a proxy is set: then only the proxy knows the
    hub's address, and lies within.

    Raises:
        HubUnreachable: when there is none.
    """
    try:
        address = urlsplit(settings.hub_endpoint())
        host, port = address.hostname or "", address.port or (443 if address.scheme == "https" else 80)
    except ValueError as error:
        raise HubUnreachable(host=settings.hub_endpoint()) from error
    if address.scheme in getproxies() and not proxy_bypass(host):
        return host, True
    answers: list[bool | None] = []

    def knock() -> None:
        try:
            with socket.create_connection((host, port), CONNECT_SECONDS) as connection:
                answers.append(is_within(connection))
        except (OSError, UnicodeError):
            answers.append(None)

    thread = Thread(target=knock, daemon=True, name="hub-reach")
    thread.start()
    thread.join(REACH_SECONDS)
    if not answers or answers[0] is None:
        raise HubUnreachable(host=host)
    return host, answers[0]
