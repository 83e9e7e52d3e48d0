"""The door of the server: whose requests come in, and what every answer forbids the browser.

Before Streamlit sees a request, because its own check of a foreign origin looks the host's addresses up on the network.
Read at every request, from the environment (or secrets): `EXPLORER_HOSTS`, names under which the server may be reached
besides localhost and plain addresses, separated by commas (`*.school.example` for a domain, `*` for any); and
`EXPLORER_EMBED`, who may show the app in a frame of theirs (`https://school.example`, by default nobody else).
"""

import os
import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

# What Streamlit serves and nobody here needs: memory and sessions in numbers, and its interface for programs.
CLOSED = ("/_stcore/metrics", "/_stcore/agent/")
SAFE = ("GET", "HEAD", "OPTIONS")
# Streamlit's page and its components hold inline scripts and styles, and load ours from blobs.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    )
)


def hosts() -> tuple[str, ...]:
    """`EXPLORER_HOSTS`: names of this server, in small letters."""
    return tuple(part.strip().lower() for part in os.environ.get("EXPLORER_HOSTS", "").split(",") if part.strip())


def frames() -> str:
    """`EXPLORER_EMBED`: origins that may show the app in a frame, as a policy writes them."""
    found = os.environ.get("EXPLORER_EMBED", "").replace(",", " ").split()
    return " ".join(["'self'", *(one for one in found if re.fullmatch(r"(https?://)?[\w.*-]+(:\d+)?", one))])


def is_named(host: str) -> bool:
    """Whether the operator has named this host."""
    return any(name in ("*", host) or (name.startswith("*.") and host.endswith(name[1:])) for name in hosts())


def is_here(host: str | None) -> bool:
    """Whether a Host header is a name of this server. A plain address cannot be bent by a name server of somebody's."""
    name = name_of(f"//{host}") if host else None
    if name is None:
        return False
    try:
        ip_address(name)
        return True
    except ValueError:
        return name == "localhost" or name.endswith(".localhost") or is_named(name)


def name_of(address: str) -> str | None:
    """The host's name in an address; None for what is no address, or says more than host and port after `//`."""
    try:
        found = urlsplit(address)
        _ = found.port  # refuses what is no number
    except ValueError:
        return None
    plain = not (found.username or found.password or found.path.strip("/") or found.query or found.fragment)
    return found.hostname.rstrip(".") if plain and found.hostname else None


class Door:
    """ASGI middleware: refuses requests of strangers' pages, and sets the headers that bound what a page may do."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        host, origin = headers.get("host"), headers.get("origin")
        if scope["type"] == "http" and any(closed in f"{scope['path']}/" for closed in CLOSED):
            return await PlainTextResponse("Not found", 404)(scope, receive, send)
        if origin is not None and (scope["type"] == "websocket" or scope["method"] not in SAFE):
            if is_named(name_of(origin) or ""):  # a proxy may have put a name of its own into Host
                host = urlsplit(origin).netloc
                scope = {**scope, "headers": _with_host(scope["headers"], host)}
            elif urlsplit(origin).netloc.lower() != (host or "").lower() or name_of(origin) is None:
                return await _refuse("The page that asks is not of this server.", scope, receive, send)
        if not is_here(host):
            sentence = "This server is not reached under this name. Its operator can name it in EXPLORER_HOSTS."
            return await _refuse(sentence, scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = MutableHeaders(scope=message)
                said["content-security-policy"] = f"{POLICY}; frame-ancestors {frames()}"
                said["x-content-type-options"] = "nosniff"
                said["referrer-policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, guarded)


def _with_host(headers: list[tuple[bytes, bytes]], host: str) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in headers if name != b"host"] + [(b"host", host.encode("latin-1"))]


async def _refuse(sentence: str, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":  # before it is accepted: the browser sees 403
        return await WebSocketClose(1008, sentence)(scope, receive, send)
    await PlainTextResponse(sentence, 403)(scope, receive, send)
