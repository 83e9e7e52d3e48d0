"""Streamlit's own scripts and styles, compressed once and kept: it sends them as they are, megabytes before a picture.

Other texts (a deep link's document, what `/media` and `/_stcore` answer) its server compresses already; fonts and
pictures are compressed files.
"""

import gzip
from functools import cache
from pathlib import Path
from threading import Lock

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import file_util

KINDS = {".js": "text/javascript", ".css": "text/css"}
# `static/js/name.js` → file. Only what is listed is answered from here, so no path of a visitor reaches the disk.
FILES = {
    f"static/{file.parent.name}/{file.name}": file
    for file in (Path(file_util.get_static_dir()) / "static").glob("*/*")
    if file.suffix in KINDS
}
# A name holds a hash of what is in the file, so a browser that has it need never ask again.
FOR_EVER = "public, immutable, max-age=31536000"

_one_at_a_time = Lock()


class Compressed:
    """ASGI middleware: a script or style of Streamlit's page from memory, anything else from the app within."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = "/".join(scope.get("path", "").split("/")[-3:])  # the app may stand below a path of its own
        takes = name in FILES and scope["method"] == "GET" and "gzip" in Headers(scope=scope).get("accept-encoding", "")
        if not takes:
            return await self.app(scope, receive, send)
        body = await to_thread.run_sync(squeezed, FILES[name])
        headers = {"content-encoding": "gzip", "vary": "Accept-Encoding", "cache-control": FOR_EVER}
        await Response(body, headers=headers, media_type=KINDS[FILES[name].suffix])(scope, receive, send)


def squeezed(file: Path) -> bytes:
    """The file after gzip; all 23 MB are 7 MB of memory, and only those that were asked for are kept."""
    with _one_at_a_time:  # a class that opens the app at once waits for one compression, not for thirty
        return _squeezed(file)


@cache
def _squeezed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), 6, mtime=0)
