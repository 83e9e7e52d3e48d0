"""Streamlit's scripts and styles leave compressed, and nothing else is touched."""

import gzip

import pytest
from anyio.from_thread import start_blocking_portal

from explorer.ui.shell.compressed import FILES, Compressed

SCRIPT = next(name for name in FILES if name.endswith(".js"))


def answer(path, headers=(("accept-encoding", "gzip, deflate, br"),), method="GET"):
    """Status, headers and body; 299 says that the app within was asked."""
    sent = []

    async def within(scope, receive, send):
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    with start_blocking_portal() as portal:  # a loop of its own: Playwright's may run in this thread
        portal.call(Compressed(within), scope, None, send)
    start, body = sent
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


@pytest.mark.parametrize("below", ["", "/some/app"])
def test_a_script_is_the_file_after_gzip(below):
    status, headers, body = answer(f"{below}/{SCRIPT}")
    assert (status, headers["content-encoding"], headers["vary"]) == (200, "gzip", "Accept-Encoding")
    assert "immutable" in headers["cache-control"] and headers["content-type"].startswith("text/javascript")
    assert int(headers["content-length"]) == len(body)
    assert gzip.decompress(body) == FILES[SCRIPT].read_bytes()


def test_the_largest_scripts_shrink():
    largest = sorted(FILES, key=lambda name: FILES[name].stat().st_size)[-2:]
    for name in largest:
        assert len(answer(f"/{name}")[2]) < 0.5 * FILES[name].stat().st_size


@pytest.mark.parametrize(
    ("path", "headers", "method"),
    [
        (f"/{SCRIPT}", (), "GET"),
        (f"/{SCRIPT}", (("accept-encoding", "identity"),), "GET"),
        (f"/{SCRIPT}", (("accept-encoding", "gzip"),), "POST"),
        ("/static/js/no-such-file.js", (("accept-encoding", "gzip"),), "GET"),
        ("/static/js/../../index.html", (("accept-encoding", "gzip"),), "GET"),
        ("/heads", (("accept-encoding", "gzip"),), "GET"),
    ],
)
def test_anything_else_is_asked_of_the_app(path, headers, method):
    assert answer(path, headers, method)[0] == 299
