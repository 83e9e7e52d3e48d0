"""Models in a folder of the operator's: listed, never looked up by a path that a visitor wrote."""

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from explorer.errors import (
    ExplorerError,
    FileOutside,
    FileTooLarge,
    FolderMissing,
    FolderOutside,
    FoldersTooMany,
    FolderUnnamed,
    FolderWithout,
)
from explorer.models.strangers import settings
from explorer.models.strangers.checks import CONFIG, OTHER_WEIGHTS, SMALL_BYTES, weight_files

# A menu longer than this helps nobody, and a visitor's page must not wait for a file system.
MAX_FOLDERS = 200
# What a tokenizer's classes in the library read, by name or by a name that another file gives.
TEXTS = (".json", ".txt", ".model", ".jinja")
# A model in the cache of Hugging Face: `models--x--y/snapshots/<commit>/`, files that are links to `blobs/` there.
CACHED = re.compile(r"models--(.+)")


def listing() -> dict[str, Path]:
    """The models below `EXPLORER_MODELS`: "name" or "group/name" → folder.

    They lie one or two levels deep, or as Hugging Face's cache has them. A link counts as the folder to which it leads
    if that is inside the root, too. Only names that can be shown: bytes that are no text would end every page that has
    the menu, and signs that turn the direction of writing lie.
    """
    return {name: found for name, found in survey().items() if isinstance(found, Path)}


def survey() -> dict[str, Path | ExplorerError]:
    """As `listing`, and every folder in the root that is no model, with the reason."""
    root = settings.models_root()
    found: dict[str, Path | ExplorerError] = {}
    if root is None:
        return found
    if os.path.lexists(root / CONFIG):  # the operator named the model itself
        found[root.name or "model"] = root
    for name, what in _level(root, root.resolve()):
        if len(found) >= MAX_FOLDERS:
            found["…"] = FoldersTooMany(allowed=MAX_FOLDERS)
            break
        found.setdefault(name, what)
    return found


def _level(root: Path, inside: Path) -> Iterator[tuple[str, Path | ExplorerError]]:
    """What the folders in the root are, and those in them where the first have no configuration."""
    for folder in _folders(root):
        what = _judged(folder, inside)
        if isinstance(what, ExplorerError) or os.path.lexists(folder / CONFIG):
            yield _shown(folder.name), what
            continue
        found = list(_cached(folder, inside)) or [pair for path in _folders(folder) for pair in _below(path, inside)]
        yield from found or [(_shown(folder.name), _without(folder))]


def _below(folder: Path, inside: Path) -> Iterator[tuple[str, Path | ExplorerError]]:
    """A folder on the second level; one without a configuration wants a word only where weights lie in it."""
    what, name = _judged(folder, inside), f"{_shown(folder.parent.name)}/{_shown(folder.name)}"
    if isinstance(what, ExplorerError) or os.path.lexists(folder / CONFIG):
        yield name, what
    elif cached := list(_cached(folder, inside)):
        yield from cached
    elif any(OTHER_WEIGHTS.search(found) for found in _names(folder)):
        yield name, _without(folder)


def _judged(folder: Path, inside: Path) -> Path | ExplorerError:
    """The folder, or why it cannot be one of a model: its name, or a link to elsewhere."""
    if not folder.name.isprintable():
        return FolderUnnamed()
    try:
        real = folder.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return FolderOutside(found=folder.name[:96])
    return folder if real.is_relative_to(inside) and real.is_dir() else FolderOutside(found=folder.name[:96])


def _cached(folder: Path, inside: Path) -> Iterator[tuple[str, Path | ExplorerError]]:
    """The snapshots of a model in Hugging Face's cache: the one that "main" names as x/y, others with their commit."""
    match = CACHED.fullmatch(folder.name)
    if match is None or not folder.name.isprintable():
        return
    name = match[1].replace("--", "/")
    try:
        main = (folder / "refs" / "main").read_text("utf-8", "replace").strip()[:64]
    except OSError:
        main = ""
    snapshots = [path for path in _folders(folder / "snapshots") if path.name.isprintable()]
    if not snapshots:
        yield name, _without(folder / "snapshots")
    alone = len(snapshots) == 1
    for path in snapshots:
        what = _judged(path, inside)
        shown = name if alone or path.name == main else f"{name}@{path.name[:7]}"
        yield shown, what if not isinstance(what, Path) or os.path.lexists(path / CONFIG) else _without(path)


def _without(folder: Path) -> FolderWithout:
    names = _names(folder)
    telling = [n for n in names if OTHER_WEIGHTS.search(n) or n == "adapter_config.json"] or names
    return FolderWithout(found=", ".join(_shown(n)[:40] for n in telling[:3]) or "-")


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))[: 4 * MAX_FOLDERS]
    except OSError:
        return []


def _shown(name: str) -> str:
    return name if name.isprintable() else ascii(name)[1:-1]


def _folders(path: Path) -> Iterator[Path]:
    """Folders, and links that may be meant as one; what begins with a dot is hidden from people, too."""
    try:
        with os.scandir(path) as entries:
            found = [e for e in entries if not e.name.startswith(".")]
            names = sorted(e.name for e in found if os.path.isdir(e.path) or _loose(e))
    except OSError:
        return
    yield from (path / name for name in names[: 4 * MAX_FOLDERS])


def _loose(entry: os.DirEntry[str]) -> bool:
    """A link that leads nowhere."""
    return entry.is_symlink() and not os.path.exists(entry.path)


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
