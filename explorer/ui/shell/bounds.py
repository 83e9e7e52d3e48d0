"""What Streamlit does for anybody and must not, taken away by name: an update that renames it is noticed at import."""

import logging
import time
from typing import Any

from streamlit import net_util
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from explorer.ui.shell.turns import TURNS

# Files that a session's uploaders hold at once; there are three uploaders, and each reads one file.
MOST_FILES = 6
# Seconds in which the same mistake in the same place is logged once.
QUIET = 60.0
# Who writes tracebacks of what a browser has sent; each of Streamlit's loggers stands for itself.
LOGS = (
    "explorer",
    "streamlit.error_util",
    "streamlit.runtime.app_session",
    "streamlit.runtime.scriptrunner.script_runner",
    "streamlit.web.server.starlette.starlette_websocket",
)

_add_file = MemoryUploadedFileManager.add_file
_run_script = ScriptRunner._run_script


def _keep_few(self: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
    """The newest files of a session; what it sent before them goes. The size of each is bounded by the server."""
    held = self.file_storage.get(session_id, {})
    for old in list(held)[: max(0, len(held) + 1 - MOST_FILES)]:
        self.remove_file(session_id, old)
    _add_file(self, session_id, file)


def _in_turn(self: Any, data: Any) -> None:
    """A script, or a part of a page, when its turn has come."""
    with TURNS.turn():
        _run_script(self, data)


def _nothing(self: Any) -> None:
    """`clear_cache`, which any browser may send, would throw everybody's caches away."""


class OncePerMinute(logging.Filter):
    """Lets a record with a traceback through once a place and minute: a stranger's messages must not fill the disk."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether it is written."""
        if record.exc_info is None or record.exc_info[2] is None:
            return True
        trace = record.exc_info[2]
        while trace.tb_next is not None:
            trace = trace.tb_next
        place, now = (trace.tb_frame.f_code.co_filename, trace.tb_lineno), time.monotonic()
        if now - self._seen.get(place, -QUIET) < QUIET:
            return False
        self._seen[place] = now
        return True


def _news(record: logging.LogRecord) -> bool:
    """Not that a part of a page wanted to run again just when its page was left: Streamlit then lets it be."""
    return not any(part in str(record.msg) for part in ("does not exist anymore", "Couldn't find fragment"))


def bound() -> None:
    """Set all bounds; to be called once in a process, before the first session."""
    _replace(AppSession, "_handle_clear_cache_request", _nothing)
    _replace(MemoryUploadedFileManager, "add_file", _keep_few)
    _replace(ScriptRunner, "_run_script", _in_turn)
    for name in ("get_internal_ip", "get_external_ip"):  # asked of outside hosts, for every foreign origin
        _replace(net_util, name, lambda: None)
    once = OncePerMinute()
    for name in LOGS:
        logging.getLogger(name).addFilter(once)
        logging.getLogger(name).addFilter(_news)


def _replace(owner: Any, name: str, by: object) -> None:
    if not hasattr(owner, name):
        raise AttributeError(f"this version of Streamlit has no {name}: see explorer/ui/shell/bounds.py")
    setattr(owner, name, by)
