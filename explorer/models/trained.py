"""Models that were trained on this server: a bounded table of names, never a path from a visitor.

They live as long as the process; the one used longest ago goes when there are too many. No torch in here: the frame
asks for the names before anything heavy is imported.
"""

import atexit
import os
import shutil
import tempfile
from collections import OrderedDict
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Lock

from explorer.errors import ModelGone

MOST = 24  # of about 2 MB each
PREFIX = "bert-explorer-"

_table: OrderedDict[str, Path] = OrderedDict()
_lock = Lock()


@cache
def root() -> Path:
    """The folder of this process for its models, named after it; removed when the process ends."""
    sweep()
    path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def sweep() -> None:
    """Remove the folders of servers that were killed and could not."""
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*-*"):
        pid = path.name.removeprefix(PREFIX).split("-")[0]
        with suppress(OSError):
            if pid.isdigit() and not _is_alive(int(pid)) and path.stat().st_uid == os.getuid():
                shutil.rmtree(path, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def keep(name: str, folder: Path) -> None:
    """Put a finished model into the table."""
    with _lock:
        _table[name] = folder
        _table.move_to_end(name)
        while len(_table) > MOST:
            _, oldest = _table.popitem(last=False)
            shutil.rmtree(oldest, ignore_errors=True)


def names() -> tuple[str, ...]:
    """The models that are there, oldest first."""
    with _lock:
        return tuple(_table)


def folder_of(name: str) -> Path:
    """The folder of a model.

    Raises:
        ModelGone: when it was never trained here, or has made room for others.
    """
    with _lock:
        if name not in _table:
            raise ModelGone(name=name)
        _table.move_to_end(name)
        return _table[name]
