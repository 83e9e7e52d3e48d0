"""The settings of a tokenizer that is made from a vocabulary, without what would have other files opened.

The library hands every entry of tokenizer_config.json to the tokenizer's class. `"vocab": "/etc/passwd"` there makes
that file the vocabulary, and its lines would stand on the page.
"""

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from explorer.models.strangers.checks import CONFIG, TOKENIZER_FILES

SETTINGS = ("tokenizer_config.json", "special_tokens_map.json")
MAX_CHARACTERS = 200
MAX_NUMBER = 10_000  # such as the number of T5's extra tokens
MAX_TOKENS = 1_000


@contextmanager
def without_paths(folder: Path) -> Iterator[Path]:
    """A folder for the block with the vocabulary of the model and those of its settings that name no file."""
    with tempfile.TemporaryDirectory(prefix="bert-explorer-") as name:
        place = Path(name)
        for file in TOKENIZER_FILES:
            if file not in SETTINGS and (folder / file).is_file():
                shutil.copyfile(folder / file, place / file)
        for file in SETTINGS:
            _write(place / file, {key: value for key, value in _read(folder / file).items() if _harmless(key, value)})
        # Which class is meant, where the settings do not say: the library asks the architecture.
        config = {
            key: value for key, value in _read(folder / CONFIG).items() if key in ("model_type", "tokenizer_class")
        }
        _write(place / CONFIG, {key: value for key, value in config.items() if isinstance(value, str)})
        yield place


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(path: Path, fields: dict[str, Any]) -> None:
    if fields:
        path.write_text(json.dumps(fields), "utf-8")


def _harmless(key: str, value: Any) -> bool:
    """Switches, small numbers, the name of a class, and tokens."""
    if isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return 0 <= value <= MAX_NUMBER
    if key == "tokenizer_class" or key.endswith("_token"):
        return _is_token(value)
    if key in ("additional_special_tokens", "extra_special_tokens"):
        return isinstance(value, list) and len(value) <= MAX_TOKENS and all(map(_is_token, value))
    return False


def _is_token(value: Any) -> bool:
    """A text, or the library's way to write one with its flags."""
    if isinstance(value, dict):
        flags = (value[key] for key in value if key not in ("content", "__type"))
        return isinstance(value.get("content"), str) and all(isinstance(flag, bool) for flag in flags)
    return isinstance(value, str) and len(value) <= MAX_CHARACTERS
