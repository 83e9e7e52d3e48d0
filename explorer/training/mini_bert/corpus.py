"""The corpus as word pieces, cut into a part to train on and a part held out, and stored under `build/`."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from explorer.models.embedded import embedded_folder
from explorer.models.tokenizer import read_tokenizer
from explorer.training.mini_bert.sources import BUILD, PACKAGES, SOURCES
from explorer.training.mini_bert.texts import documents

Sentence = NDArray[np.uint16]
LONGEST = 60  # pieces of a sentence; what is longer is cut
CHUNK, HELD_OUT = 30, 40  # one of so many stretches of so many sentences is held out
VERSION = 1


@dataclass(frozen=True)
class Text:
    """A source as documents of sentences of word pieces."""

    train: list[list[Sentence]]
    held_out: list[list[Sentence]]

    @property
    def n_pieces(self) -> int:
        return sum(len(sentence) for document in self.train for sentence in document)


def text_of(name: str, folder: Path = BUILD / "pieces") -> Text:
    """The word pieces of a source, from the store or made now. A source without a share is held out whole."""
    path = folder / f"{name}.npz"
    mark = json.dumps([VERSION, PACKAGES[SOURCES[name].package].sha256])
    if path.is_file():
        stored = np.load(path)
        if str(stored["mark"]) == mark:
            return _cut(stored["pieces"], stored["lengths"], stored["sentences"], SOURCES[name].share > 0)
    tokenizer = read_tokenizer(embedded_folder())
    pieces: list[int] = []
    lengths: list[int] = []
    sentences: list[int] = []
    for document in documents(name):
        for at in range(0, len(document), CHUNK):
            chunk = document[at : at + CHUNK]
            ids = [found.ids[:LONGEST] for found in tokenizer.encode_batch(chunk, add_special_tokens=False)]
            pieces += [one for found in ids for one in found]
            lengths += [len(found) for found in ids]
            sentences.append(len(ids))
    folder.mkdir(parents=True, exist_ok=True)
    arrays = np.array(pieces, np.uint16), np.array(lengths, np.int32), np.array(sentences, np.int32)
    np.savez(path, pieces=arrays[0], lengths=arrays[1], sentences=arrays[2], mark=mark)
    return _cut(*arrays, SOURCES[name].share > 0)


def _cut(
    pieces: NDArray[np.uint16], lengths: NDArray[np.int32], sentences: NDArray[np.int32], trained_on: bool
) -> Text:
    every = np.split(pieces, np.cumsum(lengths)[:-1])
    ends = np.cumsum(sentences)
    chunks = [every[end - n : end] for end, n in zip(ends, sentences, strict=True)]
    if not trained_on:
        return Text([], chunks)
    held = [chunk for at, chunk in enumerate(chunks) if at % HELD_OUT == HELD_OUT - 1]
    return Text([chunk for at, chunk in enumerate(chunks) if at % HELD_OUT != HELD_OUT - 1], held)


def occurrences(texts: dict[str, Text], n_vocab: int) -> NDArray[np.int64]:
    """How often each piece occurs in the training text."""
    counts = np.zeros(n_vocab, np.int64)
    for text in texts.values():
        if text.train:
            every = np.concatenate([sentence for document in text.train for sentence in document])
            counts += np.bincount(every, minlength=n_vocab)
    return counts


def frequent(counts: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The ids of the pieces that occur, the most frequent ones first, at most so many."""
    order = np.argsort(-counts, kind="stable")
    return order[counts[order] > 0][:most]
