"""Answers that no honest hub gives, byte by byte: each ends in a sentence, soon, and with little memory."""

import gzip
import json
import socket
import time
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

import pytest

from explorer.errors import ExplorerError, HubNoSafetensors, HubRefused, HubSilent, HubTooLarge
from explorer.i18n import LANGUAGES, Translator
from explorer.models.strangers.hub import client
from explorer.models.strangers.hub.plan import plan
from tests.checkpoints import SIZES
from tests.hub import SHA

Answer = Callable[[socket.socket, str], None]
CONFIG = json.dumps({"model_type": "bert", **SIZES}).encode()
FILES = ({"rfilename": "config.json", "size": 300, "blobId": "a" * 40},)
FILES += ({"rfilename": "tokenizer.json", "size": 200, "blobId": "c" * 40},)
FILES += ({"rfilename": "model.safetensors", "size": 100, "blobId": "b" * 40},)


def listing(**fields: object) -> bytes:
    known = {"id": "house/tiny", "sha": SHA, "private": False, "gated": False, "tags": [], "siblings": FILES}
    return json.dumps({**known, **fields}).encode()


def said(body: bytes, status: str = "200 OK", *headers: str) -> bytes:
    lines = (f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", "")
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def answering(monkeypatch):
    """Starts a hub that gives this answer to everything, or calls this function with the connection and the path."""
    servers = []

    def start(answer: bytes | Answer) -> None:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.getsockname()[1]}")

        def one(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                asked = connection.recv(65_536)
                if not asked:
                    return  # the knock
                if callable(answer):
                    answer(connection, asked.split()[1].decode())
                else:
                    connection.sendall(answer)

        def serve() -> None:
            with suppress(OSError):
                while True:
                    Thread(target=one, args=(server.accept()[0],), daemon=True).start()

        Thread(target=serve, daemon=True).start()

    yield start
    for server in servers:
        server.close()


def refused(error: type[ExplorerError], seconds: float = 5.0) -> ExplorerError:
    begin = time.perf_counter()
    with pytest.raises(error) as caught:
        plan("house/tiny")
    assert time.perf_counter() - begin < seconds
    for language in LANGUAGES:
        assert Translator(language).error(caught.value)
    return caught.value


def for_config(answer: bytes) -> Answer:
    """An honest listing, and this answer for config.json."""
    return lambda connection, path: connection.sendall(said(listing()) if path.startswith("/api") else answer)


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://127.0.0.1/x", "/api/models/house/tiny", "http://[::", "http://", "gopher:x"]
)
def test_redirects_to_nowhere(answering, to):
    answering(said(b"", "302 Found", f"Location: {to}"))
    refused(ExplorerError)


def test_a_hub_outside_does_not_lead_to_a_neighbour(answering, monkeypatch):
    """Every address of the stand-in is this machine's: what a hub that was reached elsewhere may not send one to."""
    answering(said(listing()))
    inside = client._reach()
    assert inside[1], "a mirror within is reached where it is"
    monkeypatch.setattr(client, "_reach", lambda: (inside[0], False))
    found = refused(HubRefused)
    assert found.facts == {"host": "127.0.0.1", "reason": "private"}


def test_the_body_of_a_redirect_is_bounded_too(answering):
    """The library reads it to its end before it goes on: 12 GB came in 16 s."""
    answering(said(b"x" * 2_000_000, "302 Found", "Location: /y"))
    assert "100,000" in refused(HubRefused).facts["reason"]


def test_an_encrypted_hub_does_not_lead_to_open_ones(monkeypatch):
    import httpx2

    monkeypatch.setenv("HF_ENDPOINT", "https://hub.example")
    token = client._door.set(client.Door(time.monotonic() + 5, 100, True))
    try:
        with pytest.raises(HubRefused):
            client._before(httpx2.Request("GET", "http://hub.example/x"))
        client._before(httpx2.Request("GET", "https://files.example/x"))
    finally:
        client._door.reset(token)


@pytest.mark.parametrize("encodings", [1, 2])
@pytest.mark.parametrize("where", ["listing", "config"])
def test_what_unpacks_to_a_thousand_times_its_size(answering, where, encodings):
    body = b" " * 30_000_000
    for _ in range(encodings):
        body = gzip.compress(body)
    answer = said(body, "200 OK", "Content-Encoding: " + ", ".join(["gzip"] * encodings))
    answering(answer if where == "listing" else for_config(answer))
    tracemalloc.start()
    try:
        refused(HubRefused)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("codec", ["zlib_codec", "punycode", "no-such", "idna"])
def test_the_encoding_that_an_answer_claims_is_not_used(answering, codec):
    """`punycode` took 15 s for 600 kB, and `zlib_codec` unpacks."""
    body = zlib.compress(CONFIG) if codec == "zlib_codec" else b"a" * 300_000 + b"-" + b"b" * 300_000
    answering(for_config(said(body, "200 OK", f"Content-Type: text/plain; charset={codec}")))
    refused(ExplorerError)


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b"null", b"[1]", b'"x"', b'{"id":"\xff"}', b""])
def test_listings_that_are_none(answering, body):
    answering(said(body))
    refused(HubRefused)


def test_a_listing_without_end(answering):
    def endless(connection: socket.socket, path: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"[]," * 30_000)

    answering(endless)
    assert "4,000,000" in refused(HubRefused).facts["reason"]


@pytest.mark.parametrize("piece", [b"X-More: b\r\n", b""], ids=["headers", "continue"])
def test_a_head_that_never_ends(answering, monkeypatch, piece):
    """Each byte meets a read timeout; all of them together have an end."""
    monkeypatch.setattr(client, "HEAD_SECONDS", 1.0)

    def drip(connection: socket.socket, path: str) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" if piece else b"")
        while True:
            connection.sendall(piece or b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.05)

    answering(drip)
    refused(HubSilent, 3.0)


def file(name: str, size: object, **digest: object) -> dict[str, object]:
    return {"rfilename": name, "size": size, **(digest or {"blobId": "a" * 40})}


@pytest.mark.parametrize(
    ("siblings", "error"),
    [
        ([file("config.json", -5), file("model.safetensors", -1)], HubNoSafetensors),
        ([file("config.json", "5"), file("model.safetensors", "9")], HubNoSafetensors),
        ([file("config.json", 5), file("model.safetensors", 10**40)], HubTooLarge),
        ([file("config.json", 10**9), file("model.safetensors", 9)], HubTooLarge),
        ([file("config.json", 5, lfs={"size": 5}), file("model.safetensors", 9)], HubRefused),
        ([file("config.json", 5), file("../../model.safetensors", 9)], HubNoSafetensors),
        ([file("config.json", 5), file("model-00001-of-00002.safetensors", 9)], HubNoSafetensors),
        ([file("config.json", 5), file("/etc/model.safetensors", 9)], HubNoSafetensors),
        ({"a": 1}, HubRefused),
        (["config.json"], HubRefused),
        (None, HubNoSafetensors),
    ],
    ids=lambda found: str(found)[:50],
)
def test_files_that_no_repository_has(answering, siblings, error):
    answering(lambda c, path: c.sendall(said(listing(siblings=siblings) if path.startswith("/api") else CONFIG)))
    refused(error)


def test_a_name_in_an_index_is_never_asked_for(answering):
    """Which files are parts of the weights, their own names say; an index could name any."""
    index = file("model.safetensors.index.json", 300)
    answering(lambda c, path: c.sendall(said(listing(siblings=[*FILES, index]) if path.startswith("/api") else CONFIG)))
    asked = [wanted.name for wanted in plan("house/tiny").files]
    assert asked == ["config.json", "tokenizer.json", "model.safetensors"]


@pytest.mark.parametrize(
    "fields",
    [{"id": ["x"]}, {"id": "../x"}, {"sha": "../x"}, {"sha": None}, {"tags": 5}, {"lastModified": "yesterday"}],
    ids=str,
)
def test_fields_of_another_kind(answering, fields):
    answering(said(listing(**fields)))
    refused(HubRefused)
