"""Requests of strangers' pages end at the door; every answer bounds what a page may do."""

import socket

import pytest
from starlette.responses import PlainTextResponse
from streamlit import net_util
from streamlit.web.server.starlette import starlette_websocket

from explorer.ui.shell.door import Door, is_here, name_of
from tests.ui.shell.conftest import alone


async def inner(scope, receive, send):
    if scope["type"] == "websocket":
        await send({"type": "websocket.accept", "host": dict(scope["headers"])[b"host"].decode()})
    else:
        await PlainTextResponse("in")(scope, receive, send)


def ask(host="localhost:8501", origin=None, path="/", kind="http", method="GET"):
    """What is sent for a request."""
    headers = [(b"host", host.encode())] if host is not None else []
    headers += [(b"origin", origin.encode())] if origin else []
    scope = {"type": kind, "path": path, "method": method, "headers": headers}
    sent = []

    async def send(message):
        sent.append(message)

    alone(Door(inner)(scope, None, send))
    return sent


def status(**request):
    return ask(**request)[0]["status"]


@pytest.mark.parametrize(
    ("host", "named", "here"),
    [
        ("localhost", "", True),
        ("localhost:8501", "", True),
        ("127.0.0.1:8501", "", True),
        ("[::1]:8501", "", True),
        ("192.168.1.20:8501", "", True),
        ("LOCALHOST.", "", True),
        ("evil.example", "", False),
        ("evil.example:8501", "", False),
        ("localhost.evil.example", "", False),
        ("127.0.0.1.evil.example", "", False),
        ("user@localhost", "", False),
        ("localhost:x", "", False),
        ("", "", False),
        (None, "", False),
        ("class.school.example", "class.school.example", True),
        ("Class.School.Example:443", " a.example, class.school.example", True),
        ("other.school.example", "class.school.example", False),
        ("other.school.example", "*.school.example", True),
        ("notschool.example", "*.school.example", False),
        ("anything.at.all", "*", True),
    ],
)
def test_names_of_this_server(monkeypatch, host, named, here):
    monkeypatch.setenv("EXPLORER_HOSTS", named)
    assert is_here(host) == here
    assert status(host=host) == (200 if here else 403)


@pytest.mark.parametrize("kind", ["websocket", "http"])
@pytest.mark.parametrize(
    ("origin", "enters"),
    [
        (None, True),
        ("http://localhost:8501", True),
        ("http://localhost:8502", False),
        ("http://evil.example", False),
        ("null", False),
        ("http://localhost:8501/x", False),
        ("http://u@localhost:8501", False),
        ("chrome-extension://abc", False),
    ],
)
def test_whose_page_asks(kind, origin, enters):
    sent = ask(origin=origin, kind=kind, method="PUT")[0]
    if kind == "http":
        assert sent["status"] == (200 if enters else 403)
    else:
        assert sent["type"] == ("websocket.accept" if enters else "websocket.close")


def test_behind_a_proxy_that_hides_the_name(monkeypatch):
    """nginx's own Host is the upstream's address; the operator has named the public one."""
    monkeypatch.setenv("EXPLORER_HOSTS", "class.example")
    sent = ask(host="127.0.0.1:8501", origin="https://class.example", kind="websocket")
    assert sent[0] == {"type": "websocket.accept", "host": "class.example"}
    assert ask(host="127.0.0.1:8501", origin="https://evil.example", kind="websocket")[0]["type"] == "websocket.close"


@pytest.mark.parametrize("path", ["/_stcore/metrics", "/below/_stcore/metrics", "/_stcore/agent/openapi.json"])
def test_what_is_closed(path):
    assert status(path=path) == 404 and status(path="/_stcore/health") == 200


def test_every_answer_bounds_the_page(monkeypatch):
    said = {name.decode(): value.decode() for name, value in ask()[0]["headers"]}
    assert said["x-content-type-options"] == "nosniff" and said["referrer-policy"] == "same-origin"
    policy = said["content-security-policy"]
    assert "img-src 'self' data: blob:;" in policy and policy.endswith("frame-ancestors 'self'")
    assert "http:" not in policy and "https:" not in policy and "*" not in policy
    monkeypatch.setenv("EXPLORER_EMBED", "https://school.example;script-src")
    policy = dict(ask()[0]["headers"])[b"content-security-policy"].decode()
    assert policy.count("script-src") == 1 and "school" not in policy
    monkeypatch.setenv("EXPLORER_EMBED", "https://school.example, https://*.other.example:8443")
    policy = dict(ask()[0]["headers"])[b"content-security-policy"].decode()
    assert policy.endswith("frame-ancestors 'self' https://school.example https://*.other.example:8443")


def test_an_address_is_read_strictly():
    assert name_of("https://a.example:443") == "a.example" and name_of("http://[::1]:80") == "::1"
    assert name_of("http://a.example/path") is None and name_of("nonsense") is None and name_of("http://[") is None


def test_nobody_looks_up_an_address_for_a_foreign_origin(monkeypatch, bounded):
    """Streamlit's own check, which a way past the door would meet."""
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, lambda *_, **__: pytest.fail("a name was looked up"))
    assert not starlette_websocket._is_origin_allowed("http://evil.example", "localhost:8501")
    assert starlette_websocket._is_origin_allowed("http://localhost:8501", "localhost:8501")


def test_the_check_that_asks_is_still_there(monkeypatch):
    asked = []
    for name in ("get_internal_ip", "get_external_ip"):
        monkeypatch.setattr(net_util, name, lambda: asked.append(1))
    starlette_websocket._is_origin_allowed("http://evil.example", "localhost:8501")
    assert asked
