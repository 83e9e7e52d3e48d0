"""The models of the hub that are here: `<folder>/<organisation>--<name>/<commit>/`, complete or not at all.

A folder gets its final name when every byte of it has been compared with the hub's digests. Its list of files, with
the digest of each, is compared again before every load.
"""

import hashlib
import json
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils._validators import validate_repo_id

from explorer.errors import ConfigInvalid, ModelFileChanged, ModelMissing
from explorer.models.spec import Head, ModelSpec
from explorer.models.strangers import folders, settings
from explorer.models.strangers.hub.plan import COMMIT

MANIFEST = "explorer.json"


@dataclass(frozen=True)
class Stored:
    """A downloaded model; files: name → (bytes, sha256)."""

    repo: str
    revision: str
    head: Head
    architecture: str
    n_parameters: int
    license: str
    files: dict[str, tuple[int, str]]

    @property
    def n_bytes(self) -> int:
        """Its size on the disk."""
        return sum(size for size, _ in self.files.values())

    @property
    def spec(self) -> ModelSpec:
        """The request for it."""
        return ModelSpec("hub", self.repo, revision=self.revision, head=self.head)


def place(repo: str, revision: str) -> Path:
    """Where a revision is kept. An id cannot contain "--", so two ids never share a folder.

    Raises:
        ModelMissing: when the id or the commit is not one.
    """
    try:
        validate_repo_id(repo)
    except HFValidationError as error:
        raise ModelMissing(source=repo[:96]) from error
    if not COMMIT.fullmatch(revision):
        raise ModelMissing(source=repo)
    return settings.hub_folder() / repo.replace("/", "--") / revision


def stored() -> tuple[Stored, ...]:
    """Every complete model, by id."""
    found = (_manifest(path) for path in _manifests())
    return tuple(sorted((s for s in found if s is not None), key=lambda s: (s.repo.lower(), s.revision)))


def _manifests() -> Iterator[Path]:
    try:
        yield from settings.hub_folder().glob(f"*/*/{MANIFEST}")
    except OSError:
        return


def _manifest(path: Path) -> Stored | None:
    """What a folder says of itself; None when it says nothing that can be read, or lies in another's place."""
    try:
        raw = json.loads(path.read_text("utf-8"))
        files = {str(name): (int(size), str(digest)) for name, (size, digest) in raw.pop("files").items()}
        found = Stored(files=files, **raw)
        plain = isinstance(found.n_parameters, int) and isinstance(found.architecture, str)
        return found if plain and found.spec and place(found.repo, found.revision) == path.parent else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, ModelMissing, ConfigInvalid):
        return None


def write_manifest(folder: Path, found: Stored) -> None:
    """Note what a complete folder holds."""
    (folder / MANIFEST).write_text(json.dumps(asdict(found), indent=1), "utf-8")


def architecture(repo: str, revision: str) -> str:
    """The model type of a downloaded model by its note: asked at every click, so no file is read for it.

    Raises:
        ModelMissing: not downloaded, or removed since.
    """
    found = _manifest(place(repo, revision) / MANIFEST)
    if found is None:
        raise ModelMissing(source=repo)
    return found.architecture


def snapshot(repo: str, revision: str) -> Path:
    """The folder of a downloaded model, every file compared with its digest (0.6 s for a BERT-base).

    Raises:
        ModelMissing: not downloaded, or removed since.
        ModelFileChanged: a file is not the one that came from the hub.
        FileOutside, FileTooLarge: as `folders.check_files`.
    """
    folder = place(repo, revision)
    found = _manifest(folder / MANIFEST)
    if found is None:
        raise ModelMissing(source=repo)
    folders.check_files(folder, folder)
    for name, (_, expected) in found.files.items():
        try:
            digest = sha256(folder / name)
        except OSError:
            digest = "-"
        if digest != expected:
            raise ModelFileChanged(file=name, found=digest[:12], expected=expected[:12])
    return folder


def sha256(path: Path) -> str:
    """Digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def used_bytes() -> int:
    """What all downloads take on the disk, unfinished ones included."""
    total = 0
    for folder, _, names in os.walk(settings.hub_folder()):
        for name in names:
            with suppress(OSError):  # another download gives a file its final name meanwhile
                found = os.lstat(os.path.join(folder, name))
                total += found.st_size if stat.S_ISREG(found.st_mode) else 0
    return total
