"""What the operator sets: environment variables, or top-level entries of `.streamlit/secrets.toml`.

Streamlit copies those entries into the environment when it starts, so the environment is the one place to look; it is
read at every question, never at import.
"""

import os
from pathlib import Path

MB = 1_000_000


def _number(name: str, default: int) -> int:
    """A positive whole number; anything else counts as not set, so that a typing mistake never lifts a limit."""
    text = os.environ.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and int(text) > 0 else default


def hub_open() -> bool:
    """`EXPLORER_HUB`: on (default), or off. Even when on, nothing is asked before a visitor presses the button."""
    return os.environ.get("EXPLORER_HUB", "on").strip().lower() not in ("off", "0", "no", "false")


def hub_endpoint() -> str:
    """`HF_ENDPOINT`: address of the hub or of a mirror."""
    return os.environ.get("HF_ENDPOINT", "").strip().rstrip("/") or "https://huggingface.co"


def hub_allowed() -> tuple[str, ...]:
    """`EXPLORER_HUB_ALLOW`: ids and patterns with `*`, separated by commas; empty allows every id."""
    return tuple(part.strip() for part in os.environ.get("EXPLORER_HUB_ALLOW", "").split(",") if part.strip())


def hub_model_bytes() -> int:
    """`EXPLORER_HUB_MODEL_MB`: largest download of one model, in bytes."""
    return _number("EXPLORER_HUB_MODEL_MB", 1_500) * MB


def hub_cache_bytes() -> int:
    """`EXPLORER_HUB_CACHE_MB`: all downloaded models together, in bytes."""
    return _number("EXPLORER_HUB_CACHE_MB", 10_000) * MB


def cache_folder() -> Path:
    """`XDG_CACHE_HOME`, or `~/.cache`: below it what was made or downloaded for this user."""
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "bert-explorer"


def hub_folder() -> Path:
    """`EXPLORER_HUB_CACHE`: where downloaded models are kept."""
    return Path(os.environ.get("EXPLORER_HUB_CACHE") or cache_folder() / "hub").expanduser()


def models_root() -> Path | None:
    """`EXPLORER_MODELS`: a folder with models of the operator's own; None when it is not set."""
    found = os.environ.get("EXPLORER_MODELS", "").strip()
    return Path(found).expanduser() if found else None


def memory_bytes() -> int:
    """`EXPLORER_MODEL_MEMORY_MB`: weights kept in memory, in bytes; the model used longest ago goes first."""
    return _number("EXPLORER_MODEL_MEMORY_MB", 4_295) * MB
