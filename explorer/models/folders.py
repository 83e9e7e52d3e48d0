"""Models in a folder of the operator's: listed, never looked up by a path that a visitor wrote."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from explorer.errors import FileOutside, FileTooLarge, FolderMissing
from explorer.models import settings
from explorer.models.checked import CONFIG, SMALL_BYTES, weight_files

# A menu longer than this helps nobody, and a visitor's page must not wait for a file system.
MAX_FOLDERS = 200
# What a tokenizer's classes in the library read, by name or by a name that another file gives.
TEXTS = (".json", ".txt", ".model", ".jinja")


def listing() -> dict[str, Path]:
    """The models below `EXPLORER_MODELS`, one or two levels deep: "name" or "group/name" → folder.

    Only plain folders count: a link to a folder would lead out of the root. So do only names that can be shown: bytes
    that are no text would end every page that has the menu, and signs that turn the direction of writing lie.
    """
    root = settings.models_root()
    found: dict[str, Path] = {}
    for path in _folders(root) if root is not None else ():
        candidates = [path] if os.path.exists(path / CONFIG) else list(_folders(path))
        for folder in candidates:
            if os.path.exists(folder / CONFIG) and len(found) < MAX_FOLDERS:
                found[folder.relative_to(path.parent).as_posix()] = folder
    return found


def _folders(path: Path) -> Iterator[Path]:
    try:
        with os.scandir(path) as entries:
            found = (e.name for e in entries if e.is_dir(follow_symlinks=False) and not e.name.startswith("."))
            names = sorted(name for name in found if name.isprintable())
    except OSError:
        return
    yield from (path / name for name in names[: 4 * MAX_FOLDERS])


def folder_of(name: str) -> Path:
    """The folder of a model by its name in the listing, its files checked.

    Raises:
        FolderMissing: no such model in the listing.
        FileOutside, FileTooLarge: as `check_files`.
    """
    folder, root = listing().get(name), settings.models_root()
    if folder is None or root is None:
        raise FolderMissing(found=name[:96])
    check_files(folder, root)
    return folder


def check_files(folder: Path, root: Path) -> None:
    """Every file that may be opened is a plain file whose real place is inside the root, and of bearable size.

    Raises:
        FileOutside, FileTooLarge.
    """
    inside = root.resolve()
    for path in _used(folder):
        try:
            real = path.resolve()
            found = real.stat()
        except (OSError, RuntimeError) as error:  # a link to nowhere, or to itself
            raise FileOutside(file=path.name) from error
        if not real.is_relative_to(inside) or not stat.S_ISREG(found.st_mode):
            raise FileOutside(file=path.name)
        limit = settings.memory_bytes() if path.suffix == ".safetensors" else SMALL_BYTES
        if found.st_size > limit:
            raise FileTooLarge(file=path.name, found=found.st_size, allowed=limit)


def fingerprint(folder: Path) -> str:
    """Twelve digits that change when a file of the model does; sizes and times, not contents."""
    facts = [(p.name, *_times(p)) for p in _used(folder)]
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:12]


def _times(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns


def _used(folder: Path) -> list[Path]:
    """The files of a folder that loading may open, also within the library; a dangling link is refused by name."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        names = []
    weights = weight_files(names)
    return [folder / name for name in names if name in weights or name.endswith(TEXTS)]
