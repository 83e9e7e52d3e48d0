"""A hub on the loopback address that answers as huggingface.co does, for the real client.

Written after what huggingface_hub 2.4 reads of an answer (`utils/_http.py`, `file_download.py`, `hf_api.py`,
`utils/_xet.py`), the hub's documentation of rate limits and of Xet, and logs of 2026 that quote its headers: small
files are redirected to a cache on the same host, large ones by a signed address that expires to a host of their own;
that host's ETag is no digest of the file. `tests/models/strangers/test_stand_in.py` asks it with the library alone.
"""

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit
from uuid import uuid4

SHA = "0123456789abcdef0123456789abcdef01234567"
LARGE = 100_000  # files from here on are kept by digest on the other host; the real hub's bound is 10 MB of text
CONVERTER, CONVERSION = "SFconvertbot", "Adding `safetensors` variant of this model"


@dataclass
class Repo:
    """A repository: its files, and what the hub says of it. converted: its files on the converter's branch."""

    files: dict[str, bytes]
    sha: str = SHA
    gated: str | bool = False
    disabled: bool = False
    renamed: str | None = None
    license: str = "apache-2.0"
    converted: dict[str, bytes] | None = None
    converter: str = CONVERTER
    parent: str | None = None

    @property
    def branch_sha(self) -> str:
        """The commit of the converter's branch."""
        return hashlib.sha1(self.sha.encode()).hexdigest()

    def at(self, revision: str) -> tuple[str, dict[str, bytes]] | None:
        """Commit and files of a revision."""
        if revision in ("main", self.sha):
            return self.sha, self.files
        if self.converted is not None and revision in ("refs/pr/7", self.branch_sha):
            return self.branch_sha, self.converted
        return None


@dataclass
class Hub:
    """What the hub has, how it misbehaves, and what it was asked.

    breaks: bytes after which the next answers with a large body end. silent: connections are taken and never answered.
    pause: seconds between two pieces of 64 KiB. lies: file → other bytes of the same length. status: of every answer.
    troubles: (part of a path, status, headers) that the next request for such a path gets instead of its answer.
    """

    repos: dict[str, Repo] = field(default_factory=dict)
    breaks: list[int] = field(default_factory=list)
    silent: bool = False
    pause: float = 0.0
    lies: dict[str, bytes] = field(default_factory=dict)
    status: int = 200
    troubles: list[tuple[str, int, Mapping[str, str]]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    address: str = ""
    content: str = ""
    signed: dict[str, float] = field(default_factory=dict)
    lifetime: float = 3600.0
    ended: Event = field(default_factory=Event)

    def add(self, name: str, folder: Path, **facts: Any) -> Repo:
        """A repository with the files of a folder."""
        files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
        self.repos[name] = Repo(files, **facts)
        return self.repos[name]

    def named(self, name: str) -> Repo | None:
        """The repository of an id, old or new."""
        return next((repo for known, repo in self.repos.items() if name in (known, repo.renamed)), None)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: Hub

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        hub, path = self.hub, unquote(urlsplit(self.path).path)
        hub.asked.append((path, self.headers.get("Range", "")))
        assert "authorization" not in {name.lower() for name in self.headers}, "no token leaves the server"
        trouble = next((t for t in hub.troubles if t[0] in path), None)
        if hub.silent:
            hub.ended.wait(60)
            self.close_connection = True
        elif hub.status != 200:
            self.say(hub.status, b"{}")
        elif trouble is not None:
            hub.troubles.remove(trouble)
            self.say(trouble[1], b"{}", trouble[2])
        else:
            self.answer(path)

    def answer(self, path: str) -> None:
        """What this host has at a path."""
        if path.startswith("/api/resolve-cache/models/"):
            *name, commit, file = path.removeprefix("/api/resolve-cache/models/").split("/")
            found = self.hub.named("/".join(name)).at(commit)
            assert found is not None
            self.body(file, found[1][file], {"ETag": f'"{_blob(found[1][file])}"', "X-Repo-Commit": commit})
        elif path.startswith("/api/models/"):
            self._api(path.removeprefix("/api/models/"))
        else:
            self._resolve(path)

    def _api(self, path: str) -> None:
        name, _, revision = path.partition("/revision/")
        name, commits, branch = name.partition("/commits/")
        name, discussions, _ = name.partition("/discussions")
        repo = self._known(name, path)
        if repo is None:
            return
        if discussions:
            self.say(200, json.dumps(_discussions(repo)).encode(), {"Content-Type": "application/json"})
        elif commits:
            parents = [repo.sha] if branch == "main" else [repo.branch_sha, repo.parent or repo.sha]
            listed = [
                {"id": sha, "title": "…", "message": "", "authors": [{"user": "x"}], "date": "2024-01-01T00:00:00.000Z"}
                for sha in parents
            ]
            self.say(200, json.dumps(listed).encode(), {"Content-Type": "application/json"})
        elif (found := repo.at(revision or "main")) is None:
            self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        else:
            blobs = "blobs" in parse_qs(urlsplit(self.path).query)
            self.say(200, _info(name, repo, *found, blobs), {"Content-Type": "application/json; charset=utf-8"})

    def _resolve(self, path: str) -> None:
        name, _, rest = path.lstrip("/").partition("/resolve/")
        revision, _, file = rest.partition("/")
        repo = self._known(name, f"{name}/resolve/{rest}", api="")
        if repo is None:
            return
        if repo.gated:
            why = f"Access to model {name} is restricted. You must have access to it and be authenticated to access it."
            self.refuse(401, "GatedRepo", why + " Please log in.")
        elif (found := repo.at(revision)) is None:
            self.refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        elif file not in found[1]:
            self.refuse(404, "EntryNotFound", "Entry not found", {"X-Repo-Commit": found[0]})
        else:
            self._redirect(name, *found, file)

    def _redirect(self, name: str, commit: str, files: Mapping[str, bytes], file: str) -> None:
        data = files[file]
        headers = {"X-Repo-Commit": commit, "Accept-Ranges": "bytes"}
        if len(data) < LARGE:
            asked = quote(urlsplit(self.path).path, safe="")
            to = f"/api/resolve-cache/models/{name}/{commit}/{quote(file)}?{asked}=&etag=%22{_blob(data)}%22"
            headers |= {"ETag": f'"{_blob(data)}"', "X-Linked-Size": str(len(data))}
            self.say(307, f"Temporary Redirect. Redirecting to {to}".encode(), {**headers, "Location": to})
            return
        signature, digest = uuid4().hex, hashlib.sha256(data).hexdigest()
        self.hub.signed[signature] = time.time() + self.hub.lifetime
        told = f"response-content-disposition=inline%3B+filename%3D%22{file}%22%3B&Expires=1790334372"
        to = f"{self.hub.content}/xet-bridge-us/{name}/{commit}/{file}?{told}&Signature={signature}&Key-Pair-Id=K2L8F4"
        link = f'<{self.hub.address}/api/models/{name}/xet-read-token/{commit}>; rel="xet-auth"'
        headers |= {"X-Linked-Size": str(len(data)), "X-Linked-ETag": f'"{digest}"', "X-Xet-Hash": _xet(data)}
        headers |= {"Location": to, "Link": link, "Vary": "Origin, Accept"}
        self.say(302, f"Found. Redirecting to {to}".encode(), headers)

    def _known(self, name: str, path: str, api: str = "/api/models") -> Repo | None:
        """The repository of this id; else it has been said that there is none, or where it is now."""
        repo, query = self.hub.named(name), urlsplit(self.path).query
        if repo is None:
            self.refuse(401, "RepoNotFound", "Invalid username or password.")
        elif repo.disabled:
            self.refuse(403, "", "Access to this resource is disabled.")
        elif repo.renamed and repo.renamed != name:
            to = f"{api}/{repo.renamed}{path.removeprefix(name)}" + (f"?{query}" if query else "")
            self.say(307, f"Temporary Redirect. Redirecting to {to}".encode(), {"Location": to})
        else:
            return repo
        return None

    def body(self, file: str, data: bytes, headers: Mapping[str, str]) -> None:
        """A file, or the part of it that is asked for."""
        data = self.hub.lies.get(file, data)
        first = self.headers.get("Range", "").removeprefix("bytes=").partition("-")[0]
        begin = int(first) if first else 0
        if begin >= len(data) > 0:
            self.say(416, b"", {"Content-Range": f"bytes */{len(data)}"})
            return
        self.send_response(206 if first else 200)
        told = {**headers, "Content-Length": str(len(data) - begin), "Accept-Ranges": "bytes"}
        told["Content-Disposition"] = f"inline; filename*=UTF-8''{file}; filename=\"{file}\";"
        if first:
            told["Content-Range"] = f"bytes {begin}-{len(data) - 1}/{len(data)}"
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
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

    def refuse(self, status: int, code: str, message: str, headers: Mapping[str, str] = {}) -> None:
        """An error as the hub words it."""
        told = {"X-Error-Message": message, **({"X-Error-Code": code} if code else {}), **headers}
        self.say(status, json.dumps({"error": message}).encode(), told)

    def say(self, status: int, body: bytes, headers: Mapping[str, str] = {}) -> None:
        """A short answer."""
        self.send_response(status)
        told = {"X-Request-Id": f"Root=1-{uuid4().hex[:24]}", "RateLimit-Policy": '"fixed window";"api";q=500;w=300'}
        for name, value in {**told, **headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class _Content(_Handler):
    """The other host: files behind signed addresses that end, with an ETag that is no digest of theirs."""

    def answer(self, path: str) -> None:
        signature = parse_qs(urlsplit(self.path).query).get("Signature", [""])[0]
        if self.hub.signed.get(signature, 0.0) < time.time():
            denied = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code><Message>Access denied</Message></Error>"
            self.say(403, denied, {"Content-Type": "application/xml"})
            return
        *name, commit, file = path.removeprefix("/xet-bridge-us/").split("/")
        found = self.hub.named("/".join(name)).at(commit)
        assert found is not None
        self.body(file, found[1][file], {"ETag": f'"{_xet(found[1][file])}"', "X-Cache": "Hit from cloudfront"})


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


def _xet(data: bytes) -> str:
    """As long as a SHA-256, and another function of the bytes."""
    return hashlib.blake2b(data, digest_size=32).hexdigest()


def _info(name: str, repo: Repo, commit: str, files: Mapping[str, bytes], blobs: bool) -> bytes:
    """The answer on a model, with the fields that a client does not ask for too."""
    answer = {
        "_id": "621ffdc036468d709f174338",
        "id": name,
        "modelId": name,
        "author": name.partition("/")[0],
        "sha": commit,
        "lastModified": "2024-02-19T11:06:12.000Z",
        "createdAt": "2022-03-02T23:29:04.000Z",
        "private": False,
        "disabled": False,
        "gated": repo.gated,
        "downloads": 50_000_000,
        "likes": 2_000,
        "library_name": "transformers",
        "pipeline_tag": "fill-mask",
        "mask_token": "[MASK]",
        "tags": ["transformers", "pytorch", "safetensors", "bert", f"license:{repo.license}", "region:us"],
        "config": {"architectures": ["BertForMaskedLM"], "model_type": "bert", "tokenizer_config": {}},
        "cardData": {"language": "en", "license": repo.license, "datasets": ["wikipedia"]},
        "transformersInfo": {"auto_model": "AutoModelForMaskedLM", "pipeline_tag": "fill-mask"},
        "safetensors": {"parameters": {"F32": 1}, "total": 1},
        "widgetData": [{"text": "Paris is the [MASK] of France."}],
        "spaces": ["house/space"] * 100,
        "usedStorage": 1,
        "siblings": [_sibling(n, data) if blobs else {"rfilename": n} for n, data in files.items()],
    }
    return json.dumps(answer).encode()


def _sibling(name: str, data: bytes) -> dict[str, object]:
    found: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": _blob(data)}
    if len(data) >= LARGE:
        found["lfs"] = {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "pointerSize": 134}
    return found


def _discussions(repo: Repo) -> dict[str, object]:
    """The open pull requests: the converter's, and one of somebody else under the same title."""
    one = {"title": CONVERSION, "status": "open", "isPullRequest": True, "createdAt": "2023-09-04T00:00:00.000Z"}
    one |= {"repo": {"name": "x", "type": "model"}}
    found = [{**one, "num": 9, "author": {"name": "mallory"}}]
    if repo.converted is not None:
        found.append({**one, "num": 7, "author": {"name": repo.converter}})
    return {"discussions": found, "count": len(found), "start": 0}


@contextmanager
def serving() -> Iterator[Hub]:
    """A hub and its content host that run for the block."""
    hub = Hub()
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), type(base.__name__, (base,), {"hub": hub}))
        for base in (_Handler, _Content)
    ]
    hub.address, hub.content = (
        f"http://{host}:{server.server_port}" for host, server in zip(("127.0.0.1", "localhost"), servers, strict=True)
    )
    threads = [Thread(target=server.serve_forever, daemon=True) for server in servers]
    for server, thread in zip(servers, threads, strict=True):
        server.daemon_threads = True
        thread.start()
    try:
        yield hub
    finally:
        hub.ended.set()
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            server.server_close()
            thread.join(5)
