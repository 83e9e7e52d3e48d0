"""What the operator sets for rooms; read at every question, never at import."""

import os
from pathlib import Path

from explorer.models.strangers.settings import cache_folder


def rooms_on() -> bool:
    """`EXPLORER_ROOMS`: on (default), or off: then there is no page, no room and no store."""
    return os.environ.get("EXPLORER_ROOMS", "on").strip().lower() not in ("off", "0", "no", "false")


def teacher_key() -> str:
    """`EXPLORER_TEACHER_KEY`: what somebody must know to open a room; empty lets everybody."""
    return os.environ.get("EXPLORER_TEACHER_KEY", "").strip()


def store_place() -> str | Path:
    """`EXPLORER_STORE`: `redis://…` or `rediss://…` for several servers, else the path of a file."""
    found = os.environ.get("EXPLORER_STORE", "").strip()
    if found.startswith(("redis://", "rediss://", "unix://")):
        return found
    return Path(found or cache_folder() / "rooms.sqlite").expanduser()
