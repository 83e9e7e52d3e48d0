"""A small hub on the loopback address, for the real client: listings, files with ranges, redirects, breaks, silence."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import unquote, urlsplit

SHA = "0123456789abcdef0123456789abcdef01234567"
LARGE = 100_000  # files from here on are kept by digest and served by a redirect, as large files are


@dataclass
class Repo:
    """A repository: its files, and what the hub says of it."""

    files: dict[str, bytes]
    sha: str = SHA
    gated: str | bool = False
    renamed: str | None = None
    license: str = "apache-2.0"


@dataclass
class Hub:
    """What the hub has, how it misbehaves, and what it was asked.

    breaks: bytes after which the next answers with a large body end. silent: connections are taken and never answered.
    pause: seconds between two pieces of 64 KiB. lies: file → other bytes of the same length.
    """

    repos: dict[str, Repo] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    silent: bool = False
    pause: float = 0.0
    lies: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""
    ended: Event = field(default_factory=Event)

    def add(self, name: str, folder: Path, **facts: Any) -> Repo:
        """A repository with the files of a folder."""
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.repos[name] = Repo(files, **facts)
        return self.repos[name]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        hub.asked.append((path, self.headers.get("Range", "")))
        assert "authorization" not in {name.lower() for name in self.headers}, "no token leaves the server"
        if hub.silent:
            hub.ended.wait(60)
            self.close_connection = True
        elif hub.status != 200:
            self._say(hub.status, b"{}")
        elif path.startswith("/api/models/"):
            self._info(path.removeprefix("/api/models/").partition("/revision/")[0])
        else:
            self._file(path)

    def _info(self, name: str) -> None:
        repo = self.hub.repos.get(name)
        if repo is None:
            self._say(401, b"{}", {"X-Error-Code": "RepoNotFound"})
            return
        siblings = [_sibling(n, data) for n, data in repo.files.items()]
        answer = {
            "id": repo.renamed or name,
            "sha": repo.sha,
            "private": False,
            "gated": repo.gated,
            "tags": [f"license:{repo.license}"],
            "siblings": siblings,
        }
        self._say(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _file(self, path: str) -> None:
        far = path.startswith("/cdn/")
        name, _, rest = path.removeprefix("/cdn").lstrip("/").partition("/resolve/")
        repo = next((r for n, r in self.hub.repos.items() if name in (n, r.renamed)), None)
        file = rest.partition("/")[2]
        if repo is None or file not in repo.files:
            self._say(404, b"", {"X-Error-Code": "EntryNotFound"})
        elif repo.gated:
            self._say(403, b"", {"X-Error-Code": "GatedRepo"})
        elif len(repo.files[file]) >= LARGE and not far:
            self._say(302, b"", {"Location": f"{self.hub.address}/cdn{path}"})
        else:
            self._body(self.hub.lies.get(file, repo.files[file]))

    def _body(self, data: bytes) -> None:
        first = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
        begin = int(first) if first else 0
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(data) - begin))
        if first:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        end = len(data)
        if len(data) >= LARGE and self.hub.breaks and begin + self.hub.breaks[0] < end:
            end = begin + self.hub.breaks.pop(0)
        try:
            for at in range(begin, end, 65_536):
                self.wfile.write(data[at : min(at + 65_536, end)])
                time.sleep(self.hub.pause)
        except OSError:
            self.close_connection = True
        if end < len(data):
            self.close_connection = True

    def _say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _sibling(name: str, data: bytes) -> dict[str, object]:
    blob = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    found: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": blob}
    if len(data) >= LARGE:
        found["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return found


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub that runs for the block."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
