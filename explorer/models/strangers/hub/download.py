"""The download of a plan, with progress and a stop, going on where a broken one ended.

The library's own download (2.4) writes to a fresh temporary file each time and deletes it when it fails, and reports
progress in steps of 10 MB. Here the parts that came stay, and it ends at the next piece of 64 KB that nobody takes.
"""

import errno
import hashlib
import os
import shutil
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import httpx2
from filelock import FileLock, Timeout
from huggingface_hub import get_session, hf_hub_url
from huggingface_hub.utils._headers import build_hf_headers
from huggingface_hub.utils._http import hf_raise_for_status

from explorer.errors import DownloadBroken, HubBusy, HubFull, HubLimited, HubRefused, ModelFileChanged, StoreBroken
from explorer.models.strangers import settings
from explorer.models.strangers.hub.client import LIMIT_SECONDS, door, seconds_to_wait
from explorer.models.strangers.hub.plan import Plan, RemoteFile
from explorer.models.strangers.hub.store import MANIFEST, Stored, place, sha256, used_bytes, write_manifest

MAX_SECONDS = 4 * 3_600.0
MAX_BREAKS = 20
PATIENCE = 3  # breaks in a row without a new byte
PAUSE_SECONDS = 1.0
# Answers that another try may better: too many requests, and a server's own trouble.
PASSING = (408, 429, 500, 502, 503, 504)
SPARE_DISK = 500 * settings.MB


def download(plan: Plan) -> Iterator[int]:
    """Fetch every file of the plan, telling again and again how many bytes are here so far. What came is kept.

    Raises:
        HubFull, HubBusy, StoreBroken, DownloadBroken, ModelFileChanged; HubClosed, HubSilent … as `client.door`.
    """
    target = place(plan.repo, plan.revision)
    partial = target.with_name(f"{target.name}.part")
    try:
        partial.mkdir(parents=True, exist_ok=True)
        with FileLock(str(partial.with_suffix(".lock")), timeout=0):
            if (target / MANIFEST).is_file():
                return
            _check_room(plan, partial)
            files = yield from _fetch_all(plan, partial)
            kind = (plan.head, plan.architecture, plan.n_parameters, plan.license)
            write_manifest(partial, Stored(plan.repo, plan.revision, *kind, files))
            shutil.rmtree(target, ignore_errors=True)
            os.replace(partial, target)
    except Timeout as error:  # another process of this server has it
        raise HubBusy(running=1) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):  # somebody else filled the disk meanwhile
            raise HubFull(found=plan.n_bytes // settings.MB, room=0) from error
        raise StoreBroken(reason=error.strerror or type(error).__name__) from error


def _fetch_all(plan: Plan, partial: Path) -> Generator[int, None, dict[str, tuple[int, str]]]:
    found, before = {}, 0
    for file in plan.files:
        path = partial / file.name
        if not path.is_file():
            for received in _fetch(plan, file, path):
                yield before + received
        found[file.name] = (file.n_bytes, sha256(path))
        before += file.n_bytes
        yield before
    return found


def _check_room(plan: Plan, partial: Path) -> None:
    """Room in the operator's limit and on the disk; what others left unfinished gives way."""
    for attempt in (False, True):
        here = sum(path.stat().st_size for path in partial.iterdir())
        room = min(settings.hub_cache_bytes() - used_bytes(), shutil.disk_usage(partial).free - SPARE_DISK) + here
        if plan.n_bytes <= room:
            return
        if not attempt:
            _discard_unfinished(partial)
    raise HubFull(found=plan.n_bytes // settings.MB, room=max(0, room) // settings.MB)


def _discard_unfinished(keep: Path) -> None:
    for path in settings.hub_folder().glob("*/*.part"):
        if path != keep:
            try:
                with FileLock(str(path.with_suffix(".lock")), timeout=0):
                    shutil.rmtree(path, ignore_errors=True)
            except Timeout:
                continue


def _fetch(plan: Plan, file: RemoteFile, path: Path) -> Iterator[int]:
    """One file: as many requests as it takes, each going on where the last broke."""
    part = path.with_name(f"{path.name}.part")
    part.touch()
    breaks = idle = wait = 0
    while (have := part.stat().st_size) < file.n_bytes:
        try:
            with door(MAX_SECONDS, file.n_bytes, plan.repo):
                yield from _request(plan, file, part)
            wait = 0
        except _Broken as broken:
            wait = broken.seconds
        if part.stat().st_size >= file.n_bytes:
            break
        breaks, idle = breaks + 1, 0 if part.stat().st_size > have else idle + 1
        if breaks >= MAX_BREAKS or idle >= PATIENCE:
            raise DownloadBroken(
                host=settings.hub_endpoint(),
                received=part.stat().st_size // settings.MB,
                expected=file.n_bytes // settings.MB,
            )
        for _ in range(max(1, wait)):  # a stop is heard between two of them
            time.sleep(PAUSE_SECONDS)
            yield part.stat().st_size
    _check_digest(file, part)
    os.replace(part, path)


class _Broken(Exception):
    """The connection ended in the middle, or the answer was one that passes, after so many seconds if it says so."""

    def __init__(self, seconds: int = 0) -> None:
        self.seconds = seconds


def _request(plan: Plan, file: RemoteFile, part: Path) -> Iterator[int]:
    url = hf_hub_url(plan.repo, file.name, revision=plan.revision, endpoint=settings.hub_endpoint())
    have = part.stat().st_size
    headers = build_hf_headers(token=False)
    if have:
        headers["Range"] = f"bytes={have}-"
    try:
        with get_session().stream("GET", url, headers=headers) as response, part.open("r+b") as out:
            _check_passing(response)
            hf_raise_for_status(response)
            if response.status_code != 206 or not _goes_on(response, have):
                have = 0
                out.truncate()
            out.seek(have)
            for chunk in response.iter_raw():
                have += len(chunk)
                if have > file.n_bytes:
                    raise HubRefused(host=response.url.host, reason=f"> {file.n_bytes:,} B")
                out.write(chunk)
                yield have
    except (httpx2.ReadError, httpx2.ReadTimeout, httpx2.RemoteProtocolError) as error:
        raise _Broken from error


def _check_passing(response: httpx2.Response) -> None:
    """Tell an answer that passes from one that stays.

    The host of the large files says 403 when an address has expired, and now and then without one: the next request
    gets a fresh address from the hub.
    """
    elsewhere = bool(response.history) and "X-Error-Code" not in response.headers
    if response.status_code in PASSING or (response.status_code == 403 and elsewhere):
        seconds = seconds_to_wait(response) if response.status_code == 429 else 0
        if seconds > LIMIT_SECONDS + 1:
            raise HubLimited(host=response.url.host, seconds=seconds)
        raise _Broken(seconds)


def _goes_on(response: httpx2.Response, have: int) -> bool:
    return bool(response.headers.get("Content-Range", "").startswith(f"bytes {have}-"))


def _check_digest(file: RemoteFile, part: Path) -> None:
    """Compare with what the hub's listing promised; a file that differs is thrown away."""
    kind, _, expected = file.digest.partition(":")
    if part.stat().st_size == file.n_bytes:
        found = sha256(part) if kind == "sha256" else _git_blob(part)
    else:
        found = f"{part.stat().st_size} B"
    if found != expected:
        part.unlink()
        raise ModelFileChanged(file=file.name, found=found[:12], expected=expected[:12])


def _git_blob(path: Path) -> str:
    """The id that git gives to a file's content."""
    data = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
